"""Buttons: the server's state decides, whoever presses whatever, however often."""

import asyncio
from dataclasses import replace

import pytest

from gateway.domain.actions import Action
from gateway.domain.content import Button
from gateway.domain.errors import (
    ChatUnavailableError,
    PagerOutcomeUnknownError,
    PagerUnavailableError,
    PermissionKind,
    PermissionMissingError,
)
from gateway.domain.ids import ChatMessageId, ExtensionNumber, WorkspaceId
from gateway.domain.pages import DRAFT_LIFE
from gateway.services.linking.desk import LINK_ACTIONS
from tests.services.acme import (
    BO,
    DANA,
    STRANGER,
    Acme,
    Pressed,
    button,
    buttons,
    running_acme,
    said,
)

_ALERT = {Action.ACK, Action.RESOLVE, Action.ESCALATE, Action.SNOOZE}
_FREE = {Action.SHOW_HELP, Action.OPEN_FORM, Action.PAGE_TO, *_ALERT, *LINK_ACTIONS}
"""Anybody may press these: they open a form or help, or are the alerts' or links' own."""
_OF_A_PAGE = {
    *(Action.CANCEL_PAGE, Action.MARK_SENT, Action.MARK_DONE),
    *(Action.CORRECT, Action.THREAD_MODE),
}
WITH_DRAFT = sorted(set(Action) - _FREE - _OF_A_PAGE)
LONG = "Disk is full on db-7. " * 100


async def refused(acme: Acme) -> str:
    """Let a page be refused; gives the draft behind its buttons."""
    await acme.page("102, 103: Lift is stuck")
    await acme.work()
    return acme.button("Send without Casey Diaz").button.value


def pressing(action: str, value: str) -> Button:
    return Button(action, value, "?")


# --- whose it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("action", WITH_DRAFT)
async def test_a_draft_is_for_its_author_alone(acme: Acme, action: Action) -> None:
    """Another person's press is told so and changes nothing: it still works for its author."""
    draft = await refused(acme)
    answer = await acme.press(pressing(action, f"{draft}:102"), by=BO)
    assert said(answer) == "Only the person who wrote this page can do that."
    assert not answer.replace
    await acme.work()
    assert acme.sent() == []
    await acme.press(acme.button("Send without Casey Diaz"))
    await acme.work()
    assert len(acme.sent()) == 1


@pytest.mark.parametrize("action", WITH_DRAFT)
async def test_a_draft_means_nothing_in_another_workspace(acme: Acme, action: Action) -> None:
    """User ids are unique in one workspace only."""
    draft = await refused(acme)
    double = replace(acme.person(DANA), workspace=WorkspaceId("T0OTHER"))
    answer = await acme.press(pressing(action, f"{draft}:102"), by=double)
    assert "Only the person who wrote this page" in said(answer)
    await acme.work()
    assert acme.sent() == []


