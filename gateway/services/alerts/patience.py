"""When to look at a group for an alert that came: at once, unless it was looked at just now.

Alerts of one storm are looked at together. Groups that wait for company need no look for every
alert that joins them: each look writes the whole group anew, and until its first notice nobody sees
what it changes.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.alerts import Alert, AlertStatus, Severity
from gateway.domain.routing.grouping import AlertGroup
from gateway.domain.routing.matchers import all_match
from gateway.services.alerts.rules import RuleBook

_APART = timedelta(seconds=10)
_GATHER = timedelta(seconds=1)
_GATHER_CRITICAL = timedelta(milliseconds=300)


def gather(alert: Alert) -> timedelta:
    """Tell for how long what comes with an alert is gathered."""
    return _GATHER_CRITICAL if alert.severity is Severity.CRITICAL else _GATHER


@dataclass(frozen=True, slots=True)
class _Look:
    at: datetime
    waits: bool


@dataclass
class Patience:
    """Remembers for ten seconds which groups were looked at, and whether they wait.

    What a restart forgets, or another process does not know, costs a look too many.
    """

    book: RuleBook
    _looks: dict[str, _Look] = field(default_factory=dict, init=False)

    def looked(self, key: str, group: AlertGroup | None, now: datetime) -> None:
        """Note a look. Where the group waits, the look that is due then is set already."""
        self._looks.pop(key, None)
        waits = group is not None and not group.flushed and group.closed_at is None
        self._looks[key] = _Look(now, waits)
        # What was noted first ends first, unless a clock was put back.
        while next(iter(self._looks.values())).at + _APART <= now:
            del self._looks[next(iter(self._looks))]

    def next_look(self, key: str, alert: Alert, route: str, at: datetime) -> datetime:
        """Tell when to look at a group for an alert that came `at` this time."""
        last = self._looks.get(key)
        if last is None:
            return at
        may_wait = last.waits and not self._is_urgent(alert, route, at)
        return max(at, min(last.at, at) + (_APART if may_wait else gather(alert)))

    def _is_urgent(self, alert: Alert, route: str, at: datetime) -> bool:
        """Whether it changes more than its group: when that is told, or what others may tell."""
        if alert.status is not AlertStatus.FIRING:
            return True
        rules = self.book.rules
        found = rules.tree.route(route)
        has_waited = found is None or alert.starts_at + found.settings.group_wait < at
        return has_waited or any(
            all_match(rule.source_matchers, alert.labels) for rule in rules.inhibit_rules
        )
