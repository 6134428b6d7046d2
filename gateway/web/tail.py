"""What happens in the gateway, as it happens: `GET /-/events`, a line of JSON for each event."""

import json
from collections.abc import Callable, Mapping

from aiohttp import web

from gateway.services.live_events import Listener, LiveEvents, Seen, Wanted
from gateway.web.errors import RefusedError

LEVELS = ("debug", "info", "warning", "error")
ENDED, BEHIND = "tail.ended", "tail.left_behind"

Told = Callable[[Seen], Mapping[str, object]]
"""Writes an event as a line of the log has it: `at`, `level`, `event` and its facts."""


def tail_routes(live: LiveEvents, told: Told) -> tuple[web.RouteDef, ...]:
    """Make the route of the control door. `?ref=`, `?level=` and `?kind=` narrow it."""

    async def events(request: web.Request) -> web.StreamResponse:
        is_wanted = wanted(request.query, told)
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        with live.listening(is_wanted) as listener:
            await response.prepare(request)
            while seen := await listener.next():
                await response.write(_line(told(seen)))
            await response.write(_line(_end(listener)))
        return response

    return (web.get("/-/events", events),)


def wanted(query: Mapping[str, str], told: Told) -> Wanted:
    """Read which events are asked for: `ref`, `kind` and `level`, none of them needed.

    Raises:
        RefusedError: there is no such level.
    """
    ref, kind, level = (query.get(name, "") for name in ("ref", "kind", "level"))
    if level and level not in LEVELS:
        raise RefusedError("tail.request", f"level: {', '.join(LEVELS)}", 400)
    heard = LEVELS[LEVELS.index(level) if level else 0 :]

    def is_wanted(seen: Seen) -> bool:
        if kind and seen.event != kind and not seen.event.startswith(f"{kind}."):
            return False
        if ref and ref not in map(str, seen.facts.values()):
            return False
        return not level or told(seen)["level"] in heard

    return is_wanted


def _end(listener: Listener) -> Mapping[str, object]:
    if listener.missed:
        return {"event": BEHIND, "missed": listener.missed}
    return {"event": ENDED}


def _line(facts: Mapping[str, object]) -> bytes:
    return json.dumps(facts, default=str, ensure_ascii=False).encode() + b"\n"
