"""What is counted against limits: never more than there is room for, and it survives."""

import asyncio
from datetime import timedelta

from gateway.ports.changes import MoveCursor, Spend
from gateway.ports.store import Committed, Store, Unit
from tests.contract.store.values import DBA, NOW, later

MINUTE = timedelta(minutes=1)


def spend(meter: str = "m", most: int = 2, after_s: float = 0) -> Spend:
    """Count one thing, so many seconds later."""
    at = later(after_s)
    return Spend(meter, at, most, at - MINUTE)


async def test_one_too_many_takes_everything_back(store: Store) -> None:
    """The key stays free, too."""
    for key in "ab":
        assert await store.commit(Unit((spend(),), once=key)) is Committed.DONE
    full = Unit((MoveCursor(DBA, "token", NOW), spend(after_s=59)), once="c")
    assert await store.commit(full) is Committed.FULL
    assert await store.cursor(DBA) is None
    assert await store.commit(Unit((spend("another"),), once="c")) is Committed.DONE


async def test_room_comes_back_when_the_time_is_over(store: Store) -> None:
    """Each thing counts for itself, from its own moment on."""
    await store.commit(Unit((spend(),)))
    await store.commit(Unit((spend(after_s=30),)))
    assert await store.spent("m", NOW - MINUTE) == (NOW, later(30))
    assert await store.commit(Unit((spend(after_s=60),))) is Committed.DONE
    assert await store.commit(Unit((spend(after_s=89),))) is Committed.FULL
    assert await store.spent("m", NOW) == (later(30), later(60))


async def test_a_meter_is_not_overrun_by_many_at_once(store: Store) -> None:
    """Whoever comes first has the room."""
    units = [Unit((spend(most=5),), once=f"k{n}") for n in range(30)]
    ends = await asyncio.gather(*map(store.commit, units))
    assert sorted(ends) == [Committed.DONE] * 5 + [Committed.FULL] * 25


async def test_what_was_counted_long_ago_is_removed(store: Store) -> None:
    """Also on meters that nobody uses any more."""
    await store.commit(Unit((spend(),)))
    assert await store.forget(later(1), 100) == 1
