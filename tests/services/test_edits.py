"""Edited and deleted: the pager hears the newest words once, and never what was taken back."""

import pytest

from gateway.domain.errors import (
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerUnavailableError,
)
from gateway.domain.ids import ChatMessageId
from gateway.domain.pages import Page
from tests.services.acme import BO, Acme, running_acme
from tests.services.test_replies import HOURGLASS, LONG, paged, removed, signs

WINDOW = 31


async def replied(acme: Acme, text: str = "on it") -> tuple[Page, ChatMessageId]:
    """Send a reply, and let it go out."""
    page = await paged(acme)
    message = await acme.reply(page, text)
    await acme.work()
    return page, message


async def outage(acme: Acme, text: str) -> tuple[Page, ChatMessageId]:
    """Let a reply wait because the pager is away."""
    page = await paged(acme)
    acme.pager.away = PagerUnavailableError()
    message = await acme.reply(page, text)
    await acme.work()
    return page, message


async def edited_while_nobody_knows(acme: Acme) -> None:
    """Edit a reply of which nobody knows yet whether it went out."""
    page = await paged(acme)
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    message = await acme.reply(page, "one")
    await acme.work()
    await acme.edit(page, message, "two")
    await acme.pass_time(WINDOW)


async def end_outage(acme: Acme) -> None:
    """Let the pager come back, and everything that waits go out."""
    acme.pager.away = None
    await acme.pass_time(180)


# --- edits of what went out ------------------------------------------------------------------


async def test_an_edit_of_what_went_out_follows_as_a_correction(acme: Acme) -> None:
    """In the conversation, marked as one; its author hears that the first version stays."""
    page, message = await replied(acme)
    await acme.edit(page, message, "on it, db-7 first")
    await acme.pass_time(WINDOW)
    assert acme.sent("on it") == [
        f"on it {page.ref}",
        f"Correction: on it, db-7 first {page.ref}",
    ]
    assert "the first version stays there" in acme.told()
    assert signs(acme, message) == ["white_check_mark"]


async def test_edits_within_half_a_minute_are_one_correction(acme: Acme) -> None:
    """With the words as they are at the end; it is told once."""
    page, message = await replied(acme)
    for text in ("on", "on it now", "on it in 5 minutes"):
        await acme.edit(page, message, text)
        await acme.pass_time(5)
    await acme.pass_time(WINDOW)
    assert acme.sent("Correction") == [f"Correction: on it in 5 minutes {page.ref}"]
    assert len(acme.chat.told) == 1


async def test_a_later_edit_is_a_correction_of_its_own(acme: Acme) -> None:
    """Nobody can know that the first one was not the last."""
    page, message = await replied(acme)
    for text in ("one", "two"):
        await acme.edit(page, message, text)
        await acme.pass_time(WINDOW)
    assert [text.split()[1] for text in acme.sent("Correction")] == ["one", "two"]


async def test_an_edit_that_is_taken_back_in_time_corrects_nothing(acme: Acme) -> None:
    """What the pager has is true again."""
    page, message = await replied(acme)
    await acme.edit(page, message, "on ti")
    await acme.edit(page, message, "on it", "on ti")
    await acme.pass_time(WINDOW)
    assert acme.sent("Correction") == []


async def test_a_correction_that_waits_is_replaced_by_the_next(acme: Acme) -> None:
    """After an outage the pager hears the newest words only."""
    page, message = await replied(acme)
    acme.pager.away = PagerUnavailableError()
    for text in ("one", "two"):
        await acme.edit(page, message, text)
        await acme.pass_time(60)
    await end_outage(acme)
    assert acme.sent("Correction") == [f"Correction: two {page.ref}"]


async def test_a_correction_on_behalf_of_somebody_names_them(acme: Acme) -> None:
    """Like the reply it corrects."""
    page = await paged(acme)
    message = await acme.reply(page, "me too", by=BO)
    await acme.work()
    await acme.edit(page, message, "me three", by=BO)
    await acme.pass_time(WINDOW)
    assert acme.sent("three") == [f"Bo Chen via Slack: Correction: me three {page.ref}"]


async def test_a_correction_says_the_files_too(acme: Acme) -> None:
    """They belong to the message as it stands now."""
    page, message = await replied(acme)
    await acme.edit(page, message, "see this", files=("a.png https://example.com/a",))
    await acme.pass_time(WINDOW)
    assert acme.sent("Correction") == [
        f"Correction: see this\na.png https://example.com/a {page.ref}"
    ]


