"""A page from its acceptance to its end: sent, refused or asked about, and told truthfully."""

import pytest

from gateway.domain.deliveries import DeliveryState
from gateway.domain.directory import ExtensionStatus
from gateway.domain.errors import (
    ChatOutcomeUnknownError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerThrottledError,
    PagerUnavailableError,
)
from gateway.domain.ids import ChannelId, ExtensionNumber
from gateway.domain.outbound import PostChatMessage
from gateway.domain.pages import PageState
from tests.services.acme import BO, DANA, OPS, Acme, button, said

FROZEN = ExtensionStatus.FROZEN
LONG = "Disk is full on db-7. " * 100
AVERY_PHONE = ExtensionNumber("101")


# --- sent --------------------------------------------------------------------------------------


async def test_a_page_goes_out_once_and_is_shown_once(acme: Acme) -> None:
    """One message on the pager, one status message in the channel, nothing said in private."""
    page = await acme.page("dba Disk is full")
    await acme.pass_time(60)
    assert acme.sent() == [f"Disk is full {page.ref}"]
    status = await acme.status(page.ref)
    assert status.channel == OPS
    assert "✅ Sent 12:00" in status.text
    assert len(acme.chat.posted) == 1
    assert acme.told() == ""


async def test_the_healthy_page_costs_one_message_and_no_edit(acme: Acme) -> None:
    """Slack allows one message a second and channel: nothing is edited that is right already."""
    page = await acme.page("dba Disk is full")
    await acme.pass_time(60)
    assert (await acme.status(page.ref)).before == []


async def test_an_unlinked_author_is_named_in_the_first_line(acme: Acme) -> None:
    """The shared sender speaks, and says for whom."""
    page = await acme.page("102 Call me", by=BO)
    await acme.work()
    assert acme.sent() == [f"Bo Chen via Slack: Call me {page.ref}"]
    assert acme.pager.accepted[-1].sender == "700"


async def test_parts_go_out_in_order_and_are_shown_as_one_page(acme: Acme) -> None:
    """Part one begins the conversation, the others are replies in it."""
    answer = await acme.command(f"102 {LONG}")
    await acme.press(button(answer.content, "Send in 3 parts"))
    page = await acme.last_page()
    await acme.work()
    assert [text[:5] for text in acme.sent()] == ["(1/3)", "(2/3)", "(3/3)"]
    assert len({accepted.conversation for accepted in acme.pager.accepted}) == 1
    assert "in 3 parts" in (await acme.status(page.ref)).text


async def test_the_question_about_length_counts_what_the_pager_counts(acme: Acme) -> None:
    """With the reference and the author's name: shortened by so much, it fits."""
    text = "x" * 1020
    answer = await acme.command(f"102 {text}")
    assert "1,030 characters" in said(answer)
    assert "Shorten it by 6" in said(answer)
    await acme.page(f"102 {text[:-6]}")


async def test_a_reference_that_is_taken_is_made_again(acme: Acme) -> None:
    """Two pages never share one."""
    first = await acme.page("102 One")
    acme.ids.next_refs = [first.ref]
    second = await acme.page("102 Two")
    await acme.work()
    assert first.ref != second.ref
    assert len(acme.sent()) == 2


# --- refused -----------------------------------------------------------------------------------


async def test_a_refusal_at_once_is_told_in_private_alone(acme: Acme) -> None:
    """No message in the channel: an anchor without a page is a lie."""
    await acme.page("102, 103: Lift is stuck")
    await acme.work()
    assert acme.told().startswith("Not sent. Extension 103 (Casey Diaz) is frozen")
    assert acme.chat.posted == []


async def test_a_refusal_after_it_was_shown_leaves_a_trace(acme: Acme) -> None:
    """The author may be gone: status message, thread and a direct message say the same."""
    acme.pager.away = PagerUnavailableError()
    page = await acme.page("101, 102: Lift is stuck")
    await acme.work()
    assert "Waiting to send." in (await acme.status(page.ref)).text
    acme.pager.away = None
    acme.pager.set_status(AVERY_PHONE, FROZEN)
    await acme.pass_time(60)
    assert "⚠️ Not sent. See below." in (await acme.status(page.ref)).text
    (below,) = await acme.shown(page.ref)
    assert "Not sent." in below.text
    assert "[Send without" in below.text or "[Check and resend]" in below.text
    assert acme.chat.told[-1].place == "direct"
    assert "Not sent." in acme.told()


