"""A unit is written as a whole or not at all, and a repeat of it changes nothing."""

import asyncio
from datetime import timedelta

import pytest

from gateway.domain.deliveries import DeliveryState
from gateway.domain.directory import (
    Department,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, DeliveryId, DraftId, Ref
from gateway.domain.pages import ChatThread, Fault, PageState
from gateway.domain.threads import ThreadMode
from gateway.ports.changes import (
    AnchorPage,
    CountReply,
    DropDraft,
    Link,
    MoveCursor,
    MovePage,
    MoveThreads,
    NewPage,
    Release,
    SaveDirectory,
    SaveDraft,
    Settle,
    SwitchThread,
)
from gateway.ports.store import Committed, Store, Unit
from tests.contract.store.values import (
    ADA,
    DBA,
    NOW,
    OPS,
    REF,
    SUPPORT,
    THREAD,
    WORKSPACE,
    attempt,
    draft,
    enqueue,
    later,
    link,
    only,
    page,
    put,
    reply,
    send,
    sent,
    settle,
    states,
    take,
)
from tests.fakes.clock import MovedClock

# --- repeats and atomicity ---------------------------------------------------------------------


async def test_a_unit_writes_everything_it_holds(store: Store) -> None:
    """Page, delivery, draft and cursor of one unit are all there afterwards."""
    unit = Unit(
        (NewPage(page()), enqueue(), SaveDraft(draft()), MoveCursor(DBA, "token", NOW)), once="k"
    )
    assert await store.commit(unit) is Committed.DONE
    assert await store.page(REF) == page()
    assert (await only(store)).state is DeliveryState.READY
    assert await store.draft(DraftId("d1")) == draft()
    assert await store.cursor(DBA) == "token"


async def test_a_key_is_taken_once(store: Store) -> None:
    """The second unit with the same key is REPEATED, whatever it holds, and writes nothing."""
    assert await store.commit(Unit((enqueue(),), once="k")) is Committed.DONE
    assert await store.commit(Unit((enqueue(), NewPage(page())), once="k")) is Committed.REPEATED
    assert await states(store) == [DeliveryState.READY]
    assert await store.page(REF) is None


async def test_an_answer_stays_under_its_key(store: Store) -> None:
    """Who repeats is told what was answered first, not what they would be told now."""
    assert await store.answer("k") is None
    await store.commit(Unit((enqueue(),), once="k", answer="first"))
    again = Unit((enqueue(),), once="k", answer="second")
    assert await store.commit(again) is Committed.REPEATED
    assert await store.answer("k") == "first"
    await store.commit(Unit(once="silent"))
    assert await store.answer("silent") is None


async def test_a_unit_that_was_not_written_leaves_no_answer(store: Store) -> None:
    """Whoever comes again is not told of what never happened."""
    await store.commit(Unit((NewPage(page()),)))
    taken = Unit((NewPage(page(text="another")),), once="k", answer="told")
    assert await store.commit(taken) is Committed.TAKEN
    assert await store.answer("k") is None


async def test_fifty_identical_commits_at_once_take_effect_once(store: Store) -> None:
    """However they race, exactly one of them is DONE."""
    units = [store.commit(Unit((enqueue(),), once="same")) for _ in range(50)]
    results = await asyncio.gather(*units)
    assert sorted(results) == [Committed.DONE] + [Committed.REPEATED] * 49
    assert len(await store.deliveries(REF)) == 1


async def test_a_refused_unit_does_not_use_up_its_key(store: Store) -> None:
    """A unit that ended as TAKEN may come again under the same key with another reference."""
    await store.commit(Unit((NewPage(page()),)))
    taken = Unit((enqueue(), NewPage(page(text="another"))), once="k")
    assert await store.commit(taken) is Committed.TAKEN
    again = Unit((NewPage(page("pg_OTHR", text="another")),), once="k")
    assert await store.commit(again) is Committed.DONE
    assert await store.deliveries(REF) == ()


async def test_a_reference_is_given_once(store: Store) -> None:
    """A new page with a reference that exists makes TAKEN and leaves the first page alone."""
    await store.commit(Unit((NewPage(page()),)))
    assert await store.commit(Unit((NewPage(page(text="mine")),))) is Committed.TAKEN
    assert (await store.page(REF)) == page()


async def test_a_stale_unit_writes_nothing(store: Store) -> None:
    """Under a fence that does not hold, even changes that need none are left out."""
    await put(store, enqueue())
    claim = await attempt(store)
    assert await settle(store, claim, sent()) is Committed.DONE
    stale = Unit((NewPage(page()), SaveDraft(draft())), once="k", fence=claim)
    assert await store.commit(stale) is Committed.STALE
    assert await store.page(REF) is None
    assert await store.draft(DraftId("d1")) is None
    assert await store.commit(Unit(once="k")) is Committed.DONE


async def test_a_broken_unit_hurts_no_neighbour(store: Store) -> None:
    """A unit the database cannot take fails alone; those committed beside it are kept."""
    broken = Unit((enqueue("bad", priority=2**80),), once="broken")
    fine = [store.commit(Unit((enqueue(f"lane {n}"),), once=f"k{n}")) for n in range(8)]
    results = await asyncio.gather(
        *fine[:4], store.commit(broken), *fine[4:], return_exceptions=True
    )
    assert [r for r in results if r is not Committed.DONE] == [results[4]]
    assert isinstance(results[4], Exception)
    assert len(await store.deliveries(REF)) == 8
    assert await store.commit(Unit(once="broken")) is Committed.DONE


async def test_an_empty_unit_is_done(store: Store) -> None:
    """Nothing to write is no failure."""
    assert await store.commit(Unit()) is Committed.DONE


@pytest.mark.parametrize(
    "key",
    ["zero \0 byte", "half \ud83d surrogate", "señor 🚒", "".join(map(chr, range(32, 20000)))],
)
async def test_any_key_can_be_kept(store: Store, key: str) -> None:
    """Keys come from outside; whatever stands in them, the repeat is seen."""
    assert await store.commit(Unit((enqueue(),), once=key)) is Committed.DONE
    assert await store.commit(Unit((enqueue(),), once=key)) is Committed.REPEATED


@pytest.mark.parametrize("text", ["zero \0 byte", "half \ud83d surrogate", "👩‍🚒 señor", "'; --"])
async def test_any_words_can_be_kept(store: Store, text: str) -> None:
    """What people write comes back as they wrote it."""
    await store.commit(Unit((NewPage(page(text=text)), enqueue(outbound=send(text)))))
    assert await store.page(REF) == page(text=text)
    assert (await only(store)).outbound == send(text)
    assert await store.sent_text(REF, DBA, text)


# --- pages -------------------------------------------------------------------------------------


async def test_moving_a_page_touches_only_how_it_stands(store: Store) -> None:
    """State, fault and time change; thread, counters and words stay."""
    await store.commit(Unit((NewPage(page()), AnchorPage(REF, THREAD))))
    await store.commit(Unit((CountReply(REF, "Sam", later(5)),)))
    fault = Fault("pager.throttled", {"retry_at": None, "who": ["101", "102"]})
    await store.commit(Unit((MovePage(REF, PageState.WAITING, later(9), fault),)))
    assert await store.page(REF) == page(
        state=PageState.WAITING,
        changed_at=later(9),
        fault=fault,
        thread=THREAD,
        replies=1,
        last_reply_from="Sam",
        last_reply_at=later(5),
    )


async def test_a_pages_fault_is_cleared_by_the_next_move(store: Store) -> None:
    """`fault=None` clears; `sent_at` is kept when none is given."""
    await store.commit(Unit((NewPage(page(fault=Fault("pager.unavailable"))),)))
    await store.commit(Unit((MovePage(REF, PageState.SENT, later(1), sent_at=later(1)),)))
    await store.commit(Unit((MovePage(REF, PageState.SENT, later(2)),)))
    kept = await store.page(REF)
    assert kept is not None
    assert (kept.fault, kept.sent_at, kept.changed_at) == (None, later(1), later(2))


async def test_a_cancelled_page_stays_cancelled(store: Store) -> None:
    """A late outcome does not bring a cancelled page back."""
    await store.commit(Unit((NewPage(page(state=PageState.CANCELLED)),)))
    await store.commit(Unit((MovePage(REF, PageState.SENT, later(1), sent_at=later(1)),)))
    assert await store.page(REF) == page(state=PageState.CANCELLED)


async def test_changes_of_one_page_at_once_all_count(store: Store) -> None:
    """Lanes of one page run at the same time, and none overwrites another's column."""
    await store.commit(Unit((NewPage(page()),)))
    replies = [store.commit(Unit((CountReply(REF, "Sam", later(n)),))) for n in range(20)]
    moves = [store.commit(Unit((MovePage(REF, PageState.SENT, later(n)),))) for n in range(20)]
    anchor = store.commit(Unit((AnchorPage(REF, THREAD),)))
    await asyncio.gather(*replies, *moves, anchor)
    kept = await store.page(REF)
    assert kept is not None
    assert (kept.replies, kept.last_reply_at) == (20, later(19))
    assert (kept.state, kept.thread) == (PageState.SENT, THREAD)


async def test_a_thread_keeps_the_mode_it_was_switched_to(store: Store) -> None:
    """Whatever else moves; until then it has none of its own."""
    await store.commit(Unit((NewPage(page()), AnchorPage(REF, THREAD))))
    assert await store.page(REF) == page(thread=THREAD)
    for mode in ThreadMode:
        await store.commit(Unit((SwitchThread(REF, mode),)))
        await store.commit(Unit((MovePage(REF, PageState.SENT, later(1)),)))
        kept = await store.page_of_thread(THREAD)
        assert kept is not None
        assert (kept.mode, kept.state, kept.thread) == (mode, PageState.SENT, THREAD)


async def test_a_page_may_begin_with_a_mode(store: Store) -> None:
    """It is a column like the others."""
    await store.commit(Unit((NewPage(page(mode=ThreadMode.NOTHING)),)))
    assert await store.page(REF) == page(mode=ThreadMode.NOTHING)


async def test_the_last_reply_is_the_newest_not_the_last_counted(store: Store) -> None:
    """A reply that message-sync shows late is counted, but does not become the last one."""
    await store.commit(Unit((NewPage(page()),)))
    await store.commit(Unit((CountReply(REF, "Sam", later(9)),)))
    await store.commit(Unit((CountReply(REF, "Kim", later(3)),)))
    kept = await store.page(REF)
    assert kept is not None
    assert (kept.replies, kept.last_reply_from, kept.last_reply_at) == (2, "Sam", later(9))


async def test_changes_of_an_unknown_page_are_nothing(store: Store) -> None:
    """A page that was forgotten is not brought back by a late change."""
    changes = (CountReply(REF, "Sam", NOW), MovePage(REF, PageState.SENT, NOW))
    switched = SwitchThread(REF, ThreadMode.NOTHING)
    assert await store.commit(Unit((*changes, switched, AnchorPage(REF, THREAD)))) is Committed.DONE
    assert await store.page(REF) is None


async def test_a_persons_pages_are_read_newest_first(store: Store) -> None:
    """Only their own, only in that workspace, and no more than asked for."""
    for number in range(4):
        await store.commit(Unit((NewPage(page(f"pg_{number}", created_at=later(number))),)))
    await store.commit(Unit((NewPage(page("pg_X", author=ChatUserId("U2"))),)))
    refs = [found.ref for found in await store.pages_of(WORKSPACE, ADA, 3)]
    assert refs == ["pg_3", "pg_2", "pg_1"]


async def test_a_page_is_found_by_its_thread(store: Store) -> None:
    """The thread of its status message, and no other root in that channel."""
    await store.commit(Unit((NewPage(page()), AnchorPage(REF, THREAD))))
    other = ChatThread(WORKSPACE, OPS, ChatMessageId("1"))
    assert await store.page_of_thread(THREAD) == page(thread=THREAD)
    assert await store.page_of_thread(other) is None


# --- conversations -----------------------------------------------------------------------------


async def test_the_newest_message_only_moves_forward(store: Store) -> None:
    """An older message never replaces a newer one; everything else is updated."""
    await store.commit(Unit((NewPage(page()), Link(link("20"), later(20)))))
    await store.commit(Unit((Link(link("10", owner=False), later(10)),)))
    assert await store.link_of(DBA, link().conversation) == link("20", owner=False)
    await store.commit(Unit((Link(link("30"), later(30)),)))
    assert await store.link_of(DBA, link().conversation) == link("30")


async def test_a_conversation_is_known_by_mailbox_and_id(store: Store) -> None:
    """The same conversation id in another mailbox is another row."""
    await store.commit(Unit((NewPage(page()), Link(link(), NOW))))
    assert await store.link_of(DBA, link().conversation)
    assert await store.link_of(SUPPORT, link().conversation) is None


async def test_links_name_the_most_recently_used_first(store: Store) -> None:
    """Replies hang on the newer of two conversations; of one message's copies, the owner's."""
    older, newer = link(conversation="1"), link(conversation="2")
    other = link(conversation="3", mailbox=SUPPORT, owner=False)
    changes = (NewPage(page()), Link(other, later(2)), Link(older, later(1)), Link(newer, later(2)))
    await store.commit(Unit(changes))
    assert await store.links(REF) == (newer, other, older)
    await store.commit(Unit((Link(older, later(3)),)))
    assert await store.links(REF) == (older, newer, other)


# --- drafts ------------------------------------------------------------------------------------


async def test_a_draft_is_used_once(store: Store) -> None:
    """The second use repeats: nothing of that unit happens."""
    await store.commit(Unit((SaveDraft(draft(thread=THREAD, ref=REF, send_as=DBA)),)))
    assert await store.draft(DraftId("d1")) == draft(thread=THREAD, ref=REF, send_as=DBA)
    drop = DropDraft(DraftId("d1"))
    assert await store.commit(Unit((enqueue(), drop), once="first")) is Committed.DONE
    assert await store.commit(Unit((enqueue(), drop), once="second")) is Committed.REPEATED
    assert await store.draft(DraftId("d1")) is None
    assert len(await store.deliveries(REF)) == 1


async def test_dropping_without_a_key_never_repeats(store: Store) -> None:
    """Only units that carry a key care whether the draft was there."""
    assert await store.commit(Unit((DropDraft(DraftId("d1")), enqueue()))) is Committed.DONE
    assert len(await store.deliveries(REF)) == 1


async def test_two_presses_of_one_button_send_once(store: Store) -> None:
    """Whatever their keys, only one unit uses the draft up."""
    await store.commit(Unit((SaveDraft(draft()),)))
    drop = DropDraft(DraftId("d1"))
    presses = [store.commit(Unit((enqueue(), drop), once=f"press {n}")) for n in range(10)]
    assert sorted(await asyncio.gather(*presses)).count(Committed.DONE) == 1
    assert len(await store.deliveries(REF)) == 1


async def test_a_draft_ends_with_its_time(store: Store, clock: MovedClock) -> None:
    """An expired draft cannot be read; its button that comes a moment late still works."""
    await store.commit(Unit((SaveDraft(draft()),)))
    clock.set(draft().expires_at - timedelta(microseconds=1))
    assert await store.draft(DraftId("d1")) == draft()
    clock.set(draft().expires_at)
    assert await store.draft(DraftId("d1")) is None


# --- cursors, directory, channels --------------------------------------------------------------


async def test_a_cursor_is_replaced(store: Store) -> None:
    """Each mailbox has one."""
    await store.commit(Unit((MoveCursor(DBA, "one", NOW), MoveCursor(SUPPORT, "other", NOW))))
    await store.commit(Unit((MoveCursor(DBA, "two", later(1)),)))
    assert await store.cursor(DBA) == "two"
    assert await store.cursor(SUPPORT) == "other"


async def test_the_directory_is_kept_whole(store: Store) -> None:
    """It comes back as it was, and the next one replaces it."""
    avery = Extension(DBA, "Avery Kim", ExtensionKind.PERSON, ExtensionStatus.FROZEN, "DBA", "a@b")
    team = Department(SUPPORT, "Support", (DBA,), (DBA,))
    assert await store.directory() is None
    for snapshot in (DirectorySnapshot((), (), NOW), DirectorySnapshot((avery,), (team,), NOW)):
        await store.commit(Unit((SaveDirectory(snapshot),)))
        assert await store.directory() == snapshot


async def test_threads_follow_their_channel(store: Store) -> None:
    """Pages, deliveries (sent ones too) and drafts are found under the channel's new id."""
    new = ChannelId("C2")
    moved = ChatThread(WORKSPACE, new, THREAD.root)
    sneaky = '","channel":"C1","x":"'
    await store.commit(
        Unit(
            (
                NewPage(page(text=sneaky)),
                AnchorPage(REF, THREAD),
                enqueue(outbound=reply(text=sneaky)),
                SaveDraft(draft(thread=THREAD)),
            )
        )
    )
    await store.commit(Unit((MoveThreads(WORKSPACE, OPS, new),)))
    assert await store.page_of_thread(THREAD) is None
    assert await store.page_of_thread(moved) == page(text=sneaky, thread=moved, channel=new)
    delivery = await store.reply_delivery(moved, reply().message)
    assert delivery is not None
    assert await store.draft(DraftId("d1")) == draft(thread=moved, channel=new)


async def test_other_workspaces_keep_their_channels(store: Store) -> None:
    """A channel id means nothing without its workspace."""
    await store.commit(Unit((NewPage(page()), AnchorPage(REF, THREAD))))
    other = MoveThreads(type(WORKSPACE)("T2"), OPS, ChannelId("C2"))
    await store.commit(Unit((other,)))
    assert await store.page_of_thread(THREAD) == page(thread=THREAD)


# --- release -----------------------------------------------------------------------------------


async def test_release_of_what_is_not_there_is_stale(store: Store) -> None:
    """So is one whose delivery has moved on: a person's late decision changes nothing."""
    gone = Release(DeliveryId(404), DeliveryState.READY, NOW, (DeliveryState.HELD,))
    assert await store.commit(Unit((enqueue(), gone))) is Committed.STALE
    assert await store.deliveries(REF) == ()
    await put(store, enqueue())
    number = (await only(store)).id
    late = Release(number, DeliveryState.CANCELLED, NOW, (DeliveryState.HELD,))
    assert await store.commit(Unit((NewPage(page()), late))) is Committed.STALE
    assert await store.page(REF) is None


async def test_settling_needs_the_fence_of_that_delivery(store: Store) -> None:
    """Without a fence, or under the fence of another delivery, it is stale."""
    await put(store, enqueue("a"), enqueue("b"))
    first, second = await store.claim(NOW, 2, 30)
    for fence in (None, second):
        unit = Unit((Settle(first.delivery.id, sent()),), fence=fence)
        assert await store.commit(unit) is Committed.STALE
    assert await settle(store, first, sent()) is Committed.DONE


async def test_an_outcome_and_its_consequences_are_one(store: Store) -> None:
    """Finishing a delivery, writing the mapping and the next entry of the lane go together."""
    await store.commit(Unit((NewPage(page()), enqueue())))
    claim = await attempt(store)
    unit = Unit(
        (
            Settle(claim.delivery.id, sent()),
            MovePage(REF, PageState.SENT, NOW, sent_at=NOW),
            Link(link("7001"), NOW),
            enqueue(outbound=reply()),
        ),
        fence=claim,
    )
    assert await store.commit(unit) is Committed.DONE
    assert await states(store) == [DeliveryState.SENT, DeliveryState.READY]
    assert await store.is_ours(DBA, link("7001").newest)
    following = await take(store)
    assert following.delivery.outbound == reply()
    assert Ref(following.delivery.ref) == REF


async def test_when_it_was_let_go_on_is_remembered(store: Store) -> None:
    """Beside when it was created, which stays."""
    await put(store, enqueue())
    number = (await only(store)).id
    again = Release(number, DeliveryState.READY, later(90), (DeliveryState.READY,))
    assert await store.commit(Unit((again,))) is Committed.DONE
    found = await only(store)
    assert (found.created_at, found.released_at) == (NOW, later(90))
    assert found.patient_since == later(90)
