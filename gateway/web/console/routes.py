"""Routes: the tree in force, where an alert would go and why, and the versions it had."""

import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from gateway.domain.routing.durations import readable_duration
from gateway.domain.routing.matchers import read_label, readable
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.syntax import RoutingSyntaxError
from gateway.domain.routing.tree import Route, Verdict
from gateway.ports.clock import Clock
from gateway.services.alerts.board import AlertBoard
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.web.console.frame import Handler, Visit, Way, does, shows
from gateway.web.errors import RefusedError
from gateway.web.versions import RoutesDesk

PATH = "/routes"

Reload = Callable[[str], Awaitable[Mapping[str, object]]]
"""Reads the file again for somebody, and tells what came of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A route as it is listed; `receives` are those who would be paged now.

    `taken` counts which of the newest 2,000 alerts came this way.
    """

    depth: int
    name: str
    matchers: str
    receiver: str
    receives: tuple[str, ...]
    channel: str
    waits: str
    continues: bool
    taken: int


@dataclass(frozen=True)
class RoutesView:
    """What this view reads through and acts through."""

    book: RuleBook
    reach: Reach
    versions: RoutesDesk
    reload: Reload
    board: AlertBoard
    clock: Clock

    async def lines(self) -> list[Line]:
        """List the tree from its root on."""
        rules, taken = self.book.rules, await self.board.taken_lately()
        return [self._line(each, rules, taken[each.key]) for each in rules.tree.root.walk()]

    def receives(self, route: Route) -> tuple[str, ...]:
        """Name who would be paged by a route now."""
        receiver = self.book.rules.receiver(route)
        return self.reach.shown(self.reach.numbers(receiver.page, self.clock.now()))

    def _line(self, route: Route, rules: Routes, taken: int) -> Line:
        receiver, settings = rules.receiver(route), route.settings
        return Line(
            len(route.path),
            route.title,
            readable(route.matchers) if route.matchers else "everything",
            receiver.name,
            self.receives(route),
            receiver.channel,
            ", then ".join(map(readable_duration, (settings.group_wait, settings.group_interval))),
            route.continues,
            taken,
        )


def route_ways(view: RoutesView | None) -> tuple[Way, ...]:
    """List the addresses of this view; without a routes file each says so."""
    if view is None:
        return _ways(_none, _none, _none, _none)

    async def show(visit: Visit) -> web.Response:
        typed = visit.asked("labels")[:2000]
        labels = _labels(typed) if typed else {}
        verdict = view.book.rules.tree.explain(labels) if typed else None
        return visit.page(
            "routes.html",
            lines=await view.lines(),
            typed=typed,
            verdict=verdict,
            reached=_reached(view, verdict) if verdict else [],
            command=_command(labels),
            versions=await view.versions.versions(),
        )

    async def compared(visit: Visit) -> web.Response:
        return visit.page("routes_difference.html", found=await view.versions.difference(""))

    async def reload(visit: Visit) -> web.Response:
        told = await view.reload(visit.actor.who)
        read = told.get("routes")
        taken = isinstance(read, Mapping) and read.get("taken")
        said = f"The file is in force: {read['change']}." if taken else _REFUSED  # type: ignore[index] # a mapping, if it was taken
        return visit.back(PATH, said)

    async def roll_back(visit: Visit) -> web.Response:
        version = visit.form.get("version", "")
        await view.versions.roll_back(version, visit.actor.who)
        return visit.back(PATH, f"Version {version[:12]} is in force again; the file is as it was.")

    return _ways(show, compared, reload, roll_back)


def _ways(show: Handler, compared: Handler, reload: Handler, roll_back: Handler) -> tuple[Way, ...]:
    """Lay the addresses out: the same ones, whatever a workspace has there."""
    return (
        shows(PATH, show),
        shows(f"{PATH}/difference", compared),
        does(f"{PATH}/reload", reload),
        does(f"{PATH}/rollback", roll_back),
    )


async def _none(visit: Visit) -> web.Response:
    return visit.page("alerts_off.html", title="Routes")


def _labels(typed: str) -> dict[str, str]:
    """Read `team=db severity=critical`; a value with spaces stands in quotes.

    Raises:
        RefusedError: a word is no label.
    """
    try:
        words = shlex.split(typed)
    except ValueError:
        raise RefusedError("routes.labels", "A quote is not closed.", 400) from None
    try:
        return dict(map(read_label, words))
    except RoutingSyntaxError as error:
        raise RefusedError("routes.labels", f"{error}.", 400) from None


def _reached(view: RoutesView, verdict: Verdict) -> list[tuple[str, tuple[str, ...]]]:
    rules = view.book.rules
    return [(rules.receiver(each).name, view.receives(each)) for each in verdict.routes]


def _command(labels: Mapping[str, str]) -> str:
    words = (shlex.quote(f"{name}={value}") for name, value in labels.items())
    return " ".join(("gateway route test", *words))


_REFUSED = "The file cannot be used, so everything stays as it was. What would change says why."
