"""Events: what happens in the gateway, as it happens; the lines of the log, never a text."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from urllib.parse import urlencode

from aiohttp import web

from gateway.services.live_events import Listener, LiveEvents
from gateway.web.console.frame import Visit, Way, shows
from gateway.web.tail import LEVELS, Told, wanted

PATH = "/events"
_PING_S = 15.0
"""Proxies close what is silent for long."""


def event_ways(live: LiveEvents, told: Told) -> tuple[Way, ...]:
    """List the addresses of this view."""

    async def show(visit: Visit) -> web.Response:
        asked = {name: visit.asked(name)[:100] for name in ("ref", "kind", "level")}
        wanted(asked, told)
        stream = f"{visit.home}{PATH}/stream?{urlencode(asked)}"
        return visit.page("events.html", stream=stream, levels=LEVELS, **asked)

    async def stream(visit: Visit) -> web.StreamResponse:
        is_wanted = wanted(visit.request.query, told)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        visit.head(response)
        # Who closes the page hangs up in the middle of it.
        with live.listening(is_wanted) as listener, suppress(ConnectionError):
            await response.prepare(visit.request)
            async for piece in _pieces(listener, told):
                await response.write(piece)
        return response

    return (shows(PATH, show), shows(f"{PATH}/stream", stream))


async def _pieces(listener: Listener, told: Told) -> AsyncIterator[bytes]:
    """Write what is heard, and now and then that we are still here."""
    while True:
        try:
            async with asyncio.timeout(_PING_S):
                seen = await listener.next()
        except TimeoutError:
            yield b": still here\n\n"
            continue
        if seen is None:
            yield f"event: end\ndata: {listener.missed}\n\n".encode()
            return
        yield _event(told(seen))


def _event(facts: Mapping[str, object]) -> bytes:
    return f"data: {json.dumps(facts, default=str, ensure_ascii=False)}\n\n".encode()
