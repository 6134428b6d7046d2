"""`/page …`: nobody is paged who was not named, and every question has an answer."""

import pytest

from gateway.domain.errors import ChatUnavailableError
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber
from gateway.domain.inbound import ChannelMention, GroupMention, UserMention
from gateway.domain.pages import Origin, PageState
from gateway.services.permission import Unlinked
from gateway.services.roster import Roster
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
    buttons,
    running_acme,
    said,
)


async def sent_to(acme: Acme) -> list[tuple[str, ...]]:
    """Let everything work; list whom each page was addressed to."""
    await acme.work()
    return [accepted.to for accepted in acme.pager.accepted]


# --- who ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("102 Fire", ("102",)),
        ("Bo Chen Fire", ("102",)),
        ("dba Fire", ("400",)),
        ("102, dba: Fire", ("102", "400")),
        ("102, 102, bo chen: Fire", ("102",)),
        ("jose garcia Fire", ("118",)),
    ],
)
async def test_who_is_named_is_paged(acme: Acme, text: str, to: tuple[str, ...]) -> None:
    """By number, name, department or list; nobody twice."""
    await acme.page(text)
    assert await sent_to(acme) == [to]


async def test_mentions_become_extensions(acme: Acme) -> None:
    """People and user groups of the chat, as far as we know them."""
    await acme.page((UserMention(BO), " Fire"))
    await acme.page((GroupMention("S0ONCALL"), " Water"), by=AVERY)
    assert await sent_to(acme) == [("102",), ("104",)]


@pytest.mark.parametrize(
    "text",
    [
        (UserMention(ChatUserId("U0NOBODY"), "nobody"), " Fire"),
        (GroupMention("S0NONE", "@none"), " Fire"),
        (ChannelMention(ChannelId("C0RANDOM"), "random"), " Fire"),
        ("avry kin Fire",),
        ("sam Fire",),
        ("999 Fire",),
        ("9001, nobody at all: Fire",),
        ("!!!",),
        ("104 Fire",),
    ],
)
async def test_a_doubt_is_a_question_and_pages_nobody(acme: Acme, text: tuple[object, ...]) -> None:
    """Also a group nobody knows, a channel without a recipient, and oneself."""
    if GroupMention("S0NONE", "@none") in text:
        acme.chat.groups["S0NONE"] = ()
    answer = await acme.command(text)  # type: ignore[arg-type] # parts of a command
    assert buttons(answer.content) or acme.chat.forms
    assert await sent_to(acme) == []


async def test_a_group_the_chat_does_not_describe_is_a_doubt(acme: Acme) -> None:
    """It is not silently nobody, and the words are kept."""
    answer = await acme.command((GroupMention("S0GONE", "@gone"), " Fire"))
    assert "We don't know the extension of @gone" in said(answer)
    await acme.press(button(answer.content, "Someone else…"))
    assert acme.form.text == "Fire"


@pytest.mark.parametrize("sender", ["sam", "999", '"Sam Smith"', "102", "nobody"])
async def test_a_doubt_about_the_sender_pages_nobody(acme: Acme, sender: str) -> None:
    """Who was named as sender is never offered as recipient."""
    answer = await acme.command(f"--from {sender} 101 Fire")
    for each in buttons(answer.content):
        await acme.press(each)
    assert await sent_to(acme) == []


@pytest.mark.parametrize("sender", ["700", "104", '"Dana Lee"'])
async def test_ones_own_and_the_shared_sender_are_free_to_choose(acme: Acme, sender: str) -> None:
    """Nobody speaks as somebody else."""
    await acme.page(f"--from {sender} 102 Fire")
    await acme.work()
    assert acme.pager.accepted[-1].sender == ("700" if sender == "700" else "104")


async def test_options_survive_a_question(acme: Acme) -> None:
    """Sender and quietness are kept with the words."""
    answer = await acme.command("--from 700 --quiet sam Fire")
    await acme.press(button(answer.content, "Sam Smith · 214"))
    page = await acme.last_page()
    assert page.sender == "700"
    assert str(page.channel) == DANA


