"""What of a thread goes to the pager: chosen in the thread, by those who may, told to all in it."""

import pytest

from gateway.domain.actions import Action
from gateway.domain.alerts import AlertStatus
from gateway.domain.content import Button, Menu, Paragraph
from gateway.domain.ids import Ref
from gateway.domain.pages import Page
from gateway.domain.threads import ThreadMode, UsualModes
from tests.acceptance.alert_rules import RULES
from tests.services.acme import BO, DANA, GUEST, STRANGER, Acme, running_acme, said
from tests.services.test_edits import WINDOW
from tests.services.test_flapping import says
from tests.services.test_replies import paged, signs


async def menu(acme: Acme, page: Page) -> Menu:
    """Find the menu of a status message."""
    content = (await acme.status(page.ref)).content
    menus = [b.menu for b in content.blocks if isinstance(b, Paragraph) and b.menu]
    (found,) = menus
    return found


async def switch(acme: Acme, page: Page, mode: ThreadMode, by: str = DANA) -> str:
    """Choose from the menu of a status message; gives what is answered."""
    person = next(each for each in acme.chat.people if each == by)
    choice = Button(Action.THREAD_MODE, f"{page.ref}:{mode}", "")
    answer = await acme.press(choice, by=person)
    await acme.work()
    return said(answer)


async def alarmed(acme: Acme) -> Page:
    """Let an alert page somebody."""
    await says(acme, AlertStatus.FIRING)
    return await acme.seen(Ref(acme.sent()[0].rpartition(" ")[2]))


# --- what is usual -----------------------------------------------------------------------------


async def test_a_company_may_have_another_usual_mode_for_pages() -> None:
    """The status message says it; the menu still changes it."""
    house = {"threads": UsualModes(pages=ThreadMode.MENTIONS)}
    async with running_acme(house=house) as acme:
        page = await paged(acme)
        assert "Only replies that mention me go to the pager" in (await acme.status(page.ref)).text
        await acme.reply(page, "just between us")
        await acme.reply(page, "on it", mentions_us=True)
        await acme.work()
        assert (len(acme.sent("between us")), len(acme.sent("on it"))) == (0, 1)
        await switch(acme, page, ThreadMode.REPLIES)
        await acme.reply(page, "all of it now")
        await acme.work()
        assert len(acme.sent("all of it now")) == 1


async def test_and_another_for_alerts() -> None:
    """Threads that began before stay as they were: the mode is the thread's own."""
    usual = UsualModes(alerts=ThreadMode.REPLIES)
    async with running_acme(routes=RULES, house={"threads": usual}) as acme:
        page = await alarmed(acme)
        await acme.reply(page, "looking into it")
        await acme.work()
        assert len(acme.sent("looking into it")) == 1
        assert page.mode is ThreadMode.REPLIES


async def test_a_conversation_from_the_pager_begins_like_a_page() -> None:
    """In the lobby, too."""
    async with running_acme(house={"threads": UsualModes(pages=ThreadMode.NOTHING)}) as acme:
        acme.phone("102", "Where is the key?", to=("700",))
        await acme.read()
        (page,) = await acme.store.pages(1)
        assert page.passes is ThreadMode.NOTHING


# --- pages -------------------------------------------------------------------------------------


async def test_all_replies_to_a_page_go_until_somebody_says_otherwise(acme: Acme) -> None:
    """The status message says so, and offers the other modes."""
    page = await paged(acme)
    assert "Replies here go to the pager." in (await acme.status(page.ref)).text
    chosen = await menu(acme, page)
    assert chosen.action == Action.THREAD_MODE
    assert [option.value for option in chosen.options] == [
        f"{page.ref}:mentions",
        f"{page.ref}:nothing",
    ]


async def test_a_switch_is_told_to_everybody_in_the_thread(acme: Acme) -> None:
    """By whom and to what; the status message says it, too, and its menu offers the way back."""
    page = await paged(acme)
    assert await switch(acme, page, ThreadMode.MENTIONS, by=BO) == ""
    (banner,) = await acme.shown(page.ref)
    assert banner.text.startswith("Bo Chen: only replies that mention me go to the pager")
    assert "Only replies that mention me go to the pager" in (await acme.status(page.ref)).text
    assert f"{page.ref}:replies" in [o.value for o in (await menu(acme, page)).options]
    await switch(acme, page, ThreadMode.REPLIES)
    assert "go to 3 pagers now" in (await acme.shown(page.ref))[-1].text


async def test_only_what_mentions_the_app_goes_after_the_switch(acme: Acme) -> None:
    """The rest stays without a sign, and its author hears once why."""
    page = await paged(acme)
    await switch(acme, page, ThreadMode.MENTIONS)
    first = await acme.reply(page, "among ourselves")
    await acme.reply(page, "still among ourselves")
    await acme.reply(page, "for you", mentions_us=True)
    await acme.work()
    assert [text.split()[0] for text in acme.sent()] == ["Disk", "for"]
    assert signs(acme, first) == []
    assert len(acme.chat.told) == 1
    assert "only messages that mention me" in acme.told()