async def test_a_directory_that_is_behind_is_not_quoted(acme: Acme) -> None:
    """The pager says that an extension takes nothing; that it is active is what we last heard."""
    acme.pager.set_status(AVERY_PHONE, FROZEN)
    await acme.page("101 Fire")
    await acme.work()
    assert "Extension 101 (Avery Kim) is frozen or disabled in RingCentral." in acme.told()


async def test_a_quiet_page_is_not_told_twice_in_the_same_place(acme: Acme) -> None:
    """Its thread is in the author's own messages already."""
    acme.pager.away = PagerUnavailableError()
    page = await acme.page("--quiet 101, 102: Lift is stuck")
    await acme.work()
    acme.pager.away = None
    acme.pager.set_status(AVERY_PHONE, FROZEN)
    await acme.pass_time(60)
    assert len(await acme.shown(page.ref)) == 1
    assert acme.chat.told == []


async def test_a_page_nobody_takes_is_given_up_in_words(acme: Acme) -> None:
    """After half an hour its author decides; a page that is hours late may do harm."""
    acme.pager.away = PagerUnavailableError()
    page = await acme.page("102 Fire")
    await acme.pass_time(1900)
    assert (await acme.seen(page.ref)).state is PageState.REFUSED
    assert "didn't accept this page for 30 minutes" in acme.told()
    acme.pager.away = None
    await acme.press(acme.button("Try again now"))
    await acme.work()
    assert len(acme.sent("Fire")) == 1


@pytest.mark.parametrize("refused_part", [2, 3])
async def test_a_refused_part_ends_the_page(acme: Acme, refused_part: int) -> None:
    """What went out is not called "not sent", what did not is not called "sent"."""
    answer = await acme.command(f"102 {LONG}")
    await acme.press(button(answer.content, "Send in 3 parts"))
    page = await acme.last_page()
    for _ in range(refused_part - 1):
        await acme.step()
    acme.pager.fail_next(PagerRejectedError())
    await acme.pass_time(60)
    assert len(acme.sent()) == refused_part - 1
    assert (await acme.seen(page.ref)).state is PageState.REFUSED
    assert f"Only {refused_part - 1} of 3 parts" in acme.told()
    assert len(acme.chat.told) == 1


async def test_what_did_not_go_out_can_be_sent_by_itself(acme: Acme) -> None:
    """The rest of the words, without those that arrived, and without what we put around them."""
    text = "\n".join(f"Line {n}: {'x' * 60}" for n in range(30))
    answer = await acme.command(f"102 {text}")
    await acme.press(button(answer.content, "Send in 3 parts"))
    await acme.step()
    acme.pager.fail_next(PagerRejectedError())
    await acme.work()
    await acme.press(acme.button("Page Bo Chen as a new message"))
    await acme.work()
    for n in range(30):
        assert sum(f"Line {n}:" in sent for sent in acme.sent()) == 1
    assert not [sent for sent in acme.sent() if "pg-" in sent or '"via' in sent]


async def test_a_refused_first_part_takes_the_others_along(acme: Acme) -> None:
    """They are not even tried, and the author is told once."""
    answer = await acme.command(f"103 {LONG}")
    await acme.press(button(answer.content, "Send in 3 parts"))
    page = await acme.last_page()
    await acme.pass_time(60)
    states = [d.state for d in await acme.deliveries(page.ref)]
    assert states[:3] == [
        DeliveryState.REFUSED,
        DeliveryState.CANCELLED,
        DeliveryState.CANCELLED,
    ]
    assert len(acme.chat.told) == 1


