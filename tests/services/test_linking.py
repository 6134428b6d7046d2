"""`/page link`: a person's own extension, with their word at the pager and in the chat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.content import Button
from gateway.domain.errors import PagerUnavailableError, StoreUnavailableError
from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.inbound import PersonGone, WorkspaceGone
from gateway.domain.pages import Page, Person
from gateway.ports.changes import UnlinkPerson
from gateway.ports.store import Unit
from gateway.services.linking.requests import REQUEST_LIFE
from gateway.services.linking.signing_in import Departure, SignIn, Verdict
from gateway.services.permission import Unlinked
from tests.fakes.accounts import FOREIGN
from tests.services.acme import (
    ACME,
    BO,
    CASEY,
    DANA,
    Acme,
    button,
    buttons,
    running_acme,
    said,
    until,
)

N101, N102, N118 = (ExtensionNumber(n) for n in ("101", "102", "118"))
SAM, LEE = ChatUserId("U0SAM"), ChatUserId("U0LEE")
"""Two people of whom the settings know nothing."""


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    """The usual company, and two more people in its chat."""
    async with running_acme() as acme:
        for user, name in ((SAM, "Sam"), (LEE, "Lee")):
            acme.chat.people[user] = Person(ACME, user, name)
        yield acme


def sign_in(acme: Acme) -> SignIn:
    return acme.core.linking.sign_in


async def started(acme: Acme, by: ChatUserId = BO) -> Departure:
    """Type the command and take a browser to the pager's page."""
    offer = await acme.command("link", by=by)
    address = button(offer.content, "Connect RingCentral").url
    departure = await sign_in(acme).depart(address.rpartition("/")[2])
    assert departure is not None
    return departure


async def asked(acme: Acme, by: ChatUserId = BO, extension: ExtensionNumber = N102) -> Button:
    """Sign in as an extension; gives the button that the chat shows."""
    departure = await started(acme, by)
    state, code = acme.accounts.say_yes(departure.address, extension)
    arrival = await sign_in(acme).come_back(state, code, departure.browser)
    assert arrival.verdict is Verdict.ASKED_IN_CHAT
    assert arrival.user_name == acme.person(by).name
    await acme.work()
    return acme.button("Link", by).button


async def linked(acme: Acme, by: ChatUserId = BO, extension: ExtensionNumber = N102) -> None:
    """Link somebody, all the way."""
    answer = await acme.press(await asked(acme, by, extension), by=by)
    assert f"Linked. You send as {acme.pager.people[extension].name}" in said(answer)


async def came_back(acme: Acme, state: str, code: str, browser: str) -> Verdict:
    return (await sign_in(acme).come_back(state, code, browser)).verdict


@asynccontextmanager
async def hearing_ends(acme: Acme) -> AsyncIterator[None]:
    """Let the links be followed for the length of the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acme.core.linking.run())
        yield
        task.cancel()


async def paged(acme: Acme, by: ChatUserId = BO, text: str = "101 Ping") -> Page:
    await acme.page(text, by=by)
    await acme.work()
    return await acme.last_page(by)


# --- the way there -----------------------------------------------------------------------------


async def test_a_linked_person_sends_from_their_own_extension(acme: Acme) -> None:
    """At once, and as themselves: without the shared sender's first line."""
    before = await paged(acme)
    await linked(acme)
    after = await paged(acme, text="101 Pong")
    assert (before.sender, after.sender) == ("700", "102")
    assert not after.on_behalf
    assert acme.sent("Pong")[0].startswith("Pong")


async def test_replies_are_seen_in_their_own_mailbox(acme: Acme) -> None:
    """Without a restart: the mailbox is followed from then on."""
    await linked(acme)
    assert {box.extension for box in await acme.pager.mailboxes()} == {"700", "104", "102"}
    page = await paged(acme)
    await acme.read()
    acme.phone("101", "on my way")
    await acme.read("102")
    assert "on my way" in [posted.text for posted in await acme.shown(page.ref)]


