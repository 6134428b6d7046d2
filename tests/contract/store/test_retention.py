"""What is over is forgotten in small batches; what protects against repeats stays long enough."""

import asyncio
from datetime import timedelta

from gateway.domain.deliveries import DeliveryState
from gateway.domain.ids import ConversationId, DraftId, Ref
from gateway.domain.pages import PageState
from gateway.ports.changes import CountReply, Link, MovePage, NewPage, SaveDraft
from gateway.ports.store import Committed, Store, Unit
from tests.contract.store.values import (
    DBA,
    LEASE_S,
    NOW,
    REF,
    attempt,
    draft,
    enqueue,
    held,
    later,
    link,
    page,
    put,
    sent,
    settle,
    states,
    take,
)
from tests.fakes.clock import MovedClock

DAY = timedelta(days=1)


async def finish(store: Store, lane: str = "lane") -> None:
    await put(store, enqueue(lane))
    await settle(store, await attempt(store), sent())


async def test_finished_deliveries_are_forgotten_and_open_ones_kept(store: Store) -> None:
    """Whatever their age, what still has to be sent or decided stays."""
    await finish(store)
    await put(store, enqueue("held"))
    await settle(store, await attempt(store), held())
    await put(store, enqueue("ready"))
    assert await store.forget(NOW, 100) == 0
    assert await store.forget(later(1), 100) > 0
    assert await states(store) == [DeliveryState.HELD, DeliveryState.READY]


async def test_a_batch_is_no_larger_than_asked(store: Store) -> None:
    """The caller comes back until nothing is left."""
    for number in range(5):
        await finish(store, f"lane {number}")
    removed = [await store.forget(later(1), 3) for _ in range(5)]
    assert removed == [3, 3, 3, 1, 0]
    assert await states(store) == []


async def test_keys_outlive_every_senders_retries(store: Store, clock: MovedClock) -> None:
    """A key is kept for eight days, whatever is asked, and forgotten after that."""
    await store.commit(Unit(once="k"))
    clock.set(NOW + 8 * DAY)
    assert await store.forget(clock.now() + DAY, 100) == 0
    assert await store.commit(Unit(once="k")) is Committed.REPEATED
    clock.move(1e-6)
    assert await store.forget(NOW, 100) == 0
    assert await store.forget(clock.now(), 100) == 1
    assert await store.commit(Unit(once="k")) is Committed.DONE


async def test_a_page_goes_with_its_conversations_once_it_is_over(store: Store) -> None:
    """It stays while it is open, has deliveries, or was replied to lately."""
    await store.commit(Unit((NewPage(page()), Link(link(), NOW))))
    assert await store.forget(later(99), 100) == 0
    await store.commit(Unit((MovePage(REF, PageState.SENT, later(1)),)))
    await store.commit(Unit((CountReply(REF, "Sam", later(50)),)))
    assert await store.forget(later(50), 100) == 0
    await put(store, enqueue(at=later(60)))
    assert await store.forget(later(99), 100) == 0
    await settle(store, await attempt(store, later(60)), sent(later(70)))
    assert await store.forget(later(70), 100) == 0
    assert await store.forget(later(71), 1) == 1
    assert await store.page(REF) is not None
    assert await store.forget(later(71), 100) == 2
    assert await store.page(REF) is None
    assert await store.link_of(DBA, link().conversation) is None


async def test_expired_drafts_are_forgotten(store: Store) -> None:
    """Nobody can use them any more."""
    await store.commit(Unit((SaveDraft(draft()), SaveDraft(draft("d2", expires_at=later(10))))))
    assert await store.forget(later(10), 100) == 0
    assert await store.forget(later(11), 100) == 1
    assert await store.draft(DraftId("d1")) == draft()


async def test_a_forgotten_lane_never_gives_a_token_twice(store: Store, clock: MovedClock) -> None:
    """A worker that slept through the life of a lane cannot write into the next one."""
    await put(store, enqueue())
    asleep = await attempt(store)
    await settle(store, await take(store, later(LEASE_S)), sent(later(LEASE_S)))
    clock.set(later(90))
    assert await store.forget(later(90), 100) == 2
    await put(store, enqueue(at=later(90)))
    awake = await take(store, later(90))
    assert awake.token > asleep.token
    assert await settle(store, asleep, sent()) is Committed.STALE


async def test_nothing_leads_to_a_page_that_is_forgotten_meanwhile(store: Store) -> None:
    """While retention works, replies come in on old pages: each keeps its page, or finds none."""
    refs = [Ref(f"pg_{number:04d}") for number in range(40)]
    for ref in refs:
        over = MovePage(ref, PageState.SENT, later(1))
        await store.commit(Unit((NewPage(page(ref=ref)), over)))

    async def forget() -> None:
        while await store.forget(later(5), 3):
            pass

    async def reply(number: int, ref: Ref) -> None:
        said = CountReply(ref, "Sam", later(10))
        joined = Link(link(conversation=f"c{number}", ref=ref), later(10))
        assert await store.commit(Unit((joined, said), once=f"k{number}")) is Committed.DONE

    async with asyncio.TaskGroup() as group:
        group.create_task(forget())
        for number, ref in enumerate(refs):
            group.create_task(reply(number, ref))
    for number, ref in enumerate(refs):
        kept = await store.page(ref)
        found = await store.link_of(DBA, ConversationId(f"c{number}"))
        assert (found is None) == (kept is None)
        assert kept is None or kept.replies == 1
        assert await store.commit(Unit(once=f"k{number}")) is Committed.REPEATED
