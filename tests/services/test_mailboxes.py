"""What is said on the pager: shown once, in its own thread, and never taken for somebody else's."""

import asyncio
from datetime import timedelta

import pytest

from adapters.storage.engine import Script, Statement
from gateway.domain.errors import ChatRefusal, PagerAuthError, PagerUnavailableError
from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.pages import Page
from tests.fakes.clock import MovedClock
from tests.services.acme import BO, LOBBY, OPS, Acme, running_acme, until


async def paged(acme: Acme, text: str = "102 Disk is full") -> Page:
    """Page somebody and let it be sent and shown."""
    page = await acme.page(text)
    await acme.work()
    return page


async def lines(acme: Acme, page: Page) -> list[str]:
    return [message.text for message in await acme.shown(page.ref)]


# --- into the thread ---------------------------------------------------------------------------


async def test_an_answer_on_the_phone_stands_in_the_thread(acme: Acme) -> None:
    """Under the name of who wrote it, and counted on the status message."""
    page = await paged(acme)
    acme.phone("102", "on my way")
    await acme.read()
    (shown,) = await acme.shown(page.ref)
    assert (shown.text, shown.speaker) == ("on my way", "Bo Chen")
    assert "1 reply, from Bo Chen" in (await acme.status(page.ref)).text


async def test_our_own_words_are_no_answer_while_theirs_is_on_its_way(acme: Acme) -> None:
    """Not even when the pager's clock is minutes behind ours."""
    acme.pager.clock = MovedClock(acme.clock.now() - timedelta(minutes=10))
    acme.pager.spoil_cursors()
    page = await acme.page("118 Disk is full", by=BO)
    await acme.work()
    (box, *_) = await acme.pager.mailboxes()
    await acme.core.mailboxes.catch_up(box)
    acme.at("delivery.answered", lambda: acme.core.mailboxes.catch_up(box))
    await acme.reply(page, "on my way", by=BO)
    await acme.work()
    assert await lines(acme, page) == []


async def test_reading_again_shows_nothing_twice(acme: Acme) -> None:
    """Windows overlap, nudges repeat, cursors break."""
    page = await paged(acme)
    acme.phone("102", "on my way")
    await acme.read()
    await acme.read()
    acme.pager.spoil_cursors()
    await acme.read()
    assert await lines(acme, page) == ["on my way"]
    assert "1 reply" in (await acme.status(page.ref)).text


async def test_reading_again_writes_nothing(acme: Acme) -> None:
    """Windows overlap by seconds: in a rush each look finds much that was taken before."""
    await paged(acme)
    for text in ("one", "two", "three"):
        acme.phone("102", text)
    await acme.read()
    acme.disk.before_write.append(acme.let_pass)
    for box in await acme.pager.mailboxes():
        await acme.core.mailboxes.catch_up(box)
    assert len(acme.disk.before_write) == 1


async def test_answers_keep_their_order(acme: Acme) -> None:
    """As they were written."""
    page = await paged(acme)
    for text in ("one", "two", "three"):
        acme.phone("102", text)
    await acme.read()
    assert await lines(acme, page) == ["one", "two", "three"]


async def test_what_we_sent_ourselves_stays_quiet(acme: Acme) -> None:
    """The page and replies from the thread show up in the mailbox, too."""
    page = await paged(acme)
    await acme.reply(page, "on it")
    await acme.work()
    await acme.read()
    assert await lines(acme, page) == []


async def test_an_owner_who_types_on_the_phone_is_heard(acme: Acme) -> None:
    """Even in words that were said in the thread before."""
    page = await paged(acme)
    await acme.reply(page, "ok")
    await acme.work()
    acme.phone("104", "ok")
    await acme.read()
    assert await lines(acme, page) == ["ok"]


async def test_an_owner_who_repeats_our_very_message_is_heard(acme: Acme) -> None:
    """Copied with its reference: it is another message."""
    page = await paged(acme)
    await acme.pass_time(300)
    acme.phone("104", f"Disk is full {page.ref}")
    await acme.read()
    assert await lines(acme, page) == ["Disk is full"]