async def test_both_sides_are_named_before_anything_is_linked(acme: Acme) -> None:
    """In a private message; the ways out are one click."""
    await asked(acme)
    assert "to extension 102, Bo Chen?" in acme.told(BO)
    assert acme.people.extension_of(BO) is None


async def test_cancel_signs_out_again(acme: Acme) -> None:
    """Nothing is linked, no session is left, and the button is used up."""
    await asked(acme)
    cancel, link = acme.button("Cancel", BO).button, acme.button("Link", BO).button
    assert "Nothing was linked." in said(await acme.press(cancel, by=BO))
    assert acme.accounts.sessions == {}
    assert "That question is over." in said(await acme.press(link, by=BO))
    assert acme.people.extension_of(BO) is None


async def test_only_who_asked_can_confirm(acme: Acme) -> None:
    """Whoever forwarded the link, or sees the button."""
    link = await asked(acme)
    assert "Only the person who asked" in said(await acme.press(link, by=CASEY))
    double = replace(acme.person(BO), workspace=WorkspaceId("T0OTHER"))
    assert "Only the person who asked" in said(await acme.press(link, by=double))
    assert acme.people.linked == ()
    assert "Linked." in said(await acme.press(link, by=BO))


async def test_a_guest_links_nothing(acme: Acme) -> None:
    """Not even with a button from before."""
    link = await asked(acme)
    guest = replace(acme.person(BO), guest=True)
    assert "Only members of this company" in said(await acme.press(link, by=guest))
    assert acme.people.linked == ()


async def test_a_link_pressed_twice_is_one(acme: Acme) -> None:
    """Slack sends a click again; the second finds it done."""
    link = await asked(acme)
    await acme.press(link, by=BO)
    again = await acme.press(link, by=BO)
    assert "You send as extension 102." in said(again)
    assert not again.replace
    assert len(acme.people.linked) == 1
    assert list(acme.accounts.sessions.values()) == [N102]


# --- refusals ----------------------------------------------------------------------------------


async def test_a_state_works_once(acme: Acme) -> None:
    """Also with another code behind it."""
    departure = await started(acme)
    state, code = acme.accounts.say_yes(departure.address, N102)
    await sign_in(acme).come_back(state, code, departure.browser)
    again = acme.accounts.say_yes(departure.address, N101)[1]
    assert await came_back(acme, state, again, departure.browser) is Verdict.OVER
    assert list(acme.accounts.sessions.values()) == [N102]


@pytest.mark.parametrize("browser", ["", "another"])
async def test_another_browser_is_sent_away(acme: Acme, browser: str) -> None:
    """And ends the wish: whoever has the state may have stolen it."""
    departure = await started(acme)
    state, code = acme.accounts.say_yes(departure.address, N102)
    assert await came_back(acme, state, code, browser) is Verdict.OVER
    assert await came_back(acme, state, code, departure.browser) is Verdict.OVER
    assert acme.accounts.sessions == {}


async def test_a_code_of_another_browsers_wish_does_not_work(acme: Acme) -> None:
    """Its challenge was another (PKCE)."""
    mine, other = await started(acme, BO), await started(acme, CASEY)
    _, stolen = acme.accounts.say_yes(other.address, N101)
    state, _ = acme.accounts.say_yes(mine.address, N102)
    assert await came_back(acme, state, stolen, mine.browser) is Verdict.OVER
    assert acme.accounts.sessions == {}


async def test_a_ticket_takes_one_browser_to_the_pager(acme: Acme) -> None:
    """Looking at the start page uses nothing up; going does."""
    offer = await acme.command("link", by=BO)
    ticket = button(offer.content, "Connect RingCentral").url.rpartition("/")[2]
    for _ in range(2):
        request = await sign_in(acme).asked(ticket)
        assert request is not None
        assert request.user_name == acme.person(BO).name
    assert await sign_in(acme).depart(ticket) is not None
    assert await sign_in(acme).depart(ticket) is None
    assert await sign_in(acme).asked(ticket) is None


