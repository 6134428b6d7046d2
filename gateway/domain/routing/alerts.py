"""An alert as routing sees it: who it is, what it says, whether it is firing."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from gateway.domain.routing.matchers import Labels


class Severity(IntEnum):
    """How bad it is; more is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3
    CRITICAL = 4

    @classmethod
    def of(cls, labels: Labels) -> "Severity":
        """Read the label that intake puts on every alert; an odd word counts as a warning."""
        return cls.__members__.get(labels.get("severity", "").upper(), cls.WARNING)


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
        """How bad it is."""
        return Severity.of(self.labels)