async def test_a_correction_comes_after_what_it_corrects(acme: Acme) -> None:
    """Also when nobody knows yet whether that went out."""
    await edited_while_nobody_knows(acme)
    acme.pager.unreadable = None
    await acme.pass_time(120)
    assert [text.split()[0] for text in acme.sent()] == ["Disk", "one", "Correction:"]


async def test_a_correction_survives_the_end_of_the_process(acme: Acme) -> None:
    """It is a row like everything else: what was recorded is looked after by the next start."""
    page, message = await replied(acme)
    await acme.edit(page, message, "two")
    await acme.store.recover(acme.clock.now(), everything=True)
    await acme.pass_time(WINDOW)
    assert acme.sent("Correction") == [f"Correction: two {page.ref}"]


# --- edits of what did not go out --------------------------------------------------------------


async def test_an_edit_of_what_waits_changes_what_goes_out(acme: Acme) -> None:
    """In its place in the line, without a correction and without a word."""
    page, message = await outage(acme, "first")
    await acme.reply(page, "second")
    await acme.edit(page, message, "primo", "first")
    await end_outage(acme)
    assert [text.split()[0] for text in acme.sent()] == ["Disk", "primo", "second"]
    assert acme.told() == ""


async def test_an_edit_of_what_waits_may_take_more_messages(acme: Acme) -> None:
    """Or fewer; the old ones are gone."""
    page, message = await outage(acme, "short")
    await acme.edit(page, message, LONG, "short")
    await acme.edit(page, message, "short again", LONG)
    await end_outage(acme)
    assert acme.sent("short") == [f"short again {page.ref}"]
    assert len(acme.sent()) == 2


async def test_what_waits_and_becomes_a_note_is_not_sent(acme: Acme) -> None:
    """Its author is told."""
    page, message = await outage(acme, "careful")
    await acme.edit(page, message, "// careful", "careful")
    await end_outage(acme)
    assert acme.sent("careful") == []
    assert "no pager got it" in acme.told()


async def test_what_went_out_and_becomes_a_note_is_not_corrected(acme: Acme) -> None:
    """The new words stay in Slack; a button says something instead."""
    page, message = await replied(acme)
    await acme.edit(page, message, "// not for them", "on it")
    await acme.pass_time(WINDOW)
    assert len(acme.sent()) == 2
    assert "Your edit stays in Slack" in acme.told()
    await acme.press(acme.button("Send a correction"))
    assert acme.form.text.startswith("Correction:")
    assert [option.value for option in acme.form.to] == ["400"]


@pytest.mark.parametrize("note", ["// for us", "//for us\nand more", "🔒 for us"])
async def test_a_note_stays_a_note_however_it_is_edited(acme: Acme, note: str) -> None:
    """Leaving out the sign sends nothing; its author is told how to."""
    page = await paged(acme)
    message = await acme.reply(page, note)
    await acme.edit(page, message, "for us", note)
    await acme.pass_time(WINDOW)
    assert len(acme.sent()) == 1
    assert "an edit doesn't send what wasn't sent" in acme.told()


async def test_what_was_refused_is_not_corrected(acme: Acme) -> None:
    """Its author was told about it already; somebody else's chatter never mattered."""
    page, message = await removed(acme)
    before = len(acme.chat.told)
    await acme.edit(page, message)
    await acme.delete(page, message)
    await acme.edit(page, ChatMessageId("9.9"), "// b", "// a")
    await acme.pass_time(WINDOW)
    assert len(acme.chat.told) == before
    assert acme.sent("Correction") == []


async def test_a_refused_message_takes_its_correction_along(acme: Acme) -> None:
    """A correction of nothing would only puzzle people."""
    await edited_while_nobody_knows(acme)
    acme.pager.unreadable = None
    acme.pager.fail_next(PagerRejectedError())
    await acme.pass_time(120)
    assert acme.sent("Correction") == []
    await acme.press(acme.button("Edit"))
    assert acme.form.text == "one"


async def test_an_edit_that_comes_before_its_message_is_what_goes_out(acme: Acme) -> None:
    """Slack promises no order: the thread is what counts, not which event came first."""
    page = await paged(acme)
    message = acme.chat.next_ts()
    await acme.edit(page, message, "right", "wrong")
    await acme.reply(page, "wrong", message=message)
    await acme.pass_time(WINDOW)
    assert [text.split()[0] for text in acme.sent()] == ["Disk", "right"]


async def test_what_became_a_note_before_it_was_heard_is_one(acme: Acme) -> None:
    """Whoever wrote it does not want it on a pager any more."""
    page = await paged(acme)
    message = acme.chat.next_ts()
    await acme.edit(page, message, "// wrong", "wrong")
    await acme.reply(page, "wrong", message=message)
    await acme.pass_time(WINDOW)
    assert len(acme.sent()) == 1