async def test_a_newer_wish_takes_the_place_of_an_older(acme: Acme) -> None:
    """And what the older one was granted is given back."""
    old = await asked(acme)
    await started(acme)
    assert "That question is over." in said(await acme.press(old, by=BO))
    assert acme.accounts.sessions == {}


async def test_every_stage_is_over_after_ten_minutes(acme: Acme) -> None:
    """The address, the way to the pager and back, the button."""
    offer = await acme.command("link", by=BO)
    ticket = button(offer.content, "Connect RingCentral").url.rpartition("/")[2]
    departure = await started(acme, CASEY)
    link = await asked(acme, SAM, N118)
    acme.clock.move(REQUEST_LIFE.total_seconds())
    assert await sign_in(acme).depart(ticket) is None
    state, code = acme.accounts.say_yes(departure.address, N102)
    assert await came_back(acme, state, code, departure.browser) is Verdict.OVER
    assert "That question is over." in said(await acme.press(link, by=SAM))
    assert acme.people.linked == ()


async def test_of_two_buttons_at_once_one_decides(acme: Acme) -> None:
    """Link and Cancel pressed together: linked with its session, or neither."""
    await asked(acme)
    link, cancel = acme.button("Link", BO).button, acme.button("Cancel", BO).button
    await asyncio.gather(acme.press(cancel, by=BO), acme.press(link, by=BO))
    assert len(acme.people.linked) == len(acme.accounts.sessions)


async def test_what_nobody_answers_is_signed_out_again(acme: Acme) -> None:
    """When its time is over, and not before."""
    await asked(acme)
    await sign_in(acme).tidy()
    assert list(acme.accounts.sessions.values()) == [N102]
    acme.clock.move(REQUEST_LIFE.total_seconds())
    await sign_in(acme).tidy()
    assert acme.accounts.sessions == {}


async def test_what_was_linked_is_not_signed_out(acme: Acme) -> None:
    """Its question is answered."""
    await linked(acme)
    acme.clock.move(REQUEST_LIFE.total_seconds())
    await sign_in(acme).tidy()
    assert list(acme.accounts.sessions.values()) == [N102]


async def test_the_home_tab_offers_what_can_be_changed(acme: Acme) -> None:
    """Connect, disconnect, or nothing for whom the settings link."""
    await acme.home(BO)
    assert "[Connect my extension]" in acme.shown_home(BO)
    await linked(acme)
    await acme.home(BO)
    assert "[Disconnect]" in acme.shown_home(BO)
    await acme.home(DANA)
    assert "onnect" not in acme.shown_home(DANA)


@pytest.mark.parametrize("state", ["", ".", "x", "x.y", "🔥.🔥", "x" * 500])
async def test_no_state_breaks_the_way_back(acme: Acme, state: str) -> None:
    """Whatever somebody types into the address."""
    assert await came_back(acme, state, "code", "browser") is Verdict.OVER
    assert await sign_in(acme).depart(state) is None


async def test_who_said_no_is_told_so(acme: Acme) -> None:
    """RingCentral's page has a way out as well."""
    departure = await started(acme)
    state, _ = acme.accounts.say_yes(departure.address, N102)
    assert await came_back(acme, state, "", departure.browser) is Verdict.DECLINED


async def test_another_companys_account_is_not_linked(acme: Acme) -> None:
    """An extension 104 exists in many companies."""
    departure = await started(acme)
    state, code = acme.accounts.say_yes(departure.address, FOREIGN)
    assert await came_back(acme, state, code, departure.browser) is Verdict.FOREIGN
    await acme.work()
    assert "Link" not in acme.told(BO)