@pytest.mark.parametrize("action", [Action.CANCEL_PAGE, Action.SEND_AGAIN, Action.MARK_SENT])
@pytest.mark.parametrize("elsewhere", [True, False])
async def test_a_page_is_its_authors_to_decide(
    acme: Acme, action: Action, *, elsewhere: bool
) -> None:
    """Not a colleague's, not a namesake's of another workspace."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    page = await acme.page("102 Fire")
    await acme.pass_time(200)
    other = acme.person(BO)
    if elsewhere:
        other = replace(acme.person(DANA), workspace=WorkspaceId("T0OTHER"))
    answer = await acme.press(pressing(action, page.ref), by=other)
    assert "Only the person who wrote this page" in said(answer)
    await acme.pass_time(60)
    assert acme.sent() == []


async def test_a_correction_shows_no_recipients_to_another_workspace(acme: Acme) -> None:
    """A reference is all that it takes to ask, so it must not be enough."""
    page = await acme.page("102 Fire")
    double = replace(acme.person(STRANGER), workspace=WorkspaceId("T0OTHER"))
    answer = await acme.press(pressing(Action.CORRECT, page.ref), by=double)
    assert "Which page do you mean?" in said(answer)
    assert acme.chat.forms == []


# --- how often ---------------------------------------------------------------------------------


async def test_a_double_click_sends_once_and_never_says_it_was_not_sent(acme: Acme) -> None:
    """The second click finds that the first one did it."""
    await refused(acme)
    pressed = acme.button("Send without Casey Diaz")
    first, second = await acme.press(pressed), await acme.press(pressed)
    await acme.work()
    assert said(first).startswith("Sending…")
    assert said(second).startswith("That is done already.")
    assert not second.replace, "what the first click said stays"
    assert len(acme.sent()) == 1


async def test_two_clicks_at_the_same_moment_send_once(acme: Acme) -> None:
    """Both read the draft before either wrote."""
    await refused(acme)
    pressed = acme.button("Send without Casey Diaz")
    second: list[str] = []

    async def again() -> None:
        second.append(said(await acme.press(pressed, by=DANA)))

    async def at_the_same_time() -> None:
        # One wish of a person at a time would hide the race; another replica knows no such lock.
        acme.forget_locks()
        await again()

    acme.disk.before_write.append(at_the_same_time)
    first = said(await acme.press(pressed))
    await acme.work()
    assert {first.partition(" ")[0], second[0].partition(" ")[0]} == {"Sending…", "That"}
    assert len(acme.sent()) == 1


async def test_enter_pressed_twice_asks_before_the_second_page(acme: Acme) -> None:
    """Even when both come before either is on record."""
    answers: list[str] = []

    async def again() -> None:
        answers.append(said(await acme.command("102 Fire")))

    async with asyncio.TaskGroup() as group:
        group.create_task(again())
        group.create_task(again())
    await acme.work()
    assert len(acme.sent()) == 1
    assert any("You sent this to Bo Chen" in answer for answer in answers)


async def test_an_expired_draft_says_so(acme: Acme) -> None:
    """After a quarter of an hour the words are gone, and nothing was sent."""
    draft = await refused(acme)
    acme.clock.move(DRAFT_LIFE.total_seconds())
    answer = await acme.press(pressing(Action.RESEND_WITHOUT, draft))
    assert said(answer).startswith("Not sent. This was kept for 15 minutes only.")
    assert not answer.replace
    assert acme.sent() == []


async def test_a_choice_that_is_called_off_after_it_was_sent_is_not_called_off(acme: Acme) -> None:
    """[Leave it] pressed together with [Send again]: what was sent is not denied."""
    await acme.page("102 Fire")
    answer = await acme.command("102 Fire")
    again, leave = button(answer.content, "Send again"), button(answer.content, "Leave it")

    async def send_first() -> None:
        await acme.press(again)

    acme.disk.before_write.append(send_first)
    assert said(await acme.press(leave)).startswith("That is done already.")
    await acme.work()
    assert len(acme.sent()) == 2


async def test_deciding_twice_decides_once(acme: Acme) -> None:
    """[Send again] and [Mark as sent] at the same moment: the first one counts."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    page = await acme.page("102 Fire")
    await acme.pass_time(200)
    acme.pager.unreadable = None
    status = (await acme.status(page.ref)).content
    again, leave = button(status, "Send again"), button(status, "Mark as sent")

    async def mark_first() -> None:
        assert "Marked as sent" in said(await acme.press(leave))

    acme.disk.before_write.append(mark_first)
    assert said(await acme.press(again)).startswith("That is done already.")
    await acme.pass_time(60)
    assert acme.sent() == []


# --- odd values --------------------------------------------------------------------------------

ODD = [
    "",
    ":",
    "pg_",
    "pg_AAAA99",
    "pg_AAAA99:x",
    "dr_9999",
    "dr_9999:102",
    "\0",
    "x" * 2000,
    "🔥:🔥",
]


@pytest.mark.parametrize("action", [*Action, "no_such_action"])
@pytest.mark.parametrize("value", ODD)
async def test_no_value_breaks_a_button(acme: Acme, action: str, value: str) -> None:
    """Whatever comes back, it is answered or opens a form, and nobody is paged."""
    answer = await acme.press(pressing(action, value))
    await acme.work()
    silent = action == Action.SIGN_IN  # the chat has opened its address itself
    assert silent or answer.content or acme.chat.forms
    assert acme.sent() == []


@pytest.mark.parametrize("number", ["", "x", "999999", "102:101"])
async def test_only_people_of_the_directory_can_be_chosen(acme: Acme, number: str) -> None:
    """A number that was made up reaches nobody."""
    answer = await acme.command("sam Fire")
    draft = button(answer.content, "Sam Smith · 214").value.partition(":")[0]
    await acme.press(pressing(Action.CHOOSE, f"{draft}:{number}"))
    await acme.work()
    assert acme.sent() == []