async def test_the_chosen_sender_survives_a_refusal(acme: Acme) -> None:
    """Who chose the shared sender sends from it again with every button."""
    await acme.page("--from 700 102, 103: Lift is stuck")
    await acme.work()
    await acme.press(acme.button("Send without Casey Diaz"))
    await acme.work()
    assert acme.pager.accepted[-1].sender == "700"


# --- waiting -----------------------------------------------------------------------------------


async def test_who_waits_in_line_knows_their_place(acme: Acme) -> None:
    """Place in line, and when it should go out."""
    acme.pager.fail_next(PagerThrottledError(retry_at=acme.clock.now()))
    page = await acme.page("102 Fire")
    await acme.step()
    acme.pager.fail_next(*[PagerThrottledError() for _ in range(9)])
    await acme.step()
    assert "Waiting to send." in (await acme.status(page.ref)).text


async def test_who_waits_for_the_pager_knows_how_long_and_what_else(acme: Acme) -> None:
    """Until when we try, and whom to call."""
    acme.pager.away = PagerUnavailableError()
    page = await acme.page("102 Fire")
    await acme.work()
    status = (await acme.status(page.ref)).text
    assert "we'll keep trying until 12:30" in status
    assert "call extension 102" in status


async def test_a_page_that_waits_is_sent_when_the_pager_is_back(acme: Acme) -> None:
    """The same message is edited; there is never a second one."""
    acme.pager.away = PagerUnavailableError()
    page = await acme.page("102 Fire")
    await acme.pass_time(100)
    acme.pager.away = None
    await acme.pass_time(100)
    assert "✅ Sent" in (await acme.status(page.ref)).text
    assert len(acme.chat.posted) == 1
    assert len(acme.sent()) == 1


# --- not sure ----------------------------------------------------------------------------------


async def test_a_lost_answer_is_found_and_nobody_is_paged_twice(acme: Acme) -> None:
    """First we say that we are not sure, then that it was sent."""
    acme.pager.lose_next()
    page = await acme.page("102 Fire")
    await acme.work()
    assert "We're not sure this was sent." in (await acme.status(page.ref)).text
    await acme.pass_time(30)
    assert "✅ Sent" in (await acme.status(page.ref)).text
    assert len(acme.sent()) == 1


async def test_a_lost_request_is_sent_again_after_its_absence_is_proved(acme: Acme) -> None:
    """And while it waits to be sent again we do not say that we are unsure."""
    acme.pager.drop_next()
    page = await acme.page("102 Fire")
    await acme.work()
    acme.pager.fail_next(PagerUnavailableError())
    await acme.pass_time(21)
    assert "not sure" not in (await acme.status(page.ref)).text
    await acme.pass_time(30)
    assert len(acme.sent()) == 1
    assert "✅ Sent" in (await acme.status(page.ref)).text


async def held(acme: Acme, text: str = "102 Fire") -> PageState:
    """Let the newest page become one that nobody can find out about."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    page = await acme.page(text)
    await acme.pass_time(200)
    acme.pager.unreadable = None
    return (await acme.seen(page.ref)).state


async def test_an_unprovable_page_is_its_authors_to_decide(acme: Acme) -> None:
    """Held, with both ways out where the author sees them, and the operators know."""
    assert await held(acme) is PageState.HELD
    page = await acme.last_page()
    assert "[Send again] [Mark as sent]" in (await acme.status(page.ref)).text
    assert "[Send again] [Mark as sent]" in acme.told()
    assert len([alarm for alarm in acme.alarms() if "not sure" in alarm]) == 1


async def test_an_author_who_sends_again_pages_once(acme: Acme) -> None:
    """It was lost, so the second attempt is the only one that arrives."""
    await held(acme)
    page = await acme.last_page()
    await acme.press(button((await acme.status(page.ref)).content, "Send again"))
    await acme.pass_time(5)
    assert len(acme.sent()) == 1
    assert "✅ Sent" in (await acme.status(page.ref)).text


async def test_an_author_who_marks_it_as_sent_is_believed(acme: Acme) -> None:
    """Nothing more goes out."""
    await held(acme)
    page = await acme.last_page()
    answer = await acme.press(button((await acme.status(page.ref)).content, "Mark as sent"))
    await acme.pass_time(60)
    assert "Marked as sent by Dana Lee." in said(answer)
    assert acme.sent() == []
    assert "✅ Sent" in (await acme.status(page.ref)).text


async def test_a_page_marked_as_sent_has_no_conversation_we_know(acme: Acme) -> None:
    """A reply is refused without the lie that the page never reached a pager."""
    await held(acme)
    page = await acme.last_page()
    await acme.press(button((await acme.status(page.ref)).content, "Mark as sent"))
    await acme.work()
    await acme.reply(page, "on it")
    await acme.work()
    assert "Not sent." in acme.told()
    assert "never reached" not in acme.told()


async def test_a_page_marked_as_sent_that_shows_up_gets_its_conversation(acme: Acme) -> None:
    """The mailbox shows it after all: replies work from then on."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.lose_next()
    page = await acme.page("102 Fire")
    await acme.pass_time(200)
    await acme.press(button((await acme.status(page.ref)).content, "Mark as sent"))
    acme.pager.unreadable = None
    await acme.read()
    await acme.reply(page, "on it")
    await acme.work()
    assert acme.sent("on it") == [f"on it {page.ref}"]