async def test_a_stopped_thread_sends_nothing_at_all(acme: Acme) -> None:
    """Not even what mentions the app; from the pager words still come."""
    page = await paged(acme)
    await acme.read()
    await switch(acme, page, ThreadMode.NOTHING)
    await acme.reply(page, "hello", mentions_us=True)
    await acme.work()
    assert len(acme.sent()) == 1
    assert "nothing from this thread goes to the pager" in acme.told()
    acme.phone("102", "coming")
    await acme.read()
    assert (await acme.shown(page.ref))[-1].text == "coming"


async def test_what_stayed_stays_when_more_goes_later(acme: Acme) -> None:
    """Also when the thread is read again: an event may come a second time after the switch."""
    page = await paged(acme)
    await switch(acme, page, ThreadMode.NOTHING)
    await acme.reply(page, "among ourselves", key="slack:one")
    await acme.reply(page, "// a note", key="slack:two")
    await switch(acme, page, ThreadMode.REPLIES)
    await acme.reply(page, "among ourselves", key="slack:one")
    await acme.reply(page, "a note", key="slack:two")
    await acme.work()
    assert len(acme.sent()) == 1


async def test_a_correction_that_is_not_made_yet_stops_with_its_thread(acme: Acme) -> None:
    """Stop means stop, also for what was edited a moment before."""
    page = await paged(acme)
    message = await acme.reply(page, "on it")
    await acme.work()
    await acme.edit(page, message, "on it now", "on it")
    await switch(acme, page, ThreadMode.NOTHING)
    await acme.pass_time(WINDOW)
    assert acme.sent("Correction") == []


async def test_an_edit_does_not_get_around_the_mode(acme: Acme) -> None:
    """Neither as a correction nor by mentioning the app afterwards."""
    page = await paged(acme)
    message = await acme.reply(page, "on it")
    await acme.work()
    await switch(acme, page, ThreadMode.MENTIONS)
    await acme.edit(page, message, "on it, but do not tell", "on it")
    other = await acme.reply(page, "between us")
    await acme.edit(page, other, "between us, @pager", "between us", mentions_us=True)
    await acme.pass_time(WINDOW)
    assert len(acme.sent()) == 2
    assert "an edit doesn't send what wasn't sent" in acme.told()


@pytest.mark.parametrize("user", [GUEST, STRANGER])
async def test_who_may_not_page_may_not_switch(acme: Acme, user: str) -> None:
    """They are told so, and nothing changes."""
    page = await paged(acme)
    assert "You may not write to these pagers" in await switch(
        acme, page, ThreadMode.NOTHING, by=user
    )
    assert (await acme.seen(page.ref)).passes is ThreadMode.REPLIES
    assert await acme.shown(page.ref) == []


async def test_a_stale_menu_changes_nothing(acme: Acme) -> None:
    """A mode that is in force already is not announced again; nonsense is none."""
    page = await paged(acme)
    await switch(acme, page, ThreadMode.REPLIES)
    nonsense = Button(Action.THREAD_MODE, f"{page.ref}:everything", "")
    assert "Which page" in said(await acme.press(nonsense))
    assert await acme.shown(page.ref) == []


async def test_a_switch_is_in_the_audit_trail(acme: Acme) -> None:
    """Who let a thread out, or shut it."""
    page = await paged(acme)
    await switch(acme, page, ThreadMode.NOTHING, by=BO)
    newest, *_ = await acme.store.audit_newest(1, page.ref)
    assert (newest.act, newest.who) == ("thread.switched", f"T0ACME/{BO}")


# --- alerts ------------------------------------------------------------------------------------


async def test_of_talk_about_an_alert_only_mentions_go() -> None:
    """People discuss an incident in its thread; its card says what reaches the pagers."""
    async with running_acme(routes=RULES) as acme:
        page = await alarmed(acme)
        before = len(acme.sent())
        await acme.reply(page, "looks like the backup")
        await acme.reply(page, "we are on it", mentions_us=True)
        await acme.work()
        assert len(acme.sent()) == before + 1
        assert "we are on it" in acme.sent()[-1]
        assert "Only replies that mention me go to the pager" in (await acme.status(page.ref)).text


async def test_an_alerts_thread_may_be_opened() -> None:
    """Then all replies go."""
    async with running_acme(routes=RULES) as acme:
        page = await alarmed(acme)
        await switch(acme, page, ThreadMode.REPLIES)
        await acme.reply(page, "looks like the backup")
        await acme.work()
        assert "looks like the backup" in acme.sent()[-1]
