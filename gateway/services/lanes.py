"""Names of lanes: what must keep its order shares one.

A page's way to the pager, its way to the chat, and private words about it are three lanes, so that
a slow chat platform never holds up the pager, and a person who cannot be told holds up nobody.
"""

from collections.abc import Iterable
from datetime import datetime

from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.ids import ChatUserId, Ref
from gateway.ports.changes import Change, Enqueue, Release

OPS_LANE = "ops"
WAITING = (DeliveryState.READY, DeliveryState.CLAIMED)
"""States in which nothing of a delivery has left, and it can still be taken back."""


def pager_lane(ref: Ref) -> str:
    """Everything said into one pager conversation, in order."""
    return f"pager:{ref}"


def chat_lane(ref: Ref) -> str:
    """Everything shown in one chat thread, in order."""
    return f"chat:{ref}"


def tell_lane(ref: Ref, user: ChatUserId) -> str:
    """Private words to one person about one page."""
    return f"tell:{ref}:{user}"


def call_off(waiting: Iterable[Delivery], now: datetime) -> tuple[Change, ...]:
    """Take out what nobody has begun; if somebody has meanwhile, the whole unit is stale."""
    return tuple(Release(each.id, DeliveryState.CANCELLED, now, WAITING) for each in waiting)


def stand_behind(waiting: Iterable[Delivery], now: datetime) -> tuple[Change, ...]:
    """Let what waits in a lane go after what the same unit put there before."""
    again = tuple(waiting)
    return (
        *call_off(again, now),
        *(Enqueue(each.lane, each.ref, each.outbound, now, priority=2) for each in again),
    )