async def test_a_quiet_form_shows_replies_in_direct_messages(acme: Acme) -> None:
    """The form says so, and can be changed there."""
    await acme.command("--quiet 102")
    assert str(acme.form.channel) == DANA


async def test_ten_thousand_recipients_are_asked_about_and_shown_in_brief(acme: Acme) -> None:
    """The status message stays short enough to be edited."""
    everybody = tuple(ExtensionNumber(str(n)) for n in range(20_000, 30_000))
    acme.directory.sets = Roster(acme.clock, {"everybody": tuple(everybody)})
    for number in everybody:
        person = acme.pager.people[ExtensionNumber("101")]
        acme.pager.people[number] = type(person)(
            number, f"Person {number}", person.kind, person.status
        )
    await acme.directory.refresh()
    answer = await acme.command("everybody Fire")
    assert said(answer).startswith("Page all 10,000 people")
    await acme.press(button(answer.content, "Page 10,000 people"))
    page = await acme.last_page()
    await acme.work()
    assert len(acme.pager.accepted[-1].to) == 10_000
    assert len((await acme.status(page.ref)).text) < 2_000


# --- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("user", [GUEST, STRANGER])
@pytest.mark.parametrize(
    "text",
    ["102 Fire", "102", "", "--from 700 102 Fire", "sam Fire", "who dba", "who", "status", "help"],
)
async def test_outsiders_page_nobody(acme: Acme, user: ChatUserId, text: str) -> None:
    """Neither with a command nor with a form; nor do they learn who works here."""
    answer = await acme.command(text, by=user)
    assert "Only members of this company can page" in said(answer)
    assert "Sam" not in said(answer)
    assert await sent_to(acme) == []


@pytest.mark.parametrize("user", [GUEST, STRANGER])
async def test_outsiders_are_offered_nobody(acme: Acme, user: ChatUserId) -> None:
    """No form opens, and a form from before suggests no names."""
    answer = await acme.shortcut("Water", by=user)
    assert "Only members of this company can page" in said(answer)
    assert acme.chat.forms == []
    assert await acme.intake.recipients(acme.person(user), "d") == ()


async def test_a_company_may_want_people_to_speak_for_themselves() -> None:
    """Then who has no extension of their own is told so."""
    async with running_acme(unlinked=Unlinked.DENY) as acme:
        answer = await acme.command("102 Fire", by=BO)
        assert "isn't matched with an extension" in said(answer)
        await acme.page("102 Fire", by=DANA)
        assert await sent_to(acme) == [("102",)]


async def test_without_a_sender_nothing_is_accepted(acme: Acme) -> None:
    """The pager was never reached since the start: say so, with the words to copy."""
    acme.people.shared = None
    answer = await acme.command("102 Fire", by=BO)
    assert "can't take pages right now" in said(answer)
    assert "> Fire" in said(answer)


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["102 \u200b", "102 \u2060\u200b\ufeff"])
async def test_words_that_nobody_can_see_are_no_message(acme: Acme, text: str) -> None:
    """An empty page would only ring."""
    answer = await acme.command(text)
    assert "There is nothing to say in it" in said(answer)
    assert await sent_to(acme) == []


async def test_a_command_that_comes_twice_is_one_page(acme: Acme) -> None:
    """With one key it is one command, whatever was answered."""
    page = await acme.page("102 Fire")
    key = acme.key()
    first = await acme.command("101 Water", key=key)
    second = await acme.command("101 Water", key=key)
    assert "Sending…" in said(first)
    assert "You sent this" in said(second) or second.content is None
    assert await sent_to(acme) == [page.to, ("101",)]