async def test_a_held_part_that_is_marked_does_not_end_the_page(acme: Acme) -> None:
    """The other parts are still to come."""
    answer = await acme.command(f"102 {LONG}")
    await acme.press(button(answer.content, "Send in 3 parts"))
    page = await acme.last_page()
    await acme.step()
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    await acme.pass_time(200)
    acme.pager.unreadable = None
    await acme.press(button((await acme.status(page.ref)).content, "Mark as sent"))
    assert (await acme.seen(page.ref)).state is not PageState.SENT
    await acme.pass_time(5)
    assert (await acme.seen(page.ref)).state is PageState.SENT
    assert [text[:5] for text in acme.sent()] == ["(1/3)", "(3/3)"]


# --- cancelled ---------------------------------------------------------------------------------


async def test_a_page_that_waits_can_be_called_off(acme: Acme) -> None:
    """Nobody is paged, and the status message says so."""
    acme.pager.away = PagerUnavailableError()
    page = await acme.page("102 Fire")
    await acme.work()
    answer = await acme.press(button((await acme.status(page.ref)).content, "Cancel this page"))
    acme.pager.away = None
    await acme.pass_time(60)
    assert "Cancelled. Nobody was paged." in said(answer)
    assert not answer.replace, "the status message is everybody's"
    assert "🚫 Cancelled" in (await acme.status(page.ref)).text
    assert acme.sent() == []


async def test_calling_off_a_page_nobody_saw_keeps_it_private(acme: Acme) -> None:
    """Without a status message none is made."""
    page = await acme.page("102 Fire")
    answer = await acme.command(f"cancel {page.ref}")
    await acme.work()
    assert "Cancelled. Nobody was paged." in said(answer)
    assert acme.chat.posted == []


async def test_a_page_cannot_be_called_off_once_its_attempt_began(acme: Acme) -> None:
    """Too late is said, and it is sent."""
    page = await acme.page("102 Fire")
    answers: list[str] = []

    async def call_off() -> None:
        answers.append(said(await acme.command(f"cancel {page.ref}")))

    acme.at("delivery.attempting", call_off)
    await acme.work()
    assert answers[0].startswith("Too late to cancel")
    assert len(acme.sent()) == 1


async def test_a_page_called_off_while_a_worker_takes_it_is_not_sent(acme: Acme) -> None:
    """Whoever commits first has decided."""
    page = await acme.page("102 Fire")

    async def call_off() -> None:
        assert "Cancelled" in said(await acme.command(f"cancel {page.ref}"))

    acme.at("delivery.claimed", call_off)
    await acme.pass_time(200)
    assert acme.sent() == []
    assert (await acme.seen(page.ref)).state is PageState.CANCELLED


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (PagerRejectedError(), "That is done already."),
        (PagerOutcomeUnknownError(), "We're not sure this was sent."),
        (None, "Too late to cancel: it was sent at 12:00."),
    ],
)
async def test_what_is_over_cannot_be_called_off(
    acme: Acme, trouble: PagerError | None, words: str
) -> None:
    """The answer says how it stands instead."""
    if trouble:
        acme.pager.fail_next(trouble)
    page = await acme.page("102 Fire")
    await acme.work()
    assert words in said(await acme.command(f"cancel {page.ref}"))


