"""What is stored is found again, by everything the world names it with."""

from dataclasses import replace
from datetime import timedelta

from gateway.domain.deliveries import DeliveryState
from gateway.domain.ids import ChatMessageId, PagerMessageId, Ref
from gateway.domain.pages import PageState
from gateway.ports.changes import CountReply, NewPage
from gateway.ports.store import Store, Unit
from tests.contract.store.values import (
    ADA,
    DBA,
    NOW,
    REF,
    SUPPORT,
    THREAD,
    WORKSPACE,
    attempt,
    enqueue,
    later,
    page,
    put,
    reply,
    send,
    sent,
    settle,
    update,
)


async def test_nothing_is_found_in_an_empty_store(store: Store) -> None:
    """Every question has an answer before the first page."""
    assert await store.page(REF) is None
    assert await store.pages_of(WORKSPACE, ADA, 5) == ()
    assert await store.deliveries(REF) == ()
    assert await store.links(REF) == ()
    assert await store.cursor(DBA) is None
    assert await store.directory() is None
    assert await store.dead_letters(5) == ()
    assert await store.reply_delivery(THREAD, ChatMessageId("1")) is None


async def test_deliveries_of_a_page_are_read_oldest_first(store: Store) -> None:
    """All of them, in any lane and state; of that page only."""
    await put(store, enqueue("a"), enqueue("b", update()), enqueue("a", reply()))
    await put(store, enqueue("c", ref=Ref("pg_OTHR")))
    await settle(store, (await store.claim(NOW, 1, 30))[0], sent())
    found = await store.deliveries(REF)
    assert [delivery.outbound for delivery in found] == [send(), update(), reply()]
    assert [delivery.lane for delivery in found] == ["a", "b", "a"]


async def test_our_own_message_is_known_by_its_receipt(store: Store) -> None:
    """Only in the mailbox that sent it, and only once it is receipted."""
    await put(store, enqueue())
    claim = await attempt(store)
    assert not await store.is_ours(DBA, PagerMessageId("7001"))
    await settle(store, claim, sent(message="7001"))
    assert await store.is_ours(DBA, PagerMessageId("7001"))
    assert not await store.is_ours(SUPPORT, PagerMessageId("7001"))
    assert not await store.is_ours(DBA, PagerMessageId("7002"))


async def test_our_own_words_are_known_before_their_receipt(store: Store) -> None:
    """In any state, by page, sender and exact text."""
    await put(store, enqueue(outbound=send("Database is down")), enqueue(outbound=reply()))
    assert await store.sent_text(REF, DBA, "Database is down")
    assert await store.sent_text(REF, DBA, "on it")
    assert not await store.sent_text(REF, DBA, "Database is down ")
    assert not await store.sent_text(REF, SUPPORT, "Database is down")
    assert not await store.sent_text(Ref("pg_OTHR"), DBA, "Database is down")
    await settle(store, await attempt(store), sent())
    assert await store.sent_text(REF, DBA, "Database is down")


async def test_a_chat_message_leads_to_the_first_of_its_parts(store: Store) -> None:
    """The delivery its words became; other messages of the thread became others."""
    await put(store, enqueue(outbound=reply("5.1", 1)), enqueue(outbound=reply("5.1", 2)))
    await put(store, enqueue(outbound=reply("5.2", 1)))
    found = await store.reply_delivery(THREAD, ChatMessageId("5.1"))
    assert found is not None
    assert found.outbound == reply("5.1", 1)
    assert found.state is DeliveryState.READY
    assert await store.reply_delivery(THREAD, ChatMessageId("5.3")) is None


async def test_pages_with_one_time_are_still_told_apart(store: Store) -> None:
    """Two pages of one moment are both listed."""
    await store.commit(Unit((NewPage(page("pg_A")), NewPage(page("pg_B")))))
    assert {found.ref for found in await store.pages_of(WORKSPACE, ADA, 5)} == {"pg_A", "pg_B"}


async def test_threads_with_life_in_them_are_listed_newest_first(store: Store) -> None:
    """Those of pages made since, and of older ones that were answered since; no page without."""
    day = 24 * 3600
    places = {ref: replace(THREAD, root=ChatMessageId(ref)) for ref in ("a", "b", "c")}
    for age, (ref, thread) in enumerate(places.items()):
        made = later(-age * day)
        await store.commit(Unit((NewPage(page(ref, created_at=made, thread=thread)),)))
    await store.commit(Unit((NewPage(page("d")),)))
    await store.commit(Unit((CountReply(Ref("c"), "Sam", NOW),)))
    assert await store.threads(later(-day / 2), 9) == (places["a"], places["c"])
    assert await store.threads(later(-day / 2), 1) == (places["a"],)
    assert await store.threads(NOW, 9) == ()


async def test_pages_are_read_some_at_a_time(store: Store) -> None:
    """Those before a moment, newest first; of one state if one is asked for."""
    for minute in range(4):
        state = PageState.REFUSED if minute % 2 else PageState.SENT
        made = page(f"pg_{minute}", created_at=later(60 * minute), state=state)
        await store.commit(Unit((NewPage(made),)))
    assert [each.ref for each in await store.pages(2)] == ["pg_3", "pg_2"]
    assert [each.ref for each in await store.pages(2, before=later(120))] == ["pg_1", "pg_0"]
    refused = await store.pages(9, PageState.REFUSED, later(180))
    assert [each.ref for each in refused] == ["pg_1"]
    assert await store.pages(9, before=later(0)) == ()


async def test_pages_are_tallied_by_time_and_state(store: Store) -> None:
    """From a moment on, in spans counted from it; a span's first moment is its own."""
    for n, second in enumerate((-1, 0, 59, 60, 61, 185)):
        state = PageState.SENT if second < 61 else PageState.REFUSED
        made = page(f"pg_{n}", created_at=later(second), state=state)
        await store.commit(Unit((NewPage(made),)))
    assert await store.tally(NOW, timedelta(minutes=1)) == {
        later(0): {PageState.SENT: 2},
        later(60): {PageState.SENT: 1, PageState.REFUSED: 1},
        later(180): {PageState.REFUSED: 1},
    }