async def test_a_pager_that_is_away_links_nothing(acme: Acme) -> None:
    """The browser is told to begin again."""
    departure = await started(acme)
    state, code = acme.accounts.say_yes(departure.address, N102)
    acme.accounts.away = PagerUnavailableError()
    assert await came_back(acme, state, code, departure.browser) is Verdict.UNAVAILABLE


async def test_what_the_settings_say_holds(acme: Acme) -> None:
    """101 is Avery's and 700 everybody's, whoever can sign in as them."""
    for extension in (N101, ExtensionNumber("700")):
        answer = await acme.press(await asked(acme, BO, extension), by=BO)
        assert f"Extension {extension} can't be linked to you." in said(answer)
    assert acme.people.linked == ()
    assert acme.accounts.sessions == {}


async def test_who_is_linked_by_the_settings_needs_nothing(acme: Acme) -> None:
    """There is nothing to connect, and nothing to end."""
    assert "You send as extension 104." in said(await acme.command("link", by=DANA))
    assert buttons((await acme.command("settings", by=DANA)).content) == []
    assert "An admin matched you" in said(await acme.command("unlink", by=DANA))


# --- whose it was ------------------------------------------------------------------------------


async def test_the_holder_before_is_told(acme: Acme) -> None:
    """And sends from the shared sender again; their session is over."""
    await linked(acme, SAM, N118)
    await linked(acme, LEE, N118)
    await acme.work()
    assert "Extension 118 is linked to somebody else now." in acme.told(SAM)
    assert acme.people.extension_of(SAM) is None
    assert list(acme.accounts.sessions) == [acme.people.linked[0].credential]


# --- how it ends -------------------------------------------------------------------------------


async def test_unlink_signs_out_and_forgets(acme: Acme) -> None:
    """Pages come from the shared sender again, named."""
    await linked(acme)
    answer = await acme.command("unlink", by=BO)
    assert "Disconnected from extension 102." in said(answer)
    assert acme.accounts.sessions == {}
    assert await acme.store.people(ACME) == ()
    assert (await paged(acme)).on_behalf
    assert {box.extension for box in await acme.pager.mailboxes()} == {"700", "104"}


async def test_unlink_ends_the_link_though_the_pager_is_away(acme: Acme) -> None:
    """Here it counts at once; the session there dies of age."""
    await linked(acme)
    acme.accounts.away = PagerUnavailableError()
    assert "Disconnected" in said(await acme.command("unlink", by=BO))
    assert acme.people.linked == ()


async def test_what_the_pager_ended_is_turned_off_and_told(acme: Acme) -> None:
    """With the button that begins anew."""
    await linked(acme)
    async with hearing_ends(acme):
        acme.accounts.end(N102)
        await until(lambda: acme.clock.sleepers == 3)
        acme.clock.move(10)
        await until(lambda: acme.people.extension_of(BO) is None)
        await acme.work()
    assert "Your connection with extension 102 ended." in acme.told(BO)
    again = acme.button("Link again", BO)
    assert "Connect your RingCentral account." in said(await acme.press(again, by=BO))


async def test_who_unlinked_elsewhere_is_not_told_twice(acme: Acme) -> None:
    """The process that signed them out says so; another one only finds the session over."""
    await linked(acme)
    link = acme.people.linked[0]
    await acme.store.commit(Unit((UnlinkPerson(link),)))
    await acme.core.linking.links.lost(link.credential)
    await acme.work()
    assert acme.people.linked == ()
    assert "ended" not in acme.told(BO)


async def test_what_waits_is_not_sent_from_elsewhere(acme: Acme) -> None:
    """It is refused with words, and sent from the shared sender only when its author says so."""
    await linked(acme)
    acme.pager.away = PagerUnavailableError()
    await acme.page("101 Ping", by=BO)
    await acme.pass_time(60)
    acme.pager.away = None
    await acme.command("unlink", by=BO)
    await acme.pass_time(120)
    assert acme.sent("Ping") == []
    assert "We may not send from extension 102 any more." in acme.told(BO)
    await acme.press(acme.button("Send from the shared sender", BO), by=BO)
    await acme.work()
    assert (await acme.last_page(BO)).sender == "700"
    assert acme.sent("Ping")[0].startswith("Bo")


