"""Heartbeats, for an operator: `GET /-/heartbeats`."""

from datetime import datetime

from aiohttp import web

from gateway.services.alerts.heartbeats import Heartbeats, HeartbeatStanding


def heartbeat_routes(heartbeats: Heartbeats | None) -> tuple[web.RouteDef, ...]:
    """Make the route of the control door; where no alerts are routed there is none to tell of."""

    async def listed(_: web.Request) -> web.Response:
        found = await heartbeats.listed() if heartbeats else ()
        return web.json_response({"heartbeats": [_shown(each) for each in found]})

    return (web.get("/-/heartbeats", listed),)


def _shown(standing: HeartbeatStanding) -> dict[str, object]:
    return {
        "source": standing.source,
        "state": _state(standing),
        "last_at": _moment(standing.last_at),
        "lost_at": _moment(standing.lost_at),
        "due_at": None if standing.lost_at else _moment(standing.due_at),
    }


def _state(standing: HeartbeatStanding) -> str:
    if standing.lost_at:
        return "silent"
    return "heard" if standing.last_at else "waiting"


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
