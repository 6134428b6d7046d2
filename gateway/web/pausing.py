"""Sending paused and resumed over the control door: `POST /-/pause`, `POST /-/resume`."""

import json

from aiohttp import web

from gateway.domain.audit import Actor
from gateway.services.pausing import Pausing
from gateway.web.errors import RefusedError


def pause_routes(pausing: Pausing) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def pause(request: web.Request) -> web.Response:
        await pausing.pause(_operator(await request.read()))
        return _shown(pausing)

    async def resume(request: web.Request) -> web.Response:
        await pausing.resume(_operator(await request.read()))
        return _shown(pausing)

    return (web.post("/-/pause", pause), web.post("/-/resume", resume))


def _operator(raw: bytes) -> Actor:
    """Read who asks: `{"by": …}`."""
    try:
        by = json.loads(raw)["by"].strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        by = ""
    if not by:
        raise RefusedError("pause.request", "by: say who does this", 400)
    return Actor(by, "control")


def _shown(pausing: Pausing) -> web.Response:
    now = pausing.now
    paused = {"by": now.by, "since": now.since.isoformat()} if now else None
    return web.json_response({"paused": paused})
