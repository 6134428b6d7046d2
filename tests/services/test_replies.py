"""What is typed in a thread: said on the pager once, in order, or its author hears why not."""

from datetime import timedelta

import pytest

from gateway.domain.errors import (
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerUnavailableError,
    ThreadTooOldError,
)
from gateway.domain.ids import ChatMessageId, ExtensionNumber
from gateway.domain.inbound import ChatReply
from gateway.domain.pages import ChatThread, Page, PageState
from tests.services.acme import (
    ACME,
    AVERY,
    BO,
    DANA,
    GUEST,
    OPS,
    STRANGER,
    Acme,
    button,
    running_acme,
    said,
)

LONG = "Disk is full on db-7. " * 100
HOURGLASS = "hourglass_flowing_sand"


async def paged(acme: Acme, text: str = "dba Disk is full") -> Page:
    """Page somebody and let it be sent and shown."""
    page = await acme.page(text)
    await acme.work()
    return page


def signs(acme: Acme, message: ChatMessageId) -> list[str]:
    return acme.chat.signs[OPS, message]


# --- sent --------------------------------------------------------------------------------------


async def test_a_reply_goes_out_in_the_conversation_and_is_ticked(acme: Acme) -> None:
    """From the writer's own extension, without their name, hanging on the page."""
    page = await paged(acme)
    message = await acme.reply(page, "on it")
    await acme.work()
    assert acme.sent("on it") == [f"on it {page.ref}"]
    assert acme.pager.accepted[-1].conversation == acme.pager.accepted[0].conversation
    assert signs(acme, message) == ["white_check_mark"]


async def test_people_without_an_extension_speak_through_the_one_that_began_it(acme: Acme) -> None:
    """Named in the first line."""
    page = await paged(acme)
    await acme.reply(page, "me too", by=BO)
    await acme.work()
    assert acme.sent("me too") == [f"Bo Chen via Slack: me too {page.ref}"]
    assert acme.pager.accepted[-1].sender == "104"


async def test_an_event_that_comes_three_times_is_one_reply(acme: Acme) -> None:
    """The second and third find their key."""
    page = await paged(acme)
    for _ in range(3):
        await acme.reply(page, "on it", key="slack:one")
    await acme.work()
    assert len(acme.sent("on it")) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("//not for pagers", "// nor this\nnor that", "\n // nor this", "🔒 nor this"),
        *("", "   ", "\u200b", "\u200b// nor this"),
    ],
)
async def test_some_words_stay_in_the_chat(acme: Acme, text: str) -> None:
    """What their author keeps, and what says nothing."""
    page = await paged(acme)
    await acme.reply(page, text)
    await acme.work()
    assert len(acme.sent()) == 1


async def test_a_file_alone_is_named_on_the_pager(acme: Acme) -> None:
    """Its name and where it is."""
    page = await paged(acme)
    await acme.reply(page, "", files=("photo.png (2.1 MB) https://example.com/f",))
    await acme.work()
    assert acme.sent("photo.png") == [f"photo.png (2.1 MB) https://example.com/f {page.ref}"]


async def test_a_thread_of_somebody_else_is_none_of_ours(acme: Acme) -> None:
    """Most threads are not."""
    thread = ChatThread(ACME, OPS, ChatMessageId("1.1"))
    now = acme.clock.now()
    await acme.intake.reply(
        ChatReply("k", acme.person(DANA), thread, ChatMessageId("1.2"), "lunch?", now)
    )
    await acme.work()
    assert acme.sent() == []


async def test_the_same_words_twice_are_two_replies(acme: Acme) -> None:
    """Even when the second one's answer is lost: the first one's copy is no proof of it."""
    page = await paged(acme)
    await acme.reply(page, "ok")
    await acme.work()
    acme.pager.drop_next()
    await acme.reply(page, "ok")
    await acme.pass_time(60)
    assert len(acme.sent("ok")) == 2


# --- waiting -----------------------------------------------------------------------------------


async def test_a_reply_to_a_page_that_waits_stands_in_line_and_shows_it(acme: Acme) -> None:
    """The sign comes with the wait and goes with the end."""
    acme.pager.away = PagerUnavailableError()
    page = await paged(acme)
    message = await acme.reply(page, "on it")
    await acme.work()
    assert signs(acme, message) == [HOURGLASS]
    acme.pager.away = None
    await acme.pass_time(60)
    assert [text.split()[0] for text in acme.sent()] == ["Disk", "on"]
    assert signs(acme, message) == ["white_check_mark"]


async def test_a_short_wait_leaves_no_sign_behind(acme: Acme) -> None:
    """Written while its page was under way, sent a moment later."""
    page = await acme.page("dba Disk is full")
    messages: list[ChatMessageId] = []
    acme.pager.lose_next()
    await acme.work()

    async def write() -> None:
        messages.append(await acme.reply(page, "on it"))
        await acme.core.dispatcher.store.claim(acme.clock.now(), 0, 1)

    await write()
    await acme.pass_time(30)
    assert signs(acme, messages[0]) == ["white_check_mark"]


