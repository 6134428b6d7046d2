"""Where Slack's HTTP requests enter: read bytes, verify, parse once, record, answer.

Nothing of an unverified request is parsed, logged or echoed. Headers are not handed on, so
`x-slack-bolt-*`, which steer Bolt, mean nothing here.
"""

import asyncio

from aiohttp import ClientError, web
from slack_bolt.response import BoltResponse

from adapters.chat.slack.body import BYTES_MOST, Body, MalformedBodyError, is_tls_probe, parse
from adapters.chat.slack.payload import word
from adapters.chat.slack.signature import Verdict, Verifier
from adapters.chat.slack.switchboard import Dispatch
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer

PATH = "/slack/events"

_READ_WITHIN_S = 10.0
_UNSIGNED_MOST = 1024
"""Bytes. What is larger and cannot be Slack's, whatever its body says, is not read."""
_CHALLENGE_MOST = 200
_SERVER_ERRORS = 500
_KINDS = {
    "event_callback": "event",
    "block_actions": "action",
    "view_submission": "view",
    "view_closed": "view",
    "block_suggestion": "options",
    "message_action": "shortcut",
    "shortcut": "shortcut",
}


class SlackEdge:
    """The handler of `POST /slack/events`: commands, events, interactivity and options."""

    def __init__(
        self, verifier: Verifier, takes: Dispatch, observer: Observer, clock: Clock
    ) -> None:
        self._clock = clock
        self._verifier = verifier
        self._takes = takes
        self._observer = observer

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount."""
        return [web.post(PATH, self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request: 200, 400 malformed, 401 not Slack's, 413, 415, 503 come again."""
        foreseen = None if _is_small(request) else self._verifier.foreseen(request.headers)
        if foreseen:
            return self._turned_away(foreseen)
        raw = await _read(request)
        if isinstance(raw, web.Response):
            return raw
        verdict = self._verifier.check(request.headers, raw)
        if is_tls_probe(raw, request.content_type):
            return web.Response()
        if verdict.refused:
            return self._turned_away(verdict)
        if verdict is Verdict.REPEATED:
            self._observer.saw("slack.request_repeated")
            return web.Response()
        return await self._handle_genuine(request, raw)

    def _turned_away(self, verdict: Verdict) -> web.Response:
        self._observer.saw("slack.signature_refused", why=verdict.value)
        return web.Response(status=401)

    async def _handle_genuine(self, request: web.Request, raw: bytes) -> web.Response:
        try:
            body = parse(raw, request.content_type)
        except MalformedBodyError:
            self._observer.saw("slack.request_malformed")
            return web.Response(status=400)
        if word(body, "type") == "url_verification":
            return _challenge(word(body, "challenge"))
        started = self._clock.monotonic()
        answer = await self._takes.dispatch(body)
        self._observer.saw(
            "slack.answered",
            kind=_kind(body),
            status=answer.status,
            elapsed_ms=round((self._clock.monotonic() - started) * 1000),
        )
        if answer.status < _SERVER_ERRORS:
            self._verifier.answered(request.headers)
        return _response(answer)


def _kind(body: Body) -> str:
    """Name what a request is, in our words."""
    return "command" if "command" in body else _KINDS.get(word(body, "type"), "other")


def _is_small(request: web.Request) -> bool:
    """Tell whether it is read in any case, as Slack's unsigned probes have to be."""
    return request.content_length is not None and request.content_length <= _UNSIGNED_MOST


async def _read(request: web.Request) -> bytes | web.Response:
    """Read the body, up to Slack's most and not for ever; what is larger is not read."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return web.Response(status=415)
    if (request.content_length or 0) > BYTES_MOST:
        return web.Response(status=413)
    try:
        if request.content.is_eof():  # it came with its head, as nearly all do
            raw = request.content.read_nowait()
        else:
            async with asyncio.timeout(_READ_WITHIN_S):
                raw = await _read_on(request)
    except TimeoutError:
        return web.Response(status=408)
    except (ClientError, OSError):  # they hung up in the middle of it
        return web.Response(status=400)
    return raw if len(raw) <= BYTES_MOST else web.Response(status=413)


async def _read_on(request: web.Request) -> bytes:
    """Read what comes, until it is all, or too much."""
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw += chunk
        if len(raw) > BYTES_MOST:
            break
    return bytes(raw)


def _challenge(challenge: str) -> web.Response:
    """Prove to Slack that this address is ours; text, so that no browser runs what it says."""
    if not challenge or len(challenge) > _CHALLENGE_MOST:
        return web.Response(status=400)
    return web.Response(text=challenge, headers={"X-Content-Type-Options": "nosniff"})


def _response(answer: BoltResponse) -> web.Response:
    headers = answer.first_headers_without_set_cookie()
    return web.Response(status=answer.status, body=answer.body.encode(), headers=headers)
