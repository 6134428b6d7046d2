"""What became of every alert event, and the sum that has to close.

ingested = paged + digested + suppressed + duplicate + ignored + malformed + waiting
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of one event, from the strongest to the weakest.

    An event that took several routes has the strongest of its fates. `PAGED` is told singly, by
    page or, where a receiver has nobody to page, in its channel. `SETTLED` came to nothing that
    its receivers did not know already.
    """

    PAGED = "paged"
    DIGESTED = "digested"
    WAITING = "waiting"
    ACKED = "acked"
    FLAPPING = "flapping"
    SILENCED = "silenced"
    MUTED = "muted"
    INACTIVE = "inactive"
    INHIBITED = "inhibited"
    SETTLED = "settled"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    MALFORMED = "malformed"


SUPPRESSED = frozenset(
    {
        Fate.ACKED,
        Fate.FLAPPING,
        Fate.SILENCED,
        Fate.MUTED,
        Fate.INACTIVE,
        Fate.INHIBITED,
        Fate.SETTLED,
    }
)
_STRENGTH = {fate: place for place, fate in enumerate(Fate)}


def strongest(fates: Iterable[Fate]) -> Fate:
    """Choose the fate of an event that has one on each of its routes."""
    return min(fates, key=_STRENGTH.__getitem__)


@dataclass(frozen=True, slots=True)
class StormSum:
    """The account of a source in a window of time."""

    ingested: int
    fates: Mapping[Fate, int]

    @property
    def suppressed(self) -> int:
        """How many were held back for any reason."""
        return sum(count for fate, count in self.fates.items() if fate in SUPPRESSED)

    @property
    def unaccounted(self) -> int:
        """How many nobody can tell about; anything but 0 is an alarm."""
        return self.ingested - sum(self.fates.values())


def storm_sum(ingested: int, fates: Iterable[Fate]) -> StormSum:
    """Add up one fate for each event whose fate is known."""
    return StormSum(ingested, dict(Counter(fates)))