async def test_the_signs_of_parts_end_with_one_tick(acme: Acme) -> None:
    """Whichever part had to wait."""
    page = await paged(acme)
    acme.pager.fail_next(PagerUnavailableError())
    message = await acme.reply(page, LONG)
    await acme.pass_time(30)
    assert signs(acme, message) == ["white_check_mark"]


async def test_a_reply_behind_a_held_page_waits_for_the_decision(acme: Acme) -> None:
    """Then it goes out after the page."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    page = await acme.page("102 Fire")
    await acme.pass_time(200)
    message = await acme.reply(page, "on it")
    await acme.pass_time(60)
    assert acme.sent() == []
    assert signs(acme, message) == [HOURGLASS]
    await acme.press(button((await acme.status(page.ref)).content, "Send again"))
    await acme.pass_time(60)
    assert [text.split()[0] for text in acme.sent()] == ["Fire", "on"]


# --- refused -----------------------------------------------------------------------------------


async def removed(acme: Acme) -> tuple[Page, ChatMessageId]:
    """Let Dana be taken out of DBA, and reply."""
    page = await paged(acme)
    acme.pager.leave(ExtensionNumber("400"), ExtensionNumber("104"))
    message = await acme.reply(page, "retrying now")
    await acme.work()
    return page, message


async def test_a_removed_member_is_told_in_the_thread(acme: Acme) -> None:
    """To them alone, with a sign on their message and ways out."""
    page, message = await removed(acme)
    assert "You're no longer in this pager conversation." in acme.told()
    assert acme.chat.told[-1].root == (await acme.thread(page.ref)).root
    assert signs(acme, message) == ["warning"]


async def test_a_refused_reply_can_be_paged_as_new_in_its_own_words(acme: Acme) -> None:
    """Without the reference and the name we had put around them."""
    await removed(acme)
    await acme.press(acme.button("Page DBA as a new message"))
    await acme.work()
    new = await acme.last_page()
    assert acme.sent("retrying") == [f"retrying now {new.ref}"]


async def test_a_refused_reply_on_behalf_of_somebody_keeps_only_their_words(acme: Acme) -> None:
    """A second name in front of the first would be nonsense."""
    page = await paged(acme)
    acme.pager.fail_next(PagerRejectedError())
    await acme.reply(page, "me too", by=BO)
    await acme.work()
    await acme.press(acme.button("Page DBA again", BO), by=BO)
    await acme.work()
    new = await acme.last_page(BO)
    assert acme.sent("me too") == [f"Bo Chen via Slack: me too {new.ref}"]


async def test_a_refused_long_reply_is_told_once_with_all_its_words(acme: Acme) -> None:
    """Parts that were not tried go with the one that was refused."""
    page = await paged(acme)
    acme.pager.fail_next(PagerRejectedError())
    await acme.reply(page, LONG)
    await acme.pass_time(30)
    assert len(acme.chat.told) == 1
    await acme.press(acme.button("Edit"))
    assert acme.form.text.split() == LONG.split()
    assert len(acme.sent()) == 1


async def test_the_shared_sender_says_it_where_it_is_in_the_conversation(acme: Acme) -> None:
    """And the message that was typed gets its tick, not the status message."""
    page = await paged(acme, "700, dba: Disk is full")
    await acme.read()
    acme.pager.leave(ExtensionNumber("400"), ExtensionNumber("104"))
    message = await acme.reply(page, "retrying now")
    await acme.work()
    await acme.press(acme.button("Send from the shared sender"))
    await acme.work()
    assert acme.sent("retrying") == [f"Dana Lee via Slack: retrying now {page.ref}"]
    assert signs(acme, message) == ["warning", "white_check_mark"]


async def test_asking_to_be_added_back_reaches_the_manager_once(acme: Acme) -> None:
    """However often the button is pressed."""
    await removed(acme)
    answers = [said(await acme.press(acme.button("Ask to be added back"))) for _ in range(2)]
    await acme.work()
    assert answers[0].startswith("Asked Avery Kim.")
    (asked,) = acme.chat.told_to(AVERY)
    assert asked.startswith("Dana Lee asks to be added back to DBA (400).")


async def test_a_manager_who_did_it_tells_who_asked(acme: Acme) -> None:
    """Once the directory agrees."""
    await removed(acme)
    await acme.press(acme.button("Ask to be added back"))
    await acme.work()
    pressed = acme.button("Mark as done", AVERY)
    assert "isn't in DBA yet" in said(await acme.press(pressed, by=AVERY))
    acme.pager.join(ExtensionNumber("400"), ExtensionNumber("104"))
    answer = await acme.press(pressed, by=AVERY)
    await acme.work()
    assert "Added back to DBA." in said(answer)
    assert "Added back to DBA." in acme.told()


async def test_only_a_manager_says_who_is_back(acme: Acme) -> None:
    """Anybody else's press changes nothing."""
    await removed(acme)
    await acme.press(acme.button("Ask to be added back"))
    await acme.work()
    pressed = acme.button("Mark as done", AVERY)
    assert "Only a manager of DBA" in said(await acme.press(pressed, by=BO))
    await acme.work()
    assert "Added back" not in acme.told()


