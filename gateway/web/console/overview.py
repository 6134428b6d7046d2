"""Overview: how everything stands, at a glance."""

from aiohttp import web

from gateway.services.queries import Span
from gateway.web.console.desk import Desk
from gateway.web.console.frame import Place, Visit, Way, does, shows
from gateway.web.console.sessions import Role

_HEIGHT = 44
_STEP = 9
_BAR = 7


def overview_ways(desk: Desk) -> tuple[Way, ...]:
    """List the addresses of this view."""

    async def show(visit: Visit) -> web.Response:
        standing = await desk.queries.standing()
        return visit.page(
            "overview.html",
            standing=standing,
            status=await desk.health.status(),
            bars=_bars(standing.traffic),
            names=desk.queries.names,
            pause=desk.pausing.now,
            beside=[(each, await _status(each)) for each in visit.frame.places()],
        )

    async def ask(visit: Visit) -> web.Response:
        return visit.page("pause.html")

    async def pause(visit: Visit) -> web.Response:
        await desk.pausing.pause(visit.actor)
        return visit.back("", "Nothing more is sent to the pager until somebody resumes.")

    async def resume(visit: Visit) -> web.Response:
        await desk.pausing.resume(visit.actor)
        return visit.back("", "Sending goes on.")

    return (
        shows("", show),
        shows("/pause", ask, Role.OPERATOR),
        does("/pause", pause),
        does("/resume", resume),
    )


async def _status(place: Place) -> dict[str, object]:
    """Ask one of several workspaces how it is."""
    if place.health is None:
        return {"ready": False, "degraded": [place.trouble]}
    return await place.health.status()


def _bars(spans: tuple[Span, ...]) -> list[dict[str, int]]:
    """Lay out the sparkline: refused on top of sent, the busiest span as high as it gets."""
    most = max((span.sent + span.refused for span in spans), default=0) or 1
    bars = []
    for place, span in enumerate(spans):
        sent, refused = (_height(count, most) for count in (span.sent, span.refused))
        bars.append(
            {
                "x": place * _STEP,
                "width": _BAR,
                "sent": sent,
                "sent_y": _HEIGHT - sent,
                "refused": refused,
                "refused_y": _HEIGHT - sent - refused,
            }
        )
    return bars


def _height(count: int, most: int) -> int:
    """Scale a count; what is there at all can be seen."""
    return max(2, round(count / most * (_HEIGHT - 4))) if count else 0
