"""Watching: what was exchanged, as a list and as a live stream (Server-Sent Events)."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from aiohttp import web

from adapters.pager.embedded.calls import PAGER
from adapters.pager.embedded.journal import Event
from adapters.pager.embedded.reading import whole_number

PING_S = 15.0


async def exchanges(request: web.Request) -> web.Response:
    """List HTTP exchanges, incoming calls and webhooks sent, newer than `?after=`."""
    events = request.app[PAGER].journal.after(_after(request), "exchange")
    return web.json_response({"records": [_shown(each) for each in events]})


async def stream(request: web.Request) -> web.StreamResponse:
    """Send `exchange`, `message` and `state` events from `?after=` (or `Last-Event-ID`) on."""
    journal = request.app[PAGER].journal
    seen = _after(request)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    await response.write(b": connected\n\n")
    with suppress(ConnectionError):
        while not journal.is_closed:
            for event in journal.after(seen):
                seen = event.seq
                await response.write(_as_sse(event))
            await _next(response, journal.wait())
    return response


async def _next(response: web.StreamResponse, added: Any) -> None:
    """Wait for news; say something now and then, so that a dead connection is noticed."""
    try:
        await asyncio.wait_for(added, PING_S)
    except TimeoutError:
        await response.write(b": ping\n\n")


def _after(request: web.Request) -> int:
    given = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
    return whole_number(given, "after", 0)


def _shown(event: Event) -> dict[str, Any]:
    return {"seq": event.seq, **event.data}


def _as_sse(event: Event) -> bytes:
    body = json.dumps(_shown(event))
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {body}\n\n".encode()


ROUTES = [
    web.get("/_admin/exchanges", exchanges, allow_head=False),
    web.get("/_admin/stream", stream, allow_head=False),
]