@pytest.mark.parametrize("user", [GUEST, STRANGER])
async def test_outsiders_are_told_that_pagers_are_not_for_them(acme: Acme, user: str) -> None:
    """In the thread, to them alone."""
    page = await paged(acme)
    person = next(each for each in acme.chat.people if each == user)
    await acme.reply(page, "hello", by=person)
    await acme.work()
    assert "Only members of this company can page" in acme.told(person)
    assert len(acme.sent()) == 1


async def test_a_reply_that_nobody_can_find_is_its_own_authors_to_decide(acme: Acme) -> None:
    """Not the page's: Bo wrote it, so Bo is asked."""
    page = await paged(acme)
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    message = await acme.reply(page, "me too", by=BO)
    await acme.pass_time(200)
    asked = (await acme.shown(page.ref))[-1]
    assert "We're not sure this was sent." in asked.text
    assert acme.alarms()
    choice = button(asked.content, "Mark as sent")
    assert "Only the person who wrote" in said(await acme.press(choice, by=DANA))
    assert "Marked as sent by Bo Chen." in said(await acme.press(choice, by=BO))
    await acme.work()
    assert (await acme.seen(page.ref)).state is PageState.SENT
    assert signs(acme, message) == ["white_check_mark"]


async def test_a_held_reply_that_is_sent_again_goes_out_once(acme: Acme) -> None:
    """And what waited behind it follows."""
    page = await paged(acme)
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    await acme.reply(page, "one")
    await acme.pass_time(200)
    acme.pager.unreadable = None
    await acme.reply(page, "two")
    await acme.press(button((await acme.shown(page.ref))[-1].content, "Send again"))
    await acme.pass_time(10)
    assert [text.split()[0] for text in acme.sent()] == ["Disk", "one", "two"]


# --- a conversation that is too old ------------------------------------------------------------


async def grow_old(acme: Acme) -> None:
    """Let the pager close every conversation for its age."""
    await acme.pass_time(60)
    acme.pager.age_threads(timedelta(days=40))


async def test_a_closed_conversation_is_begun_anew_with_a_quote(acme: Acme) -> None:
    """To the same people; told once in the thread; later replies go there."""
    page = await paged(acme)
    await grow_old(acme)
    await acme.reply(page, "still full")
    await acme.work()
    await acme.reply(page, "and fuller")
    await acme.pass_time(5)
    conversations = [accepted.conversation for accepted in acme.pager.accepted]
    assert conversations == [0, 1, 1]
    assert acme.sent("still")[0].startswith("> Disk is full")
    assert [m.text.split("\n")[0] for m in await acme.shown(page.ref)] == [
        "Sent, in a new conversation."
    ]


async def test_replies_that_wait_together_go_into_one_new_conversation(acme: Acme) -> None:
    """Parts and further replies follow the first one, in order."""
    page = await paged(acme)
    await grow_old(acme)
    await acme.reply(page, LONG)
    await acme.reply(page, "last word")
    await acme.pass_time(5)
    assert [accepted.conversation for accepted in acme.pager.accepted] == [0, 1, 1, 1, 1]
    assert "last word" in acme.sent()[-1]
    assert len(await acme.shown(page.ref)) == 1


async def test_a_colleague_who_begins_it_anew_loses_nobody() -> None:
    """The page's sender has a place in the new conversation, and answers there are shown."""
    async with running_acme("102") as acme:
        page = await paged(acme, "101, 102: Disk is full")
        await acme.read()
        await grow_old(acme)
        await acme.reply(page, "still full", by=BO)
        await acme.pass_time(5)
        await acme.read()
        assert set(acme.pager.accepted[-1].to) == {"101", "104"}
        acme.phone("101", "coming")
        await acme.read()
        assert "coming" in [m.text for m in await acme.shown(page.ref)]
        await acme.reply(page, "thanks", by=DANA)
        await acme.work()
        assert [accepted.conversation for accepted in acme.pager.accepted] == [0, 1, 1, 1]


async def test_a_closed_conversation_that_cannot_be_begun_anew_is_refused_in_words(
    acme: Acme,
) -> None:
    """With the words that were typed, not with our quote before them."""
    page = await paged(acme)
    acme.pager.fail_next(ThreadTooOldError(), PagerRejectedError())
    await acme.reply(page, "still full")
    await acme.work()
    await acme.press(acme.button("Edit"))
    assert acme.form.text == "still full"
