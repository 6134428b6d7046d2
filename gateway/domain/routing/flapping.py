"""Flapping: an alert that comes and goes is told once, and once more when it has settled."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class FlapPolicy:
    """`changes` between firing and resolved `within` so long make an alert a flapping one.

    It is stable again after as long without a change.
    """

    changes: int = 3
    within: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Flaps:
    """An alert's recent changes, oldest first; `told` when people know that it is flapping."""

    changes: tuple[datetime, ...] = ()
    told: bool = False

    def changed(self, at: datetime, policy: FlapPolicy) -> "Flaps":
        """Add a change."""
        recent = (change for change in self.changes if change > at - policy.within)
        return replace(self, changes=(*recent, at))

    def flaps(self, at: datetime, policy: FlapPolicy) -> bool:
        """Tell whether there were enough changes of late."""
        recent = [change for change in self.changes if change > at - policy.within]
        return len(recent) >= policy.changes

    def quiet(self, at: datetime, policy: FlapPolicy) -> bool:
        """Tell whether there was no change for a whole window."""
        return not self.changes or self.changes[-1] <= at - policy.within


NEVER = Flaps()
USUAL = FlapPolicy()
