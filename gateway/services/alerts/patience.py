"""Groups that wait for company need no look for every alert that joins them.

Each look writes the whole group anew, and until its first notice nobody sees what it changes.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.alerts import Alert, AlertStatus
from gateway.domain.routing.grouping import AlertGroup
from gateway.domain.routing.matchers import all_match
from gateway.services.alerts.rules import RuleBook

_APART = timedelta(seconds=10)


@dataclass
class Patience:
    """Remembers for ten seconds which groups were looked at and wait.

    What a restart forgets, or another process does not know, costs a look too many.
    """

    book: RuleBook
    _until: dict[str, datetime] = field(default_factory=dict, init=False)

    def looked(self, key: str, group: AlertGroup, now: datetime) -> None:
        """Note whether a group waits; the look that is due then is set already."""
        self._until.pop(key, None)
        if not group.flushed and group.closed_at is None:
            self._until[key] = now + _APART
        # What was noted first ends first, unless a clock was put back.
        while self._until and next(iter(self._until.values())) <= now:
            del self._until[next(iter(self._until))]

    def until(self, key: str, alert: Alert, route: str, at: datetime) -> datetime:
        """Tell until when a look may wait that an alert asks for `at` its arrival."""
        return at if self._is_urgent(alert, route, at) else self._until.get(key, at)

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
