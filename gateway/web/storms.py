"""What came of alerts, for an operator: `GET /-/storms?source=NAME&since=1h`."""

from datetime import datetime, timedelta

from aiohttp import web

from gateway.domain.routing.durations import parse_duration
from gateway.domain.routing.fates import Fate, StormSum
from gateway.domain.routing.syntax import RoutingSyntaxError
from gateway.ports.clock import Clock
from gateway.services.alerts.sums import WINDOW, AlertSums
from gateway.web.errors import RefusedError

_SHOWN = (Fate.PAGED, Fate.DIGESTED, Fate.DUPLICATE, Fate.IGNORED, Fate.MALFORMED, Fate.WAITING)


def storm_routes(sums: AlertSums, clock: Clock) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def storms(request: web.Request) -> web.Response:
        since = _since(request.query.get("since", ""), clock.now())
        found = await sums.since(since, request.query.get("source", ""))
        shown = [{"source": name, **_shown(each)} for name, each in found.items()]
        pages = await sums.pages(since)
        return web.json_response({"since": since.isoformat(), "pages": pages, "sources": shown})

    return (web.get("/-/storms", storms),)


def _since(typed: str, now: datetime) -> datetime:
    """Read `1h` (that long ago) or a moment; nothing means the usual window."""
    try:
        return now - (parse_duration(typed) if typed else WINDOW)
    except (RoutingSyntaxError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise RefusedError(
            "storms.since",
            "`since` is a duration such as 5m or 1h, or a time such as 2026-11-21T09:00:00Z.",
            400,
        )
    return max(moment, now - timedelta(days=365))


def _shown(each: StormSum) -> dict[str, object]:
    held = {fate.value: count for fate, count in each.fates.items() if fate not in _SHOWN}
    return {
        "ingested": each.ingested,
        **{fate.value: each.fates.get(fate, 0) for fate in _SHOWN},
        "suppressed": each.suppressed,
        "held": held,
        "unaccounted": each.unaccounted,
    }
