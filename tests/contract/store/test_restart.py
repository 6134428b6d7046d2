"""What was committed is there after the database was closed and opened again."""

import asyncio

from gateway.domain.deliveries import DeliveryState
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import DraftId
from gateway.ports.changes import MoveCursor, NewPage, SaveDraft
from gateway.ports.store import Committed, Unit
from tests.contract.store.conftest import Database
from tests.contract.store.values import (
    DBA,
    LEASE_S,
    NOW,
    REF,
    attempt,
    draft,
    enqueue,
    later,
    page,
    put,
    send,
    sent,
    settle,
    states,
    take,
)


async def test_everything_is_there_after_a_restart(database: Database) -> None:
    """Keys, pages, drafts, cursors, and lanes in their order with their leases."""
    async with await database.open() as before:
        unit = Unit((NewPage(page()), SaveDraft(draft()), MoveCursor(DBA, "c", NOW)), once="k")
        await before.store.commit(unit)
        await put(before.store, enqueue(), enqueue(outbound=send("next")))
        claim = await attempt(before.store)
    async with await database.open() as after:
        store = after.store
        assert await store.commit(Unit(once="k")) is Committed.REPEATED
        assert await store.page(REF) == page()
        assert await store.draft(DraftId("d1")) == draft()
        assert await store.cursor(DBA) == "c"
        assert await states(store) == [DeliveryState.ATTEMPTING, DeliveryState.READY]
        assert await store.claim(later(LEASE_S - 1), 10, LEASE_S) == ()
        assert await settle(store, claim, sent()) is Committed.DONE
        assert (await take(store)).delivery.outbound == send("next")


async def test_delivery_ids_are_never_used_twice(database: Database) -> None:
    """Buttons in old messages carry them, also of deliveries that were forgotten."""
    async with await database.open() as before:
        await put(before.store, enqueue())
        claim = await attempt(before.store)
        await settle(before.store, claim, sent())
        await before.store.forget(later(1), 10)
    async with await database.open() as after:
        await put(after.store, enqueue())
        assert (await take(after.store)).delivery.id > claim.delivery.id


async def test_a_closed_store_says_that_it_is_away(database: Database) -> None:
    """Late callers hear what they hear when the database is away, and do not hang."""
    opened = await database.open()
    await opened.close()
    for call in (opened.store.commit(Unit(once="k")), opened.store.page(REF)):
        try:
            await call
        except StoreUnavailableError:
            continue
        raise AssertionError("a closed store answered")


async def test_closing_finishes_what_was_handed_in(database: Database) -> None:
    """A commit under way when the store is closed is either done or says it is not."""
    opened = await database.open()
    commits = [opened.store.commit(Unit((enqueue(f"l{n}"),))) for n in range(20)]
    running = asyncio.gather(*commits)
    await asyncio.wait([running], timeout=0)
    await opened.close()
    assert set(await running) == {Committed.DONE}
    async with await database.open() as after:
        assert len(await after.store.deliveries(REF)) == 20
