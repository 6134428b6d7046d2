"""Playing cases against routes, with the decisions that are made live, and what they covered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain

from gateway.domain.alerts import Severity
from gateway.domain.routing.alerts import RoutedAlert
from gateway.domain.routing.durations import readable_duration
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.flushing import GroupNotice
from gateway.domain.routing.matchers import Labels, Matcher
from gateway.domain.routing.rehearsal import Heard, Rehearsal
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.silences import Silence
from gateway.domain.routing.tree import Route
from gateway.routes.cases import Case, Expectation, LoadedCases, Status, Step
from gateway.routes.problems import Located, Path, Problem


@dataclass(slots=True)
class Coverage:
    """What some case touched. A matcher is touched when it was met once and once was not."""

    routes: set[str] = field(default_factory=set)
    met: set[tuple[str, str]] = field(default_factory=set)
    missed: set[tuple[str, str]] = field(default_factory=set)
    held_by: set[tuple[Fate, str]] = field(default_factory=set)

    def untouched(self, routes: Routes) -> list[str]:
        """List what no case touched, in the file's order."""
        return [item for item, is_touched in self._items(routes) if not is_touched]

    def percent(self, routes: Routes) -> float:
        """Tell how much was touched, from 0 to 100."""
        touched = [is_touched for _, is_touched in self._items(routes)]
        return 100 * sum(touched) / max(len(touched), 1)

    def _items(self, routes: Routes) -> Iterator[tuple[str, bool]]:
        for route in routes.tree.root.walk():
            yield f"route {route.key}", route.key in self.routes
            for matcher in route.matchers:
                item = _item(route, matcher)
                for touched, never in ((self.met, "met"), (self.missed, "missed")):
                    yield f"route {route.key}: {matcher} was never {never}", item in touched
        for silence in routes.silences:
            yield f"silence {silence.id}", (Fate.SILENCED, silence.id) in self.held_by
        for rule in routes.inhibit_rules:
            yield f"inhibition rule {rule.name}", (Fate.INHIBITED, rule.name) in self.held_by


