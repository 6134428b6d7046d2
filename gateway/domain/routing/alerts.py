"""An alert as routing sees it: who it is, what it says, whether it is firing."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.alerts import Severity
from gateway.domain.routing.matchers import Labels

_BADNESS = {severity: place for place, severity in enumerate(reversed(Severity))}


def badness(severity: Severity) -> int:
    """Rank a severity; more is worse."""
    return _BADNESS[severity]


@dataclass(frozen=True, slots=True)
class RoutedAlert:
    """One alert as an event left it.

    `key` is the alert's identity in the whole gateway: its source and its key there. `trace` names
    the event (`al_91QX`), so that the event's fate can be told.
    """

    key: str
    labels: Labels
    firing: bool
    starts_at: datetime
    trace: str

    @property
    def severity(self) -> Severity:
        """Read the label that intake puts on every alert; an odd word counts as a warning."""
        word = self.labels.get("severity", "")
        return Severity(word) if word in _WORDS else Severity.WARNING


_WORDS = frozenset(Severity)
