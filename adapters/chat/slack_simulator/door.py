"""The driving door `/_sim/…` over HTTP. It is for tests, demos and the page, never for the app."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web

from adapters.chat.slack_simulator import deeds
from adapters.chat.slack_simulator.sight import SIGHTS
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.stream import Entry
from adapters.chat.slack_simulator.webapi import read_arguments
from adapters.chat.slack_simulator.wire import Args, Json, SlackError, dump

Deed: TypeAlias = Callable[[Slack, Args], Awaitable[Json]]
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

DEEDS: Final[tuple[tuple[str, str, Deed], ...]] = (
    ("POST", "/commands", deeds.command),
    ("POST", "/messages", deeds.message),
    ("PUT", "/messages", deeds.edit),
    ("DELETE", "/messages", deeds.remove),
    ("POST", "/actions", deeds.action),
    ("POST", "/options", deeds.options),
    ("POST", "/views/{view}/submit", deeds.submit),
    ("POST", "/views/{view}/close", deeds.close),
    ("POST", "/shortcuts", deeds.shortcut),
    ("POST", "/home", deeds.open_home),
    ("POST", "/reactions", deeds.reaction),
    ("POST", "/invite", deeds.invite),
    ("DELETE", "/private", deeds.reload),
    ("POST", "/faults", deeds.add_fault),
    ("DELETE", "/faults", deeds.clear_faults),
    ("POST", "/clock", deeds.advance_clock),
    ("POST", "/verify", deeds.verify),
    ("POST", "/log/{seq}/replay", deeds.replay),
)


def routes(slack: Slack) -> list[web.RouteDef]:
    """Everything under `/_sim`."""
    seen = [
        web.get(f"/_sim{path}", _answering(slack, _seeing(sight))) for path, sight in SIGHTS.items()
    ]
    done = [web.route(verb, f"/_sim{path}", _answering(slack, deed)) for verb, path, deed in DEEDS]
    return [*seen, *done, web.get("/_sim/stream", _streaming(slack))]


def _seeing(sight: Callable[[Slack, Args], Json]) -> Deed:
    async def look(slack: Slack, args: Args) -> Json:
        return sight(slack, args)

    return look


def _answering(slack: Slack, deed: Deed) -> Handler:
    """What was asked for, with `ok`; a refusal is HTTP 400 with its code."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            # JSON whatever its label says: curl's default is a form.
            given = await read_arguments(request, is_json=True)
            answer = await deed(slack, Args(given | request.match_info))
        except SlackError as error:
            return web.json_response(error.as_json(), status=400, dumps=dump)
        return web.json_response({"ok": True, **answer}, dumps=dump)

    return handle


def _streaming(slack: Slack) -> Handler:
    """Server-sent events from `after` or `Last-Event-ID`, until the page or the server goes."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            after = _after(slack, request)
        except SlackError as error:
            return web.json_response(error.as_json(), status=400)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        await response.write(b": connected\n\n")
        if slack.stream.has_forgotten(after):
            await response.write(b"event: reset\ndata: {}\n\n")
        try:
            async for entry in slack.stream.follow(after):
                await response.write(_encoded(entry))
        except ConnectionResetError:
            pass  # The page is gone; nothing is owed to it.
        return response

    return handle


def _after(slack: Slack, request: web.Request) -> int:
    """Where to begin: the browser's own id after a break, else `after`, else now."""
    last = request.headers.get("Last-Event-ID")
    given = {"after": last} if last else dict(request.query)
    return Args(given).number("after", slack.stream.cursor, low=0, high=10**12)


def _encoded(entry: Entry | None) -> bytes:
    if entry is None:
        return b": ping\n\n"
    return f"id: {entry.seq}\nevent: {entry.name}\ndata: {dump(entry.content)}\n\n".encode()