async def test_where_only_linked_people_may_send_the_link_decides() -> None:
    """Before: refused, with the button that links. After: sent. Unlinked again: refused."""
    async with running_acme(unlinked=Unlinked.DENY) as acme:
        refused = await acme.command("101 Ping", by=BO)
        assert "isn't matched with an extension" in said(refused)
        button(refused.content, "Connect my extension")
        await linked(acme)
        assert (await paged(acme)).sender == "102"
        await acme.command("unlink", by=BO)
        assert "isn't matched" in said(await acme.command("101 Ping", by=BO))


async def test_what_waits_is_judged_as_the_policy_for_unlinked_people_says() -> None:
    """Where they may not send at all, no way is offered that would not work."""
    async with running_acme(unlinked=Unlinked.DENY) as acme:
        await linked(acme)
        acme.pager.away = PagerUnavailableError()
        await acme.page("101 Ping", by=BO)
        await acme.pass_time(60)
        acme.pager.away = None
        await acme.command("unlink", by=BO)
        await acme.pass_time(120)
        assert acme.sent("Ping") == []
        assert "isn't matched with an extension" in acme.told(BO)
        assert "Send from the shared sender" not in acme.told(BO)
        acme.button("Connect my extension", BO)


async def test_the_end_of_the_app_ends_its_links(acme: Acme) -> None:
    """Nobody of that workspace is spoken for any more."""
    await linked(acme)
    await acme.intake.workspace_gone(WorkspaceGone(acme.key(), ACME))
    assert acme.people.linked == ()
    assert acme.accounts.sessions == {}


async def test_who_leaves_the_chat_is_spoken_for_no_more(acme: Acme) -> None:
    """Only they; hearing it twice changes nothing."""
    await linked(acme)
    await linked(acme, SAM, N118)
    for _ in range(2):
        await acme.intake.person_gone(PersonGone(ACME, BO))
    assert [link.user for link in acme.people.linked] == [SAM]
    assert list(acme.accounts.sessions.values()) == [N118]


# --- other processes ---------------------------------------------------------------------------


async def test_a_link_made_elsewhere_is_known_before_it_is_doubted(acme: Acme) -> None:
    """A page accepted by one process is sent by another that has not heard of the link yet."""
    await linked(acme)
    await acme.page("101 Ping", by=BO)
    acme.people.learn(())
    await acme.work()
    assert [each.sender for each in acme.pager.accepted if "Ping" in each.text] == ["102"]


async def test_links_are_there_after_a_restart(acme: Acme) -> None:
    """They are read before the first command."""
    await linked(acme)
    acme.people.learn(())
    await acme.core.linking.links.book.refresh()
    assert acme.people.extension_of(BO) == N102


async def test_a_database_that_is_away_changes_nothing(acme: Acme) -> None:
    """Who was linked stays linked."""
    await linked(acme)
    acme.disk.lost_reads = 1
    with pytest.raises(StoreUnavailableError):
        await acme.core.linking.links.book.refresh()
    assert acme.people.extension_of(BO) == N102


async def test_a_link_is_not_made_when_it_cannot_be_recorded(acme: Acme) -> None:
    """The button still works afterwards."""
    link = await asked(acme)
    acme.disk.lost_writes = 1
    with pytest.raises(StoreUnavailableError):
        await acme.press(link, by=BO)
    assert acme.people.linked == ()
    assert "Linked." in said(await acme.press(link, by=BO))


def test_a_wish_lasts_ten_minutes() -> None:
    """As the words say."""
    assert timedelta(minutes=10) == REQUEST_LIFE
