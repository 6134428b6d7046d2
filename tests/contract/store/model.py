"""Lanes as a few lines of Python: what the databases have to behave like."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.deliveries import DeliveryState, Step
from gateway.ports.store import Claim

READY, CLAIMED = DeliveryState.READY, DeliveryState.CLAIMED
ATTEMPTING, UNKNOWN = DeliveryState.ATTEMPTING, DeliveryState.UNKNOWN
HELD = DeliveryState.HELD


@dataclass
class Entry:
    """A delivery."""

    id: int
    priority: int
    due_at: datetime
    state: DeliveryState = READY
    attempt: int = 0


@dataclass
class Lane:
    """A queue, and who holds it until when."""

    entries: list[Entry] = field(default_factory=list)
    holder: int | None = None
    lease_until: datetime | None = None

    @property
    def head(self) -> Entry | None:
        return next((entry for entry in self.entries if not entry.state.final), None)

    @property
    def urgency(self) -> int:
        return min(entry.priority for entry in self.entries if not entry.state.final)

    @property
    def due_at(self) -> datetime | None:
        """When it wants attention; `None` while it is idle or blocked."""
        if self.head is None or self.head.state is HELD:
            return None
        return self.lease_until or self.head.due_at

    def let_go(self) -> None:
        self.holder = self.lease_until = None


class Model:
    """All lanes."""

    def __init__(self) -> None:
        self.lanes: dict[str, Lane] = {}

    def append(self, lane: str, entry: Entry) -> None:
        self.lanes.setdefault(lane, Lane()).entries.append(entry)

    def due(self, now: datetime) -> list[tuple[int, datetime, str]]:
        """List what may be claimed, in the order in which it must be."""
        waiting = [(lane.due_at, name, lane) for name, lane in self.lanes.items()]
        return sorted(
            (lane.urgency, due_at, name)
            for due_at, name, lane in waiting
            if due_at is not None and due_at <= now
        )

    def claimed(self, claim: Claim) -> Entry:
        """Note a claim; gives the entry it has to be about."""
        lane = self.lanes[claim.lane]
        assert lane.holder is None or claim.token > lane.holder
        lane.holder, lane.lease_until = claim.token, claim.lease_until
        assert lane.head is not None
        lane.head.state = {READY: CLAIMED, ATTEMPTING: UNKNOWN}.get(
            lane.head.state, lane.head.state
        )
        return lane.head

    def holds(self, claim: Claim) -> bool:
        return self.lanes[claim.lane].holder == claim.token

    def begin(self, claim: Claim, now: datetime) -> bool:
        head = self.lanes[claim.lane].head
        if not self.holds(claim) or now >= claim.lease_until:
            return False
        if head is None or head.state is not CLAIMED:
            return False
        head.state, head.attempt = ATTEMPTING, head.attempt + 1
        return True

    def settle(self, claim: Claim, step: Step) -> bool:
        lane, head = self.lanes[claim.lane], self.lanes[claim.lane].head
        if not self.holds(claim) or head is None:
            return False
        head.state, head.due_at = step.state, step.due_at
        lane.let_go()
        return True

    def give_back(self, claim: Claim, due_at: datetime) -> None:
        lane = self.lanes[claim.lane]
        if self.holds(claim) and lane.head is not None and lane.head.state is not ATTEMPTING:
            lane.head.state = READY if lane.head.state is CLAIMED else lane.head.state
            lane.head.due_at = due_at
            lane.let_go()

    def release(self, number: int, state: DeliveryState, at: datetime) -> None:
        for lane in self.lanes.values():
            for entry in lane.entries:
                if entry.id == number:
                    if entry is lane.head:
                        lane.let_go()
                    entry.state, entry.due_at = state, at

    def recover(self, now: datetime, *, everything: bool) -> int:
        changed = 0
        for lane in self.lanes.values():
            if lane.lease_until is None or lane.head is None:
                continue
            if everything or lane.lease_until <= now:
                lane.let_go()
                changed += lane.head.state in {CLAIMED, ATTEMPTING}
                after = {CLAIMED: READY, ATTEMPTING: UNKNOWN}
                lane.head.state = after.get(lane.head.state, lane.head.state)
        return changed

    def standing(self) -> dict[int, tuple[str, DeliveryState, int]]:
        """How every delivery stands."""
        return {
            entry.id: (name, entry.state, entry.attempt)
            for name, lane in self.lanes.items()
            for entry in lane.entries
        }
