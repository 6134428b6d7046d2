"""The Web API over HTTP: any encoding in, `ok` or an error code out."""

import base64
from typing import Any, Final

from aiohttp import web

from adapters.chat.slack_simulator.methods import (
    apps,
    chat,
    conversations,
    files,
    oauth,
    people,
    reactions,
    scheduled,
    views,
)
from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.rates import RateLimitedError
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.tokens import Grant
from adapters.chat.slack_simulator.transport import Handled, answered
from adapters.chat.slack_simulator.wire import Args, Json, SlackError, dump, parse_json

METHODS: Final[dict[str, Method]] = {
    method.name: method
    for family in (apps, chat, conversations, files, oauth, people, reactions, scheduled, views)
    for method in family.METHODS
}


class WebApi:
    """Answers `{url}/api/METHOD`."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, spoiled by a fault if one was ordered for it."""
        name = request.match_info["method"]
        return await answered(self._slack, request, name, lambda: self._handled(request, name))

    async def _handled(self, request: web.Request, name: str) -> Handled:
        given: Json = {}
        scopes: frozenset[str] = frozenset()
        headers = {}
        try:
            given = await read_arguments(request)
            grant = self._grant(request, name, given)
            scopes = grant.scopes
            body: Json = {"ok": True, **self._run(name, Args(given), grant)}
            status = 200
        except RateLimitedError as error:
            body, status = error.as_json(), 429
            headers["Retry-After"] = str(error.retry_after_s)
        except SlackError as error:
            body, status = error.as_json(), 200
        headers["X-OAuth-Scopes"] = ",".join(sorted(scopes))
        response = web.json_response(body, status=status, headers=headers, dumps=dump)
        channel = given.get("channel")
        return Handled(
            response,
            error=body.get("error"),
            said=dump(given),
            channel=channel if isinstance(channel, str) else None,
        )

    def _grant(self, request: web.Request, name: str, given: Json) -> Grant:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if method.takes == "none":
            given |= _credentials(value) if kind.lower() == "basic" else {}
            return Grant("bot", frozenset())
        presented = value if kind.lower() == "bearer" else str(given.pop("token", ""))
        grant = self._slack.tokens.grant(presented.strip())
        if method.takes != grant.kind:
            raise SlackError("not_allowed_token_type")
        return grant

    def _run(self, name: str, args: Args, grant: Grant) -> Json:
        method, slack = METHODS[name], self._slack
        grant.demand(*method.scopes)
        channel = args.maybe("channel")
        if (fault := slack.faults.take({"ratelimit"}, method=name, channel=channel)) is not None:
            raise RateLimitedError(fault.option("retry_after", 1))
        per_channel = channel if method.tier == "post_per_channel" else None
        slack.rates.spend(name, per_channel, getattr(slack.limits, method.tier))
        return method.run(Call(slack, args, grant))


def _credentials(encoded: str) -> Json:
    """Client id and secret of HTTP Basic authentication, as the arguments they stand for."""
    try:
        login, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": login, "client_secret": password}


async def read_arguments(request: web.Request, *, is_json: bool = False) -> dict[str, Any]:
    """Arguments from the query and the body, whatever its encoding.

    With `is_json` the body is JSON whatever its label says.

    Raises:
        SlackError: `invalid_json`, `json_not_object`, `invalid_form_data`, `invalid_charset`.
    """
    given: dict[str, Any] = dict(request.query)
    if not request.body_exists:
        return given
    is_json = is_json or request.content_type == "application/json"
    try:
        raw: Any = await request.read() if is_json else await request.post()
        body = parse_json(raw or b"{}") if is_json else dict(raw)
    except LookupError:
        raise SlackError("invalid_charset") from None
    except ValueError:
        raise SlackError("invalid_json" if is_json else "invalid_form_data") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return given | {name: value for name, value in body.items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    """Whether it is an argument and not an uploaded file."""
    return not isinstance(value, web.FileField)
