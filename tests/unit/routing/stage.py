"""A small world for alerts: one route unless a test asks for more, time counted from its start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.domain.routing.durations import parse_duration
from gateway.domain.routing.flapping import USUAL, FlapPolicy
from gateway.domain.routing.inhibition import InhibitRule
from gateway.domain.routing.intervals import TimeInterval
from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.rehearsal import Rehearsal
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.silences import Silence
from gateway.domain.routing.tree import OwnSettings, Receiver, Seed, grow

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


def routes(
    *below: Seed,
    own: OwnSettings | None = None,
    inhibit: Sequence[InhibitRule] = (),
    intervals: Mapping[str, tuple[TimeInterval, ...]] | None = None,
    flapping: FlapPolicy = USUAL,
) -> Routes:
    tree = grow(Seed(own=own or OwnSettings(receiver="lobby"), routes=below))
    names = {route.settings.receiver for route in tree.root.walk()}
    return Routes(
        tree=tree,
        receivers={name: Receiver(name, (name,)) for name in names},
        time_intervals=intervals or {},
        inhibit_rules=tuple(inhibit),
        flapping=flapping,
    )


def silence(matchers: str, begin: str = "0s", lasts: str = "1h") -> Silence:
    starts_at = START + parse_duration(begin)
    ends_at = starts_at + parse_duration(lasts)
    return Silence("s1", parse_matchers(matchers), "dana", "work", starts_at, ends_at)


@dataclass
class Stage:
    """Tells a rehearsal what to do, and what was heard as short lines: `30s lobby new +a -b`."""

    routes: Routes = field(default_factory=routes)
    silences: Sequence[Silence] = ()

    def __post_init__(self) -> None:
        self.play = Rehearsal(self.routes, START, self.silences)

    def at(self, moment: str) -> "Stage":
        """Let time pass until so long after the start."""
        self.play.advance(START + parse_duration(moment))
        return self

    def fire(self, *names: str, started: timedelta = timedelta(0), **labels: str) -> "Stage":
        for name in names:
            self.play.fire({"alertname": name, **labels}, name, self.play.now - started)
        return self

    def resolve(self, *names: str) -> "Stage":
        for name in names:
            assert self.play.resolve({"alertname": name})
        return self

    def heard(self) -> list[str]:
        """Give what was heard since the last time of asking."""
        lines = [
            " ".join(
                (
                    str(int((each.at - START).total_seconds())),
                    each.notice.receiver,
                    each.notice.reason,
                    *(f"+{alert.key}" for alert in each.notice.firing),
                    *(f"-{alert.key}" for alert in each.notice.resolved),
                )
            )
            for each in self.play.heard
        ]
        self.play.heard.clear()
        return lines
