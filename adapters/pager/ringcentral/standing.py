"""How things stand with RingCentral, as far as its answers told; nothing is asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.http_dates import ahead_of


@dataclass(frozen=True, slots=True)
class Standing:
    """What probes, gauges and the operator's glance show of the pager.

    `remaining` are the calls left in this window by rate group, those of the sender with the
    fewest. `subscribed_until` and `signs_in_until` are by sender: when events stop unless the
    subscription is renewed, and when a credential of the settings ends, which only an operator
    renews; one that never ends is left out. `clock_ahead_s` is how far our clock is ahead of
    RingCentral's, `None` before the first answer; it tells whole seconds only.
    """

    remaining: Mapping[str, int]
    subscribed_until: Mapping[str, datetime]
    signs_in_until: Mapping[str, datetime]
    clock_ahead_s: float | None


@dataclass(slots=True)
class UpstreamClock:
    """What `Date` headers say about our clock."""

    ahead_s: float | None = None

    def heard(self, date: str, now: datetime) -> None:
        """Compare an answer's `Date` with our time; one that is none says nothing."""
        theirs_s = ahead_of(now, date)
        if theirs_s is not None:
            self.ahead_s = -theirs_s
