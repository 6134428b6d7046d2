"""Lanes: order, leases and fences.

A lane's row points at its first open delivery (`head`) and says when it wants attention
(`due_at`). Whoever changes a delivery holds its lane's row, so that a state read under it is true.

All times are the caller's, also on PostgreSQL: replicas need clocks that agree to a small part of
a lease. Whoever is wrong about the time is still kept out by the token.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.storage import statements as sql
from adapters.storage.codec import outbox
from adapters.storage.codec.envelope import micros, moment
from adapters.storage.engine import Row, Rows, Script
from adapters.storage.errors import UnreadableFactError
from adapters.storage.rows import UNREADABLE, delivery_of
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.pages import Fault
from gateway.ports.store import Claim


@dataclass(slots=True)
class Lane:
    """A locked lane row; what is changed here is written back once by `save`."""

    name: str
    token: int
    head: int | None
    priority: int
    due_at: int | None
    lease_until: int | None
    idle_since: int | None = None
    changed: bool = False
    awaited: dict[tuple[str, str], int] = field(default_factory=dict)
    """What this unit found or put into the lane to coalesce with, and when it is due at latest."""

    def held_by(self, claim: Claim) -> bool:
        """Whether this claim still is the lane's last one and nobody gave it up."""
        return self.token == claim.token and self.lease_until is not None

    def append(self, delivery: int, priority: int, at: int) -> None:
        """Note a new last delivery: it is the head of an idle lane, else it may lend urgency."""
        if self.head is None:
            self.head, self.priority, self.due_at = delivery, priority, at
            self.idle_since = None
            self.changed = True
        elif priority < self.priority:
            self.priority = priority
            self.changed = True


def open_lane(name: str, at: datetime) -> Script[Lane]:
    """Lock a lane, making it if it is new.

    A new lane's token begins at the time, not at zero: a lane that was forgotten and comes back
    must not repeat a token that a sleeping worker still holds.
    """
    rows: Rows = ()
    while not rows:
        rows = (yield sql.OPEN_LANE(name, micros(at))) or (yield sql.LOCK_LANE(name))
    return Lane(*rows[0])


def join_lane(name: str, at: datetime) -> Script[Lane]:
    """Lock a lane that is there in all likelihood: trying to make it first would cost a write."""
    rows = yield sql.LOCK_LANE(name)
    return Lane(*rows[0]) if rows else (yield from open_lane(name, at))


def refresh(lane: Lane, at: int) -> Script[None]:
    """Point a lane at its first open delivery and end any lease on it.

    A lane is as urgent as the most urgent delivery waiting in it, and blocked by a HELD head.
    """
    rows = yield sql.HEAD(lane.name)
    lane.lease_until, lane.idle_since, lane.changed = None, None, True
    if not rows:
        lane.head, lane.due_at, lane.idle_since = None, None, at
        return
    ((lane.head, state, due_at, lane.priority),) = rows
    lane.due_at = None if state == DeliveryState.HELD else due_at


def weigh(lane: Lane) -> Script[None]:
    """Find a held lane's urgency anew, after something that waited in it was called off."""
    ((_, _, _, lane.priority),) = yield sql.HEAD(lane.name)
    lane.changed = True


def save(lane: Lane) -> Script[None]:
    """Write a lane back."""
    yield sql.SAVE_LANE(
        lane.name, lane.head, lane.priority, lane.due_at, lane.lease_until, lane.idle_since
    )


# --- the dispatcher's steps --------------------------------------------------------------------


def claim(
    now: datetime, limit: int, lease_s: float, holder: int | None
) -> Script[tuple[Claim, ...]]:
    """Lease due lanes, the most urgent first, then the longest due."""
    at, lease_until = micros(now), now + timedelta(seconds=lease_s)
    claims: list[Claim] = []
    for priority, due_at in sorted(map(tuple, (yield sql.WAITING()))):
        room = limit - len(claims)
        if room <= 0 or due_at > at:
            continue
        leased = yield sql.LEASE_LANES(priority, at, room, micros(lease_until), holder)
        claims += yield from _claims(leased, now, lease_until)
    return tuple(claims)


def _claims(leased: Rows, now: datetime, lease_until: datetime) -> Script[list[Claim]]:
    tokens: dict[int, int] = {row[0]: row[1] for row in leased}
    claims: list[Claim] = []
    for row in (yield sql.CLAIM(json.dumps(list(tokens)))) if tokens else ():
        try:
            delivery = delivery_of(row)
        except UnreadableFactError as error:
            yield from _quarantine(row, error.what, now)
        else:
            claims.append(Claim(delivery, delivery.lane, tokens[delivery.id], lease_until))
    return sorted(claims, key=lambda claim: (claim.delivery.due_at, claim.delivery.id))


def _quarantine(row: Row, what: str, now: datetime) -> Script[None]:
    """Refuse a delivery nobody can read, so that its lane goes on."""
    number, name, *_ = row
    fault = outbox.write_fault(Fault(UNREADABLE, {"what": what}))
    yield sql.QUARANTINE(number, micros(now), fault)
    lane = yield from open_lane(name, now)
    yield from refresh(lane, micros(now))
    yield from save(lane)


def begin(claim: Claim, now: datetime) -> Script[Delivery | None]:
    """Open an attempt under a lease that still runs."""
    if now >= claim.lease_until or (yield from _held_lane(claim)) is None:
        return None
    rows = yield sql.BEGIN(claim.delivery.id, micros(now))
    return delivery_of(rows[0]) if rows else None


def release(claim: Claim, due_at: datetime) -> Script[None]:
    """Give an untried delivery back; one whose attempt has begun stays as it is."""
    lane = yield from _held_lane(claim)
    if lane is None or not (yield sql.GIVE_BACK(claim.delivery.id, micros(due_at))):
        return
    yield from refresh(lane, micros(due_at))
    yield from save(lane)


def _held_lane(claim: Claim) -> Script[Lane | None]:
    for row in (yield sql.LOCK_LANE(claim.lane)):
        lane = Lane(*row)
        return lane if lane.held_by(claim) else None
    return None


_FOREVER = 2**62


def recover(now: datetime, dead: Collection[int], *, everything: bool) -> Script[tuple[int, int]]:
    """End leases that are over or whose holder is dead, and settle the deliveries under them.

    Tells how many leases ended, and how many deliveries changed for it: a look that was under way
    leaves its delivery as it is.
    """
    until = _FOREVER if everything else micros(now)
    gone = json.dumps(sorted(dead))
    heads = [head for (head,) in (yield sql.END_LEASES(micros(now), until, gone))]
    if not heads:
        return 0, 0
    return len(heads), len((yield sql.RECOVER(json.dumps(heads))))


def bring_forward(now: datetime, until: datetime) -> Script[None]:
    """Let what is due until then be due now; leases end when they end."""
    yield sql.HASTEN_LANES(micros(now), micros(until))
    yield sql.HASTEN_DELIVERIES(micros(now), micros(until))


def next_due() -> Script[datetime | None]:
    """Find the earliest lane, leased ones at the end of their lease."""
    waiting = [due_at for _, due_at in (yield sql.WAITING())]
    return moment(min(waiting)) if waiting else None