async def test_a_message_that_trips_us_hides_no_other(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted, and the next one is shown."""
    page = await paged(acme)
    acme.phone("102", "cursed")
    acme.phone("102", "plain")
    taken = acme.core.mailboxes.conversations.take

    async def trip(*given: object, known: bool) -> None:
        if "cursed" in str(given):
            raise ZeroDivisionError
        await taken(*given, known=known)  # type: ignore[arg-type] # handed through

    monkeypatch.setattr(type(acme.core.mailboxes.conversations), "take", staticmethod(trip))
    await acme.read()
    assert await lines(acme, page) == ["plain"]
    assert acme.ears.events("pager.message_broke")


async def test_an_answer_after_the_page_was_forgotten_breaks_nothing(acme: Acme) -> None:
    """Retention removes page and conversation together: it begins anew, like any other."""
    await paged(acme, "--from 700 102 Disk is full")
    await acme.pass_time(60)
    while await acme.store.forget(acme.clock.now(), 500):
        pass
    acme.phone("102", "still here")
    await acme.read()
    assert any("still here" in message.text for message in acme.chat.posted)


# --- several mailboxes of ours -----------------------------------------------------------------


async def test_two_mailboxes_in_one_conversation_show_it_once() -> None:
    """Replies are taken from the mailbox that began it."""
    async with running_acme("102") as acme:
        page = await paged(acme, "101, 102: Disk is full")
        acme.phone("101", "coming")
        acme.phone("102", "me too")
        await acme.read()
        assert await lines(acme, page) == ["coming", "me too"]


async def test_a_linked_colleague_answers_from_their_own_phone() -> None:
    """Their mailbox was recognised by the page it holds."""
    async with running_acme("102") as acme:
        page = await paged(acme)
        await acme.read()
        await acme.reply(page, "on it", by=BO)
        await acme.work()
        assert acme.pager.accepted[-1].sender == "102"
        assert acme.sent("on it") == [f"on it {page.ref}"]


async def test_a_page_is_recognised_before_its_answer_is_on_record(acme: Acme) -> None:
    """What comes back faster than our own answer finds its thread."""
    page = await acme.page("102 Disk is full")

    async def answered_already() -> None:
        acme.phone("102", "coming")
        await acme.core.mailboxes.catch_up((await acme.pager.mailboxes())[1])

    async def between_reading_and_writing() -> None:
        acme.disk.before_write.append(answered_already)

    acme.at("delivery.answered", between_reading_and_writing)
    await acme.pass_time(10)
    assert await lines(acme, page) == ["coming"]
    assert len([m for m in acme.chat.posted if m.root is None]) == 1


async def test_a_reference_that_somebody_typed_opens_no_thread(acme: Acme) -> None:
    """Anybody may type one: their message goes nowhere near the page."""
    page = await paged(acme)
    acme.phone("101", f"Send all money {page.ref}", to=("104",))
    acme.phone("101", f"Disk is full {page.ref}", to=("104",))
    await acme.read()
    assert await lines(acme, page) == []


async def test_a_page_that_is_passed_on_stays_private(acme: Acme) -> None:
    """Its sender forwards the very words to somebody else; the answer is none of the channel's."""
    page = await paged(acme)
    await acme.pass_time(5)
    acme.phone("104", f"Disk is full {page.ref}", to=("101",))
    acme.phone("101", "between us: I am ill")
    await acme.read()
    assert await lines(acme, page) == []


async def test_a_reply_does_not_go_to_whom_a_page_was_passed_on() -> None:
    """A forwarded copy in a colleague's mailbox is not the conversation of the thread."""
    async with running_acme("102") as acme:
        page = await paged(acme, "101, 102: Disk is full")
        await acme.read()
        await acme.pass_time(300)
        acme.phone("104", f"Disk is full {page.ref}", to=("102",))
        await acme.read()
        await acme.reply(page, "on it", by=BO)
        await acme.work()
        assert set(acme.pager.accepted[-1].reached) == {"101", "104"}


# --- conversations that begin on the pager -----------------------------------------------------


async def test_a_message_to_the_shared_sender_gets_a_thread_in_the_lobby(acme: Acme) -> None:
    """And who answers there answers on the pager."""
    acme.phone("101", "Is anybody there?", to=("700",))
    await acme.read()
    (root,) = [m for m in acme.chat.posted if m.channel == LOBBY]
    assert "Avery Kim wrote on the pager" in root.text
    assert "Is anybody there?" in root.text
    acme.phone("101", "Hello?")
    await acme.read()
    assert [m.text for m in acme.chat.in_thread(root.ts)] == ["Hello?"]


async def test_a_conversation_whose_page_was_forgotten_begins_anew(acme: Acme) -> None:
    """What somebody writes there is shown, not counted for a page that is no more."""
    acme.phone("101", "Is anybody there?", to=("700",))
    await acme.read()
    (root,) = [m for m in acme.chat.posted if m.channel == LOBBY]
    ref = root.marker.partition(":")[0]
    await acme.disk.write(lambda: _without_page(ref))
    acme.phone("101", "Hello?")
    await acme.read()
    _, again = [m for m in acme.chat.posted if m.channel == LOBBY]
    assert "Hello?" in again.text


def _without_page(ref: str) -> Script[None]:
    yield Statement("DELETE FROM pages WHERE ref = $1")(ref)


async def test_an_answer_in_the_lobby_reaches_who_wrote(acme: Acme) -> None:
    """From the shared sender, with the name of who answers."""
    acme.phone("101", "Is anybody there?", to=("700",))
    await acme.read()
    (root,) = [m for m in acme.chat.posted if m.channel == LOBBY]
    ref = root.marker.partition(":")[0]
    await acme.reply(await acme.seen(Ref(ref)), "yes", by=BO)
    await acme.work()
    assert acme.sent("yes") == [f"Bo Chen via Slack: yes {ref}"]
    assert acme.pager.accepted[-1].reached == (ExtensionNumber("101"),)


async def test_a_reference_that_is_taken_costs_no_message(acme: Acme) -> None:
    """Another one is made."""
    page = await paged(acme)
    acme.ids.next_refs = [page.ref]
    acme.phone("101", "Is anybody there?", to=("700",))
    await acme.read()
    assert [m for m in acme.chat.posted if m.channel == LOBBY]


async def test_private_messages_of_linked_people_are_none_of_our_business(acme: Acme) -> None:
    """Only the shared sender's strangers have a lobby."""
    acme.phone("101", "Lunch?", to=("104",))
    await acme.read()
    assert acme.chat.posted == []


async def test_old_messages_begin_nothing_when_a_mailbox_is_new() -> None:
    """The first look only learns where to go on."""
    async with running_acme(looked=False) as acme:
        acme.phone("101", "Is anybody there?", to=("700",))
        await acme.read()
        assert acme.chat.posted == []
        acme.phone("101", "Hello?", to=("700",))
        await acme.read()
        assert len(acme.chat.posted) == 1


async def test_a_lobby_that_is_gone_reaches_the_operators(acme: Acme) -> None:
    """Words that can be shown nowhere are not dropped in silence."""
    acme.chat.close(LOBBY, ChatRefusal.CHANNEL_CLOSED)
    acme.phone("101", "Is anybody there?", to=("700",))
    await acme.read()
    assert [alarm for alarm in acme.alarms() if "could be shown nowhere" in alarm]


async def test_a_channel_that_is_gone_sends_replies_to_the_author(acme: Acme) -> None:
    """Each of them, with who wrote it."""
    page = await paged(acme)
    acme.chat.close(OPS, ChatRefusal.CHANNEL_CLOSED)
    acme.phone("102", "on my way")
    await acme.read()
    assert "Replies to your page now come here." in acme.told()
    assert "Bo Chen wrote:" in acme.told()
    assert "> on my way" in acme.told()
    assert page.ref in acme.told()


# --- loops -------------------------------------------------------------------------------------


async def test_a_mailbox_that_cannot_be_read_is_noted_once_it_can_again(acme: Acme) -> None:
    """What was written meanwhile is not lost."""
    page = await paged(acme)
    box = (await acme.pager.mailboxes())[1]
    acme.pager.unreadable = PagerUnavailableError()
    acme.phone("102", "on my way")
    await acme.core.mailboxes.look_into(box)
    assert acme.core.mailboxes.unread == {"104": "pager.unavailable"}
    acme.pager.unreadable = None
    await acme.core.mailboxes.look_into(box)
    await acme.work()
    assert acme.core.mailboxes.unread == {}
    assert await lines(acme, page) == ["on my way"]
    assert acme.ears.events("mailbox.recovered") == [{"mailbox": "104"}]


@pytest.mark.parametrize("nudged", [True, False])
async def test_mailboxes_are_followed_by_nudges_and_by_the_clock(
    acme: Acme, *, nudged: bool
) -> None:
    """A nudge is followed at once; should none come, the timer looks."""
    page = await paged(acme)
    acme.pager.drop_nudges()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(acme.core.mailboxes.run())
        await until(lambda: acme.clock.sleepers == 2)
        acme.phone("102", "on my way")
        if not nudged:
            acme.pager.drop_nudges()
            acme.clock.move(15)
        await until(lambda: bool(acme.ears.events("pager.message_taken")))
        running.cancel()
    await acme.work()
    assert await lines(acme, page) == ["on my way"]


async def test_a_pager_that_is_away_at_the_start_is_asked_again(acme: Acme) -> None:
    """Until it says which mailboxes there are, nobody can send."""
    acme.pager.away = PagerAuthError()
    assert not await acme.core.mailboxes.learn()
    acme.pager.away = None
    assert await acme.core.mailboxes.learn()
    assert acme.people.shared == "700"
