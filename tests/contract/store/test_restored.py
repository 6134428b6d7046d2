"""A restored database: what was open is looked for first; ids given out since never come again."""

from adapters.storage import OpenStore
from adapters.storage.engine import Script, Statement
from gateway.domain.deliveries import DeliveryState
from gateway.ports.changes import EndRestore
from gateway.ports.store import Store, Unit
from tests.contract.store.values import (
    LEASE_S,
    NOW,
    attempt,
    enqueue,
    held,
    later,
    put,
    retry,
    sent,
    settle,
    states,
    take,
)


async def restore(opened: OpenStore) -> None:
    """Say of this database that it is a backup, taken an hour ago."""

    def script() -> Script[None]:
        micros = int(later(-3600).timestamp() * 1_000_000)
        yield Statement("INSERT INTO standing (name, at) VALUES ('backup', $1)")(micros)

    await opened.engine.write(script)


async def test_usual_database_was_not_restored(store: Store) -> None:
    """Nothing is doubted, nothing is paused."""
    await put(store, enqueue())
    assert await store.take_over(NOW) is None
    assert await states(store) == [DeliveryState.READY]


async def test_everything_open_is_doubted_once(opened: OpenStore) -> None:
    """What waited and what was under way; what is over or a person's to decide stays."""
    store = opened.store
    for lane, end in (("over", sent()), ("held", held())):
        await put(store, enqueue(lane))
        await settle(store, await attempt(store), end)
    await put(store, enqueue("under way"))
    await attempt(store)
    await put(store, enqueue("waits"))
    await restore(opened)
    assert await store.take_over(NOW) == later(-3600)
    assert (await store.counts()) == {DeliveryState.HELD: 1, DeliveryState.UNKNOWN: 2}
    claims = await store.claim(NOW, 10, LEASE_S)
    assert {claim.delivery.state for claim in claims} == {DeliveryState.UNKNOWN}
    assert {claim.delivery.started_at for claim in claims} == {NOW}
    assert await store.take_over(NOW) == later(-3600)
    assert len(await store.audit(0, 9)) == 1


async def test_what_becomes_ready_since_is_doubted_too(opened: OpenStore) -> None:
    """A page that begins again from what the backup knew may have begun, and gone, before."""
    store = opened.store
    await restore(opened)
    taken_at = await store.take_over(NOW)
    assert taken_at is not None
    assert await store.unsettled(taken_at, NOW) == 0
    await put(store, enqueue())
    assert await store.unsettled(taken_at, NOW) == 1
    claim = await take(store)
    assert (claim.delivery.state, claim.delivery.started_at) == (DeliveryState.UNKNOWN, taken_at)
    await settle(store, claim, sent())
    assert await store.unsettled(taken_at, NOW) == 0
    await store.commit(Unit((EndRestore(),)))
    assert await store.take_over(NOW) is None


async def test_what_stands_behind_another_is_not_waited_for(opened: OpenStore) -> None:
    """Nobody can look for it before the first of its lane has gone, and that may be to be sent."""
    store = opened.store
    await put(store, enqueue(), enqueue())
    await restore(opened)
    taken_at = await store.take_over(NOW)
    assert taken_at is not None
    assert await store.unsettled(taken_at, NOW) == 1
    first = await take(store)
    await settle(store, first, retry(NOW))
    assert await store.unsettled(taken_at, NOW) == 0
    assert await states(store) == [DeliveryState.READY, DeliveryState.UNKNOWN]


async def test_ids_of_the_lost_hour_are_left_out(opened: OpenStore) -> None:
    """Buttons and markers made after the backup carry them."""
    await put(opened.store, enqueue("before"))
    before = await take(opened.store)
    await restore(opened)
    await opened.store.take_over(NOW)
    await put(opened.store, enqueue("after"))
    claims = await opened.store.claim(NOW, 10, LEASE_S)
    assert max(claim.delivery.id for claim in claims) >= before.delivery.id + 1_000_000