# --- what each one does ------------------------------------------------------------------------


async def test_choosing_who_was_meant_pages_them(acme: Acme) -> None:
    """With the words that were kept."""
    answer = await acme.command("sam Fire")
    await acme.press(button(answer.content, "Sam Smith · 214"))
    await acme.work()
    assert acme.pager.accepted[-1].reached == (ExtensionNumber("214"),)


async def test_everybody_else_who_was_named_is_kept(acme: Acme) -> None:
    """Choosing settles one word; the others stay."""
    answer = await acme.command("102, sam: Fire")
    await acme.press(button(answer.content, "Sam Smith · 214"))
    await acme.work()
    assert acme.pager.accepted[-1].to == ("102", "214")


async def test_choosing_somebody_for_no_words_asks_for_the_words(acme: Acme) -> None:
    """The form opens with who was chosen."""
    answer = await acme.command("sam")
    await acme.press(button(answer.content, "Sam Smith · 214"))
    assert [option.value for option in acme.form.to] == ["214"]
    await acme.submit(acme.form, text="Fire")
    await acme.work()
    assert len(acme.sent()) == 1


async def test_checking_reads_the_directory_before_it_sends(acme: Acme) -> None:
    """Whoever is frozen by now is left out."""
    acme.pager.set_status(ExtensionNumber("101"), acme.pager.people[ExtensionNumber("103")].status)
    await acme.page("101, 102: Lift is stuck")
    await acme.work()
    await acme.press(acme.button("Check and resend"))
    await acme.work()
    assert acme.pager.accepted[-1].to == ("102",)


async def test_checking_when_nobody_is_left_says_who_is_in_the_way(acme: Acme) -> None:
    """Not that the page would reach only its author."""
    status = acme.pager.people[ExtensionNumber("103")].status
    acme.pager.set_status(ExtensionNumber("101"), status)
    await acme.page("101 Lift is stuck")
    await acme.work()
    acme.pager.set_status(ExtensionNumber("101"), status)
    value = acme.chat.told[-1].content
    draft = buttons(value)[0].value
    await acme.press(pressing(Action.CHECK_AND_RESEND, draft))
    await acme.work()
    assert "Avery Kim" in acme.told()
    assert "only you" not in acme.told()


async def test_editing_keeps_recipients_and_words(acme: Acme) -> None:
    """And sending the form uses the draft up."""
    await refused(acme)
    await acme.press(acme.button("Edit"))
    assert [option.value for option in acme.form.to] == ["102", "103"]
    assert acme.form.text == "Lift is stuck"
    await acme.submit(acme.form, to=("102",))
    await acme.work()
    assert acme.sent("Lift")
    assert said(await acme.press(acme.button("Edit"))).startswith("That is done already.")


async def test_a_form_sent_after_its_draft_was_used_is_told_so(acme: Acme) -> None:
    """What was typed into it is not lost in silence."""
    await refused(acme)
    await acme.press(acme.button("Edit"))
    await acme.press(acme.button("Send without Casey Diaz"))
    await acme.submit(acme.form, text="Lift is stuck again")
    await acme.work()
    assert "That is done already." in acme.told()
    assert len(acme.sent()) == 1


async def test_no_question_is_asked_twice() -> None:
    """Long, said a moment ago, to many: each is answered once, in whatever order they come."""
    async with running_acme(ask_above=2) as acme:
        asked: list[str] = []
        for _ in range(2):
            answer = await acme.command(f"dba {LONG}")
            asked.clear()
            while "Sending…" not in said(answer):
                asked.append(said(answer).partition("\n")[0])
                assert len(asked) <= 3, asked
                yes = (Action.SPLIT_SEND, Action.SEND_AGAIN, Action.PAGE_ALL)
                answer = await acme.press(
                    next(b for b in buttons(answer.content) if b.action in yes)
                )
            await acme.work()
        assert asked[0].startswith("You sent this to DBA")
        assert asked[1].startswith("Page all 3 people in DBA?")
        assert asked[2].startswith("Not sent yet.")
        assert len(acme.sent()) == 6


async def test_many_people_are_asked_about(acme: Acme) -> None:
    """Not below the limit, and not with --now, which says yes before."""
    await acme.page("dba Fire")
    async with running_acme(ask_above=2) as careful:
        answer = await careful.command("dba Fire drill moved")
        assert said(answer).startswith("Page all 3 people in DBA?")
        assert "> Fire drill moved" in said(answer)
        await careful.page("--now dba Fire drill moved")


