"""Sending paused and resumed over the control door: `POST /-/pause`, `POST /-/resume`."""

from aiohttp import web

from gateway.services.pausing import Pausing
from gateway.web.operator import read_operator


def pause_routes(pausing: Pausing) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def pause(request: web.Request) -> web.Response:
        await pausing.pause(read_operator(await request.read(), "pause.request"))
        return _shown(pausing)

    async def resume(request: web.Request) -> web.Response:
        await pausing.resume(read_operator(await request.read(), "pause.request"))
        return _shown(pausing)

    return (web.post("/-/pause", pause), web.post("/-/resume", resume))


def _shown(pausing: Pausing) -> web.Response:
    now = pausing.now
    paused = {"by": now.by, "since": now.since.isoformat()} if now else None
    return web.json_response({"paused": paused})
