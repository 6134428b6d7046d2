"""When the routes change under what is open."""

from datetime import datetime

from gateway.domain.deliveries import Wake, Waking
from gateway.domain.ids import Ref
from gateway.ports.store import Enqueue, Store, Unit
from gateway.services.alerts.records import group_lane

_MOST_INCIDENTS = 10_000
_BATCH = 200


async def wake_open_groups(store: Store, at: datetime) -> None:
    """Have every open group looked at now, instead of in its own time.

    Raises:
        StoreUnavailableError: some are looked at in their own time.
    """
    groups = [each.group for each in await store.open_incidents(_MOST_INCIDENTS)]
    for begin in range(0, len(groups), _BATCH):
        await store.commit(Unit(tuple(_wake(each, at) for each in groups[begin : begin + _BATCH])))


def _wake(group: str, at: datetime) -> Enqueue:
    wake = Wake(Waking.GROUP, group)
    return Enqueue(group_lane(group), Ref(""), wake, at, priority=1, coalesce=True)