async def test_a_department_cannot_send_and_its_member_can(acme: Acme) -> None:
    """Stopped before the wire, with a button that sends from one's own extension."""
    answer = await acme.command('--from "Front Desk" 102 Fire')
    assert "doesn't let a department send pages" in said(answer)
    await acme.press(button(answer.content, "Send as me"))
    await acme.work()
    assert acme.pager.accepted[-1].sender == "104"


async def test_the_shared_sender_pages_for_who_may_not(acme: Acme) -> None:
    """A role without pages: one click, named in the first line."""
    acme.pager.fail_next(PermissionMissingError(kind=PermissionKind.PERSON))
    await acme.page("102 Fire")
    await acme.work()
    await acme.press(acme.button("Send from the shared sender"))
    await acme.work()
    assert acme.sent()[0].startswith("Dana Lee via Slack: Fire")


async def test_trying_again_pages_the_same_people(acme: Acme) -> None:
    """After an outage that lasted too long."""
    acme.pager.away = PagerUnavailableError()
    await acme.page("102 Fire")
    await acme.pass_time(1900)
    acme.pager.away = None
    await acme.press(acme.button("Try again now"))
    await acme.work()
    assert len(acme.sent()) == 1


async def test_leaving_it_sends_nothing(acme: Acme) -> None:
    """And the question is over."""
    await acme.page("102 Fire")
    answer = await acme.command("102 Fire")
    left = await acme.press(button(answer.content, "Leave it"))
    await acme.work()
    assert said(left) == "Cancelled. Nothing was sent."
    assert left.replace
    assert len(acme.sent()) == 1


async def test_a_card_opens_the_form_where_it_was_pressed(acme: Acme) -> None:
    """Replies will be shown in that channel."""
    answer = await acme.command("who dba")
    await acme.press(button(answer.content, "Page DBA"))
    assert [option.value for option in acme.form.to] == ["400"]
    assert acme.form.channel == "C0OPS"


async def test_help_offers_the_form(acme: Acme) -> None:
    """Which opens empty."""
    answer = await acme.press(pressing(Action.SHOW_HELP, ""))
    await acme.press(button(answer.content, "Page someone"))
    assert acme.form.to == ()


# --- where others see it -----------------------------------------------------------------------


async def test_an_answer_for_one_never_replaces_what_all_see(acme: Acme) -> None:
    """A refusal in the thread keeps standing there."""
    draft = await refused(acme)
    seen = Pressed(pressing(Action.RESEND_WITHOUT, draft), message=ChatMessageId("1.1"))
    assert not (await acme.press(seen)).replace


async def test_a_private_question_is_replaced_by_its_answer(acme: Acme) -> None:
    """Its buttons are of no use any more."""
    await refused(acme)
    assert (await acme.press(acme.button("Send without Casey Diaz"))).replace


# --- a chat that does not open forms -------------------------------------------------------------


@pytest.mark.parametrize("action", [Action.EDIT, Action.CHOOSE_RECIPIENT])
async def test_a_form_that_comes_too_late_is_offered_again(acme: Acme, action: Action) -> None:
    """The draft is still behind the button."""
    draft = await refused(acme)
    answer = await acme.press(pressing(action, draft), trigger="")
    assert "The form took too long to open." in said(answer)
    await acme.press(button(answer.content, "Open the form"))
    assert acme.form.text == "Lift is stuck"


async def test_a_chat_that_is_away_loses_no_words(acme: Acme) -> None:
    """Typed without a recipient in doubt, kept for the button."""
    acme.chat.away = ChatUnavailableError()
    answer = await acme.command("102, 101 Lift is stuck")
    acme.chat.away = None
    await acme.press(button(answer.content, "Open the form"))
    assert acme.form.text == "Lift is stuck"
    assert [option.value for option in acme.form.to] == ["102", "101"]


async def test_a_denied_person_cannot_answer_through_an_old_button() -> None:
    """Who became a guest since is refused, in words."""
    async with running_acme() as acme:
        await refused(acme)
        guest = replace(acme.person(DANA), guest=True)
        answer = await acme.press(acme.button("Send without Casey Diaz"), by=guest)
        await acme.work()
        assert "Only members of this company can page" in said(answer)
        assert acme.sent() == []