@pytest.mark.parametrize(
    "text",
    ["help me in lab 2", "status of the lift", "cancel the meeting", "who wants lunch", "ack all"],
)
async def test_words_that_look_like_a_command_are_asked_about(acme: Acme, text: str) -> None:
    """Neither guessed as a command nor as a page."""
    answer = await acme.command(text)
    assert "isn't sent yet" in said(answer)
    assert await sent_to(acme) == []


# --- questions ---------------------------------------------------------------------------------


async def test_who_shows_members_and_who_will_not_ring(acme: Acme) -> None:
    """Of a department, a person, several of one name."""
    assert "Won't ring: Lee Park" in said(await acme.command("who dba"))
    assert "Member of DBA" in said(await acme.command("who 102"))
    assert "neither person nor department" in said(await acme.command("who 9001"))
    assert "There is no extension 999" in said(await acme.command("who 999"))
    assert "DBA" in said(await acme.command("who"))


async def test_who_is_never_told_that_something_was_not_sent(acme: Acme) -> None:
    """It was a question."""
    unknown = UserMention(ChatUserId("U0NOBODY"), "nobody")
    answer = await acme.command(("who ", unknown))
    assert "We don't know the extension of" in said(answer)
    assert "Not sent" not in said(answer)


async def test_two_of_one_name_are_both_shown(acme: Acme) -> None:
    """Asking who somebody is needs no choice."""
    twin = acme.pager.people[ExtensionNumber("101")]
    acme.pager.people[ExtensionNumber("140")] = type(twin)(
        ExtensionNumber("140"), "Avery Kim", twin.kind, twin.status
    )
    await acme.directory.refresh()
    shown = said(await acme.command("who avery kim"))
    assert "extension 101" in shown
    assert "extension 140" in shown


async def test_status_tells_the_life_of_ones_own_pages(acme: Acme) -> None:
    """The last ones, or one line by line."""
    assert "You haven't sent any pages yet" in said(await acme.command("status"))
    page = await acme.page("102 Fire")
    await acme.work()
    assert page.ref in said(await acme.command("status"))
    assert "Page: sent" in said(await acme.command(f"status {page.ref}"))
    assert "Page: sent" in said(await acme.command(f"why {page.ref.lower()}"))


@pytest.mark.parametrize("sub", ["status", "why", "cancel"])
async def test_somebody_elses_page_is_like_one_that_is_not(acme: Acme, sub: str) -> None:
    """Neither its existence nor its words are anybody's business."""
    page = await acme.page("102 Fire")
    theirs = said(await acme.command(f"{sub} {page.ref}", by=BO))
    nobodys = said(await acme.command(f"{sub} pg_ZZZZ99", by=BO))
    assert theirs == nobodys.replace("pg_ZZZZ99", page.ref)
    assert (await acme.seen(page.ref)).state is PageState.SENDING


async def test_cancel_wants_a_reference(acme: Acme) -> None:
    """And says how to find it."""
    assert "Which page do you mean?" in said(await acme.command("cancel"))


@pytest.mark.parametrize("sub", ["oncall", "ack al_91QX"])
async def test_what_is_not_here_says_so(acme: Acme, sub: str) -> None:
    """Instead of paging somebody of that name."""
    assert "isn't available here" in said(await acme.command(sub))


async def test_a_test_page_rings_ones_own_pager(acme: Acme) -> None:
    """As often as one likes."""
    for _ in range(2):
        answer = await acme.command("test", by=AVERY)
        assert "Sent a test page to your extension 101." in said(answer)
    assert await sent_to(acme) == [("101",), ("101",)]


async def test_a_test_page_needs_a_known_extension(acme: Acme) -> None:
    """Otherwise it says what is missing."""
    acme.people.everybody = {}
    assert "Connect your RingCentral account" in said(await acme.command("test", by=AVERY))


async def test_help_shows_how(acme: Acme) -> None:
    """With examples and the form."""
    assert "/page dba" in said(await acme.command("help"))


# --- form, shortcut, home ------------------------------------------------------------------------


