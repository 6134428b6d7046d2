"""Where the app posts its answers: the response URLs."""

from time import perf_counter

from aiohttp import web

from adapters.chat.slack_simulator.answers import show_answer
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.transport import answered
from adapters.chat.slack_simulator.webapi import read_arguments
from adapters.chat.slack_simulator.wire import Json, SlackError, dump, parse_json


class Responses:
    """Answers `{url}/commands/…`, `/actions/…` and `/app/…`."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One answer; a good one is acknowledged with `ok` and never with a timestamp."""
        return await answered(self._slack, request, "response_url", lambda: self._recorded(request))

    async def _recorded(self, request: web.Request) -> web.Response:
        started, message, refusal = perf_counter(), {}, None
        try:
            ticket = self._slack.tickets.respond(request.match_info["key"])
            message = _message(await read_arguments(request))
            show_answer(self._slack, ticket, message, "response_url")
        except SlackError as error:
            refusal = error.code
        late = refusal in {"expired_url", "used_url"}
        status = 200 if refusal is None else 404 if late else 400
        self._slack.exchanges.record(
            "in",
            "response_url",
            status=status,
            error=refusal,
            said=dump(message),
            elapsed_s=perf_counter() - started,
        )
        if refusal is None:
            return web.Response(text="ok")
        body = {"ok": False, "error": refusal}
        return web.json_response(body, status=status, dumps=dump)


def _message(given: Json) -> Json:
    """The message, which a form carries in its `payload`."""
    if "payload" not in given:
        return given
    try:
        message = parse_json(str(given["payload"]))
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(message, dict):
        raise SlackError("invalid_payload")
    return message