def _item(route: Route, matcher: Matcher) -> tuple[str, str]:
    return route.key, str(matcher)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went; without `failures` it passed."""

    name: str
    failures: tuple[Located, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """How all cases went."""

    results: tuple[CaseResult, ...]
    coverage: Coverage

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not any(result.failures for result in self.results)


def play_cases(loaded: LoadedCases, routes: Routes) -> Report:
    """Play all cases, each in a world of its own."""
    coverage = Coverage()
    results = []
    for place, case in enumerate(loaded.cases):
        problems = _Played(case, routes, coverage).problems((place,))
        failures = tuple(loaded.document.locate(problem) for problem in problems)
        results.append(CaseResult(case.name, failures))
    return Report(tuple(results), coverage)


class _Played:
    """A case that was played to its end."""

    def __init__(self, case: Case, routes: Routes, coverage: Coverage) -> None:
        self._case, self._routes, self._coverage = case, routes, coverage
        self._play = Rehearsal(routes, case.clock, _silences(case))
        self._problems: list[Problem] = []
        self._expected: set[int] = set()

    def problems(self, path: Path) -> list[Problem]:
        """Play it, and list what went otherwise than expected."""
        steps = [(step, (*path, "steps", place)) for place, step in enumerate(self._case.steps)]
        for step, place in sorted(steps, key=lambda each: _begin(each[0])):
            if step.at is not None:
                self._play.advance(self._case.clock + step.at)
                self._do(step, place)
        self._play.advance(self._case.clock + max(_end(step) for step in self._case.steps))
        held = ((each.held.cause, each.held.by) for each in self._play.withheld)
        self._coverage.held_by.update(held)
        for step, place in steps:
            if step.between:
                self._check(step, *step.between, place)
        self._problems += self._unexpected(path) if self._case.nothing_else else []
        return self._problems

    # --- what happens --------------------------------------------------------------------------

    def _do(self, step: Step, path: Path) -> None:
        if step.fire is not None:
            self._play.fire(step.fire)
            self._cover(step.fire)
        if step.resolve is not None and not self._play.resolve(step.resolve):
            self._problems.append(Problem(path, "nothing fires with these labels"))
        if step.ack is not None:
            self._play.acknowledge(step.ack, "somebody")

    def _cover(self, labels: Labels) -> None:
        verdict = self._routes.tree.explain(labels)
        self._coverage.routes.update(route.key for route in verdict.routes)
        for tried in verdict.tried:
            for each in tried.matchers:
                seen = self._coverage.met if each.met else self._coverage.missed
                seen.add(_item(tried.route, each.matcher))

    # --- what is expected ----------------------------------------------------------------------

    def _check(self, step: Step, begin: timedelta, end: timedelta, path: Path) -> None:
        """Find a notice for each expectation, beginning with the one that says the most."""
        expectations = list(enumerate(step.expect or ()))
        for place, expected in sorted(
            expectations, key=lambda each: -len(each[1].model_fields_set)
        ):
            is_met = (self._was_held if expected.held else self._was_heard)(expected, begin, end)
            if not is_met:
                text = f"was not met; {self._within(begin, end)}"
                self._problems.append(Problem((*path, "expect", place), text))
        if not expectations and any(self._heard(begin, end)):
            self._problems.append(Problem(path, f"expected nothing; {self._within(begin, end)}"))

    def _heard(self, begin: timedelta, end: timedelta) -> Iterator[tuple[int, Heard]]:
        for place, heard in enumerate(self._play.heard):
            if begin <= heard.at - self._case.clock <= end:
                yield place, heard

    def _was_heard(self, expected: Expectation, begin: timedelta, end: timedelta) -> bool:
        for place, heard in self._heard(begin, end):
            if place not in self._expected and _fits(expected, heard, self._routes):
                self._expected.add(place)
                return True
        return False

    def _was_held(self, expected: Expectation, begin: timedelta, end: timedelta) -> bool:
        cause = Fate(expected.held) if expected.held else None
        return any(
            begin <= each.at - self._case.clock <= end
            and each.held.cause is cause
            and _is_route(expected, each.route)
            and (expected.text_has or "") in _line(each.alert)
            for each in self._play.withheld
        )

    def _unexpected(self, path: Path) -> list[Problem]:
        rest = [h for place, h in enumerate(self._play.heard) if place not in self._expected]
        return [Problem((*path, "nothing_else"), f"heard {self._said(heard)}") for heard in rest]

    def _within(self, begin: timedelta, end: timedelta) -> str:
        """Tell what was heard, so that the mistake is plain."""
        lines = "; ".join(self._said(heard) for _, heard in self._heard(begin, end))
        span = f"between {readable_duration(begin)} and {readable_duration(end)}"
        return f"{span}: {lines or 'nothing was heard'}"

    def _said(self, heard: Heard) -> str:
        notice = heard.notice
        after = readable_duration(heard.at - self._case.clock)
        counts = f"{len(notice.firing)} firing, {len(notice.resolved)} resolved"
        return f"{notice.receiver} at {after} ({notice.reason}: {counts})"


def _begin(step: Step) -> timedelta:
    return step.at if step.at is not None else timedelta(0)


def _end(step: Step) -> timedelta:
    return step.between[1] if step.between else _begin(step)


def _silences(case: Case) -> Sequence[Silence]:
    return [
        Silence(
            id=f"{case.name}.{place}",
            matchers=tuple(chain.from_iterable(each.matchers)),
            author=case.name,
            comment=case.name,
            starts_at=case.clock + each.begin,
            ends_at=case.clock + each.begin + each.lasts,
        )
        for place, each in enumerate(case.silences)
    ]


def _fits(expected: Expectation, heard: Heard, routes: Routes) -> bool:
    notice = heard.notice
    route = routes.tree.route(notice.route)
    if route is None or not _is_route(expected, route):
        return False
    is_over = expected.status is Status.RESOLVED
    return (
        (expected.status is None or is_over == (not notice.firing))
        and expected.alerts in {None, len(notice.resolved if is_over else notice.firing)}
        and expected.reason in {None, notice.reason}
        and (expected.page is None or set(expected.page) == _targets(routes, route, heard))
        and (expected.text_has or "") in notice_text(notice, route, routes)
    )


def _is_route(expected: Expectation, route: Route) -> bool:
    return expected.receiver in {None, route.settings.receiver} and expected.route in {
        None,
        route.key,
    }


def _targets(routes: Routes, route: Route, heard: Heard) -> set[str]:
    return set(routes.targets(routes.receiver(route).page, heard.at))


def notice_text(notice: GroupNotice, route: Route, routes: Routes) -> str:
    """Say what a notice tells: a line per alert, in the route's own words where it has some."""
    template = routes.template(route)
    alerts = (*notice.firing, *notice.resolved)
    return "\n".join(template.fill(each.labels) if template else _line(each) for each in alerts)


_SHORT = {
    Severity.CRITICAL: "CRIT",
    Severity.ERROR: "ERROR",
    Severity.WARNING: "WARN",
    Severity.INFO: "INFO",
}


def _line(alert: RoutedAlert) -> str:
    rest = (value for name, value in sorted(alert.labels.items()) if name not in _TOLD_APART)
    word = _SHORT[alert.severity] if alert.firing else "OK"
    return " ".join((f"[{word}]", alert.labels.get("alertname", ""), *rest))


_TOLD_APART = {"alertname", "severity"}
