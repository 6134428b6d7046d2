"""When the last critical page of a storm leaves, in moved time, and whether a department starves.

The services in use on a real database, a pager in memory, and every group at once: the noisiest of
ten departments first, with four fifths of them; every tenth group is critical. An oracle that knows
everything sends the criticals alone, as fast as the budget of alerts allows; FIFO sends all as they
came. The budget is free when the storm begins, or people have used it evenly until then.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.domain.directory import Extension, ExtensionKind, ExtensionStatus
from gateway.domain.ids import ExtensionNumber
from gateway.domain.routing.routes import Routes
from gateway.routes.reading import read_routes
from tests.benchmarks.measuring import Bench
from tests.services.acme import BO, Acme, running_acme

pytestmark = pytest.mark.benchmark

DEPARTMENTS = 10
GROUPS = {False: (50, 500, 2000, 10_000), True: (50, 500, 2000)}
"""By whether people used the budget."""
WINDOW_S = 60.0
BATCH = 64
LATE = timedelta(milliseconds=1)
"""So late whoever waits for a moment wakes."""
FIRST_S = 1.0
BUDGET = 27
"""Of 36 sends a minute a quarter is left to people."""


def team(number: int) -> str:
    """Name a department."""
    return f"Team {number}"


def _routes() -> Routes:
    receivers = [{"name": f"t{n}", "page": [team(n)]} for n in range(DEPARTMENTS)]
    children = [
        {"matchers": [f'team="{each["name"]}"'], "receiver": each["name"]} for each in receivers
    ]
    top = {"receiver": "t0", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "8h"}
    return read_routes(
        json.dumps({"receivers": receivers, "route": {**top, "routes": children}})
    ).routes


@dataclass(frozen=True)
class Group:
    """One group of the storm, of one alert."""

    number: int
    team: int
    critical: bool

    @property
    def name(self) -> str:
        """Name its alert; no other name contains it."""
        return f"Check{self.number:05}"

    def alert(self, acme: Acme) -> Alert:
        """Say it."""
        now = acme.clock.now()
        severity = Severity.CRITICAL if self.critical else Severity.WARNING
        labels = {"alertname": self.name, "severity": severity.value, "team": f"t{self.team}"}
        return Alert(
            source="prom",
            source_event_id=self.name,
            dedup_key=self.name,
            status=AlertStatus.FIRING,
            severity=severity,
            title=self.name,
            text="",
            labels=labels,
            links=(),
            starts_at=now,
            ends_at=None,
            received_at=now,
        )


def storm(groups: int) -> list[Group]:
    """List a storm as it comes: the noisy department's groups first."""
    noisy = groups * 4 // 5
    teams = [0] * noisy + [1 + n % (DEPARTMENTS - 1) for n in range(groups - noisy)]
    return [Group(n, team, n % 10 == 9) for n, team in enumerate(teams)]


@dataclass
class Played:
    """What left when, in seconds since the storm began."""

    groups: Sequence[Group]
    left: dict[str, float] = field(default_factory=dict)
    """By the names of criticals."""
    sends: list[float] = field(default_factory=list)

    def last_critical_s(self) -> float:
        """Tell when the last critical left."""
        return max(self.left.values())

    def most_in_a_window(self) -> int:
        """Count the most that left within a minute."""
        return max(sum(at <= each < at + WINDOW_S for each in self.sends) for at in set(self.sends))

    def shares(self) -> Iterator[float]:
        """Tell of each department how much of its fair share it had while its criticals waited.

        A department's criticals among all that leave until its last does, beside the same when
        departments take turns. What leaves at one moment is not told apart; what leaves within the
        first second found room before the rest was heard of.
        """
        late = {name: at for name, at in self.left.items() if at > FIRST_S}
        teams = {group.name: group.team for group in self.groups}
        asked = Counter(teams[name] for name in late)
        for one, count in asked.items():
            fair = sum(min(count, other) for other in asked.values())
            last = max(at for name, at in late.items() if teams[name] == one)
            yield min(1.0, fair / (1 + sum(at < last for at in late.values())))


def alone_s(pages: int, *, busy: bool) -> float:
    """Tell when the last of so many leaves, if nothing else does."""
    return (pages - 1) * WINDOW_S / BUDGET if busy else (math.ceil(pages / BUDGET) - 1) * WINDOW_S


async def play(groups: Sequence[Group], *, busy: bool = False) -> Played:
    """Let it all come at once, and time pass until the last critical has left.

    With `busy` people used the budget until then, evenly, so that it comes free one by one.
    """
    played = Played(groups)
    async with running_acme(routes=_routes()) as acme:
        await found(acme)
        if busy:
            await chatter(acme)
        before = len(acme.pager.accepted)
        begun, criticals = acme.clock.now(), sum(group.critical for group in groups)
        await rage(acme, groups)
        while len(played.left) < criticals:
            due = await acme.store.next_due()
            assert due is not None
            acme.clock.set(max(due, acme.clock.now()) + LATE)
            await acme.work()
            passed_s = (acme.clock.now() - begun).total_seconds()
            for page in acme.pager.accepted[before + len(played.sends) :]:
                played.sends.append(passed_s)
                if page.text.startswith("[CRIT]"):
                    played.left[page.text.split()[1].rstrip(".")] = passed_s
    return played


async def found(acme: Acme) -> None:
    """Found the departments."""
    for number in range(DEPARTMENTS):
        extension = ExtensionNumber(str(410 + number))
        kind, status = ExtensionKind.DEPARTMENT, ExtensionStatus.ENABLED
        acme.pager.people[extension] = Extension(extension, team(number), kind, status)
        acme.pager.members[extension] = [ExtensionNumber("101")]
    await acme.directory.refresh()


async def chatter(acme: Acme) -> None:
    """Let a person page at an even pace for a minute."""
    for number in range(BUDGET):
        await acme.page(f"101 Coffee {number}?", by=BO)
        await acme.pass_time(WINDOW_S / BUDGET)


async def rage(acme: Acme, groups: Sequence[Group]) -> None:
    """Say everything at one moment."""
    assert acme.core.alerts is not None
    for first in range(0, len(groups), BATCH):
        alerts = tuple(group.alert(acme) for group in groups[first : first + BATCH])
        await acme.core.alerts.take(Ingest("prom", acme.clock.now(), alerts, b"{}"))


@pytest.mark.parametrize(
    ("groups", "busy"), [(groups, busy) for busy, sizes in GROUPS.items() for groups in sizes]
)
async def test_criticals_leave_as_if_they_were_alone(
    bench: Bench, groups: int, *, busy: bool
) -> None:
    """The last at most 1.05 times as late as for an oracle; each department has its fair share."""
    came = storm(groups)
    played = await play(came, busy=busy)
    criticals = [place for place, group in enumerate(came, 1) if group.critical]
    what = f"{groups} groups, {'people paged before' if busy else 'budget free'}"
    last, oracle = played.last_critical_s(), alone_s(len(criticals), busy=busy)
    bench.note(f"last critical, {what}", last, "s")
    bench.note(f"FIFO, {what}", alone_s(criticals[-1], busy=busy), "s")
    if oracle:
        bench.at_most(f"last critical / oracle, {what}", last / oracle, "times", 1.05, 1.3)
    lost = 1 - min(played.shares(), default=1.0)
    bench.at_most(f"of a fair share lost, {what}", lost, "", 0.1, 0.3)
    assert played.most_in_a_window() <= BUDGET