async def test_the_form_sends_like_a_command(acme: Acme) -> None:
    """With what was typed filled in."""
    await acme.command("102")
    assert await acme.submit(acme.form, text="Fire") is None
    page = await acme.last_page()
    assert page.origin is Origin.FORM
    assert page.channel == OPS
    assert await sent_to(acme) == [("102",)]


@pytest.mark.parametrize(
    ("to", "text", "fields"),
    [
        ((), "Fire", {"to"}),
        (("102",), "  ", {"text"}),
        ((), "", {"to", "text"}),
        (("102",), "x" * 6000, {"text"}),
    ],
)
async def test_problems_stand_under_their_field(
    acme: Acme, to: tuple[str, ...], text: str, fields: set[str]
) -> None:
    """The form stays open and keeps what was typed: nothing is recorded."""
    await acme.command("")
    problems = await acme.submit(acme.form, to=to, text=text)
    assert problems is not None
    assert set(problems.problems) == fields
    assert await sent_to(acme) == []


async def test_a_form_says_the_same_thing_twice_only_when_asked(acme: Acme) -> None:
    """The question comes where replies are shown, and is answered there."""
    await acme.page("102 Fire")
    await acme.command("102")
    assert await acme.submit(acme.form, text="Fire") is None
    await acme.work()
    assert "You sent this to Bo Chen" in acme.told()
    await acme.press(acme.button("Send again"))
    assert await sent_to(acme) == [("102",), ("102",)]


async def test_a_long_form_is_sent_in_parts_unasked(acme: Acme) -> None:
    """The form said so."""
    await acme.command("102")
    await acme.submit(acme.form, text="Disk is full. " * 100)
    await acme.work()
    assert len(acme.sent()) == 2


async def test_the_form_lets_choose_the_sender(acme: Acme) -> None:
    """One's own or the shared one."""
    await acme.command("102")
    assert [option.value for option in acme.form.senders] == ["104", "700"]
    await acme.submit(acme.form, text="Fire", send_as="700")
    await acme.work()
    assert acme.pager.accepted[-1].sender == "700"


async def test_a_forged_sender_in_a_form_is_refused(acme: Acme) -> None:
    """The server decides, not what came back."""
    await acme.command("102")
    await acme.submit(acme.form, text="Fire", send_as="101")
    assert await sent_to(acme) == []
    assert "You can send as yourself" in acme.told()


async def test_a_shortcut_fills_in_the_message_it_was_used_on(acme: Acme) -> None:
    """Who is to be paged is still to be chosen."""
    await acme.shortcut("Water in server room B")
    assert acme.form.text == "Water in server room B"
    assert acme.form.to == ()


async def test_typing_offers_people_and_departments(acme: Acme) -> None:
    """From memory, grouped."""
    groups = await acme.intake.recipients(acme.person(DANA), "d")
    assert {option.value for group in groups for option in group.options} >= {"104", "400"}


async def test_the_home_tab_is_drawn_and_may_fail(acme: Acme) -> None:
    """The next look draws it again, so a chat that is away is nobody's problem."""
    page = await acme.page("102 Fire")
    await acme.home()
    assert page.ref in acme.shown_home()
    acme.chat.away = ChatUnavailableError()
    await acme.home()


async def test_a_channel_that_moves_takes_its_threads_along(acme: Acme) -> None:
    """Replies in it still go to the pager."""
    page = await acme.page("102 Fire")
    await acme.work()
    await acme.move_channel(OPS, ChannelId("C0NEW"))
    assert (await acme.thread(page.ref)).channel == "C0NEW"
    await acme.reply(page, "on it")
    await acme.work()
    assert len(acme.sent("on it")) == 1


async def test_a_workspace_that_removes_the_app_is_noted(acme: Acme) -> None:
    """For the log."""
    await acme.leave_workspace()
    assert acme.ears.events("workspace.left") == [{"workspace": ACME}]