async def test_of_two_edits_the_later_counts_whichever_comes_first(acme: Acme) -> None:
    """Slack brings an event again that we could not take; old words do not come back with it."""
    page, message = await replied(acme)
    await acme.edit(page, message, "third", "second", version="3")
    await acme.edit(page, message, "second", "first", version="2")
    await acme.pass_time(WINDOW)
    await acme.edit(page, message, "second", "first", version="2")
    await acme.pass_time(WINDOW)
    assert acme.sent("Correction") == [f"Correction: third {page.ref}"]


async def test_of_two_edits_of_what_waits_the_later_counts(acme: Acme) -> None:
    """In its place, too."""
    page, message = await outage(acme, "first")
    await acme.edit(page, message, "third", "second", version="3")
    await acme.edit(page, message, "second", "first", version="2")
    await end_outage(acme)
    assert [text.split()[0] for text in acme.sent()] == ["Disk", "third"]


async def test_an_edit_of_what_is_deleted_already_is_nothing(acme: Acme) -> None:
    """Its author is not told of a correction that never comes."""
    page, message = await replied(acme)
    await acme.delete(page, message)
    await acme.work()
    await acme.edit(page, message, "two")
    await acme.pass_time(WINDOW)
    assert len(acme.chat.told) == 1
    assert len(acme.sent()) == 2


async def test_of_an_edit_that_begins_to_be_sent_meanwhile_nothing_is_lost(acme: Acme) -> None:
    """It set out with its first words, so a correction follows."""
    page, message = await outage(acme, "first")
    acme.pager.away = None

    async def goes_out() -> None:
        await acme.pass_time(5)

    acme.disk.before_write.append(goes_out)
    await acme.edit(page, message, "second", "first")
    await acme.pass_time(WINDOW)
    assert acme.sent("first") == [f"first {page.ref}"]
    assert acme.sent("second") == [f"Correction: second {page.ref}"]


# --- deleted -----------------------------------------------------------------------------------


async def test_a_deleted_reply_that_still_waits_is_taken_back(acme: Acme) -> None:
    """Nobody gets it, and its author is told so."""
    page, message = await outage(acme, "oops")
    assert signs(acme, message) == [HOURGLASS]
    await acme.delete(page, message)
    await end_outage(acme)
    assert acme.sent("oops") == []
    assert "no pager got it" in acme.told()


async def test_a_deleted_reply_that_went_out_stays_out(acme: Acme) -> None:
    """Its author is told so, outside the thread that may be gone."""
    page, message = await replied(acme, "oops")
    await acme.delete(page, message)
    await acme.work()
    assert "can't be unsent" in acme.told()
    assert acme.chat.told[-1].root is None


async def test_a_sign_for_a_deleted_message_is_no_trouble(acme: Acme) -> None:
    """There is nothing to mark, and nothing for an operator to look at."""
    page = await paged(acme)
    message = await acme.reply(page, "oops")
    await acme.step()
    await acme.delete(page, message)
    await acme.work()
    assert acme.sent("oops")
    assert await acme.store.dead_letters(10) == ()


async def test_what_is_deleted_is_not_corrected(acme: Acme) -> None:
    """Neither by what waits nor by what is not looked at yet."""
    page, message = await replied(acme)
    await acme.edit(page, message, "two")
    await acme.delete(page, message)
    await acme.pass_time(WINDOW)
    assert acme.sent("Correction") == []


async def test_a_deletion_that_comes_before_its_message_keeps_it_in(acme: Acme) -> None:
    """Whoever deleted it does not want it on a pager."""
    page = await paged(acme)
    message = acme.chat.next_ts()
    await acme.delete(page, message)
    await acme.reply(page, "oops", message=message)
    await acme.work()
    assert acme.sent("oops") == []


async def test_a_deleted_note_needs_no_remark(acme: Acme) -> None:
    """It was never on a pager."""
    page = await paged(acme)
    message = await acme.reply(page, "// psst")
    await acme.delete(page, message)
    await acme.work()
    assert acme.told() == ""


async def test_a_reply_with_parts_out_and_parts_waiting_is_stopped_where_it_is() -> None:
    """What is out stays out, and its author is told; the rest does not go."""
    async with running_acme() as acme:
        page = await paged(acme)
        message = await acme.reply(page, LONG)
        await acme.step()
        acme.pager.away = PagerUnavailableError()
        await acme.work()
        before = len(acme.sent())
        await acme.delete(page, message)
        await end_outage(acme)
        assert len(acme.sent()) == before
        assert "can't be unsent" in acme.told()
