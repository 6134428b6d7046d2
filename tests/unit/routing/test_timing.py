"""Left to itself, a group tells what Alertmanager's would tell, at the same times.

The model below is Alertmanager's aggregation group and its deduplication, written down as they are
there, without silences, acknowledgements and flapping. Left out as well: it tells a repeat at the
first look after the interval, we at the first at or after it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.routing.flapping import FlapPolicy
from gateway.domain.routing.tree import OwnSettings
from tests.unit.routing.stage import START, Stage, routes

WAIT, INTERVAL, REPEAT = timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=17)
NEVER = FlapPolicy(changes=10**6)

Told = tuple[datetime, frozenset[str], frozenset[str]]


@dataclass
class Model:
    """One aggregation group; `log` is what the notification log holds of it."""

    alerts: dict[str, bool] = field(default_factory=dict)
    next_at: datetime | None = None
    has_flushed: bool = False
    log: tuple[frozenset[str], frozenset[str], datetime] | None = None
    told: list[Told] = field(default_factory=list)

    def insert(self, name: str, at: datetime, started_at: datetime) -> None:
        if self.next_at is None:
            self.next_at, self.has_flushed = at + WAIT, False
        self.alerts[name] = True
        if not self.has_flushed and started_at + WAIT < at:
            self.next_at = at

    def resolve(self, name: str) -> None:
        if name in self.alerts:
            self.alerts[name] = False

    def run(self, until: datetime) -> None:
        while self.next_at is not None and self.next_at <= until:
            now = self.next_at
            self.next_at, self.has_flushed = now + INTERVAL, True
            self.flush(now)
            self.alerts = {name: firing for name, firing in self.alerts.items() if firing}
            if not self.alerts:
                self.next_at = None

    def flush(self, now: datetime) -> None:
        firing = frozenset(name for name, fires in self.alerts.items() if fires)
        resolved = frozenset(self.alerts) - firing
        if self.needs_update(firing, resolved, now):
            self.log = (firing, resolved, now)
            self.told.append((now, firing, resolved))

    def needs_update(self, firing: frozenset[str], resolved: frozenset[str], now: datetime) -> bool:
        if self.log is None:
            return bool(firing)
        known_firing, known_resolved, at = self.log
        if not firing <= known_firing:
            return True
        if not firing:
            return bool(known_firing)
        if not resolved <= known_resolved:
            return True
        return at <= now - REPEAT


_events = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 10, 60, 170, 290, 400]),
        st.sampled_from(["fire", "resolve", "resolve"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([0, 0, 0, 29, 31, 600]),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(_events)
def test_the_same_notices_at_the_same_times(events: list[tuple[int, str, str, int]]) -> None:
    """Whatever fires and ends when: the times, the firing and the resolved are the same."""
    own = OwnSettings(
        receiver="r", group_wait=WAIT, group_interval=INTERVAL, repeat_interval=REPEAT
    )
    stage, model, second = Stage(routes(own=own, flapping=NEVER)), Model(), 0
    for wait, event, name, age in events:
        second += wait
        stage.at(f"{second}s")
        at = stage.play.now
        model.run(at)
        if event == "fire":
            started = timedelta(seconds=age)
            stage.fire(name, started=started)
            model.insert(name, at, at - started)
        else:
            stage.play.resolve({"alertname": name})
            model.resolve(name)
    stage.at(f"{second + 7200}s")
    model.run(START + timedelta(seconds=second + 7200))
    heard = [
        (
            each.at,
            frozenset(alert.key for alert in each.notice.firing),
            frozenset(alert.key for alert in each.notice.resolved),
        )
        for each in stage.play.heard
    ]
    assert heard == model.told