async def test_calling_off_twice_says_the_same(acme: Acme) -> None:
    """It is as if it had been done once."""
    page = await acme.page("102 Fire")
    first, second = [said(await acme.command(f"cancel {page.ref}")) for _ in range(2)]
    assert first == second


# --- the status message ------------------------------------------------------------------------


async def test_a_page_that_moves_while_its_status_is_posted_is_shown_as_it_is(acme: Acme) -> None:
    """One message; what changed meanwhile is in it before anything else happens."""
    acme.pager.away = PagerUnavailableError()
    page = await acme.page("102 Fire")

    async def meanwhile() -> None:
        acme.pager.away = None
        acme.clock.move(3)
        await acme.work()

    acme.at("delivery.attempting", acme.let_pass, meanwhile)
    await acme.pass_time(2)
    assert "✅ Sent" in (await acme.status(page.ref)).text
    assert len(acme.chat.posted) == 1


async def test_a_reply_that_comes_while_the_page_settles_begins_no_second_thread(
    acme: Acme,
) -> None:
    """The mailbox may show page and answer before the send's own answer is on record."""
    page = await acme.page("102 Fire")

    async def answered_already() -> None:
        acme.phone("102", "coming")
        await acme.read("104")

    acme.at("delivery.answered", answered_already)
    await acme.pass_time(10)
    roots = [m for m in acme.chat.posted if m.root is None]
    assert len(roots) == 1
    assert [m.text for m in await acme.shown(page.ref)] == ["coming"]
    assert "1 reply" in (await acme.status(page.ref)).text


async def test_where_the_bot_may_not_write_the_thread_begins_in_direct_messages(
    acme: Acme,
) -> None:
    """The page goes out all the same; its author is told where replies arrive."""
    page = await acme.page("102 Fire", channel=ChannelId("C0SECRET"))
    await acme.work()
    assert (await acme.thread(page.ref)).channel == "D0DANA"
    assert "replies can't come back here yet" in acme.told()
    assert len(acme.sent()) == 1


async def test_replies_wait_for_the_thread_in_direct_messages(acme: Acme) -> None:
    """What came before the thread had a place stands in it, in order."""
    page = await acme.page("102 Fire", channel=ChannelId("C0SECRET"))
    await acme.step()
    for text in ("one", "two"):
        acme.phone("102", text)
    await acme.core.mailboxes.catch_up((await acme.core.mailboxes.pager.mailboxes())[1])
    await acme.pass_time(10)
    assert [m.text for m in await acme.shown(page.ref)] == ["one", "two"]
    assert len(acme.chat.told_to(DANA)) == 1


async def test_a_page_that_cannot_be_shown_anywhere_reaches_the_operators(acme: Acme) -> None:
    """Nothing is dropped in silence."""
    acme.chat.close(ChannelId("U0DANA"))
    page = await acme.page("102 Fire", channel=ChannelId("C0SECRET"))
    await acme.pass_time(10)
    assert (await acme.seen(page.ref)).thread is None
    assert [alarm for alarm in acme.alarms() if page.ref in alarm]
    posts = [d for d in await acme.deliveries(page.ref) if isinstance(d.outbound, PostChatMessage)]
    assert len(posts) < 5


async def test_an_unreadable_channel_holds_up_no_thread_for_ever(acme: Acme) -> None:
    """A status message whose answer was lost is looked for until Slack can be read again."""
    acme.chat.unreadable = ChatOutcomeUnknownError()
    acme.chat.lose_next()
    page = await acme.page("102 Fire")
    await acme.pass_time(900)
    acme.chat.unreadable = None
    await acme.pass_time(300)
    assert "✅ Sent" in (await acme.status(page.ref)).text
    assert len(acme.chat.posted) == 1
