"""What the adapter is given to know the time, to choose, and to tell."""

from dataclasses import dataclass, field

from adapters.pager.ringcentral.standing import UpstreamClock
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer


@dataclass(frozen=True, slots=True)
class Seams:
    """The outside of the adapter, apart from the network and the vault."""

    clock: Clock
    ids: Ids
    observer: Observer
    upstream: UpstreamClock = field(default_factory=UpstreamClock)
