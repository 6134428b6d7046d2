"""Who may page is judged when a page is accepted, and again when it is sent."""

from dataclasses import replace

import pytest

from gateway.domain.errors import (
    ChatUnavailableError,
    PagerOutcomeUnknownError,
    PagerUnavailableError,
)
from gateway.domain.ids import ExtensionNumber
from gateway.services.permission import Permission, Unlinked
from tests.services.acme import AVERY, BO, DANA, Acme, button, running_acme


async def waiting(acme: Acme, text: str = "102 Fire") -> None:
    """Page while the pager is away, for two minutes."""
    acme.pager.away = PagerUnavailableError()
    await acme.page(text)
    await acme.pass_time(120)
    acme.pager.away = None


@pytest.mark.parametrize("who", ["guest", "stranger", "bot"])
async def test_who_may_no_longer_page_is_refused_in_words(acme: Acme, who: str) -> None:
    """A page that waited does not go out for somebody who is an outsider by now."""
    await waiting(acme)
    acme.chat.people[DANA] = replace(
        acme.person(DANA),
        guest=who == "guest",
        stranger=who == "stranger",
        bot=who == "bot",
    )
    await acme.pass_time(120)
    assert acme.sent() == []
    assert "Only members of this company can page" in acme.told()


async def test_who_lost_their_extension_does_not_speak_from_it(acme: Acme) -> None:
    """It may be somebody else's by now."""
    await waiting(acme)
    acme.people.links = {AVERY: ExtensionNumber("104")}
    await acme.pass_time(120)
    assert acme.sent() == []
    assert "Not sent." in acme.told()


async def test_a_company_that_changed_its_mind_is_heard(acme: Acme) -> None:
    """People without an extension of their own are refused from then on, waiting pages included."""
    acme.pager.away = PagerUnavailableError()
    await acme.page("102 Fire", by=BO)
    await acme.pass_time(120)
    acme.pager.away = None
    authority = acme.core.dispatcher.attempts.authority
    strict = Permission(acme.people, unlinked=Unlinked.DENY)
    object.__setattr__(authority, "permission", strict)
    await acme.pass_time(120)
    assert acme.sent() == []
    assert "isn't matched with an extension" in acme.told(BO)


async def test_a_held_page_is_judged_when_it_is_sent_again(acme: Acme) -> None:
    """Days may have passed since it was accepted."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    page = await acme.page("102 Fire")
    await acme.pass_time(200)
    acme.chat.people[DANA] = replace(acme.person(DANA), guest=True)
    again = button((await acme.status(page.ref)).content, "Send again")
    await acme.press(again, by=DANA)
    await acme.pass_time(60)
    assert acme.sent() == []
    assert "Only members of this company can page" in acme.told()


async def test_what_was_sent_already_is_not_judged_again(acme: Acme) -> None:
    """Looking for it is not sending it."""
    acme.pager.lose_next()
    page = await acme.page("102 Fire")
    await acme.work()
    acme.chat.people[DANA] = replace(acme.person(DANA), guest=True)
    await acme.pass_time(60)
    assert "✅ Sent" in (await acme.status(page.ref)).text


async def test_a_chat_that_is_away_holds_up_no_pager(acme: Acme) -> None:
    """Then people are what they were when we accepted it."""
    await waiting(acme)
    acme.chat.away = ChatUnavailableError()
    await acme.pass_time(120)
    assert len(acme.sent()) == 1


async def test_a_reply_is_judged_like_a_page(acme: Acme) -> None:
    """Through whichever mailbox it would go."""
    page = await acme.page("102 Fire")
    await acme.work()
    acme.pager.away = PagerUnavailableError()
    await acme.reply(page, "me too", by=BO)
    await acme.pass_time(120)
    acme.pager.away = None
    acme.chat.people[BO] = replace(acme.person(BO), stranger=True)
    await acme.pass_time(120)
    assert acme.sent("me too") == []
    assert "Only members of this company can page" in acme.told(BO)


async def test_a_colleague_who_lost_their_extension_does_not_reply_from_it() -> None:
    """The page's own mailbox stays open to everybody who may page."""
    async with running_acme("102") as acme:
        page = await acme.page("102 Fire")
        await acme.work()
        await acme.read()
        acme.pager.away = PagerUnavailableError()
        await acme.reply(page, "from my own", by=BO)
        await acme.pass_time(60)
        acme.pager.away = None
        acme.people.links = {DANA: ExtensionNumber("104")}
        await acme.pass_time(120)
        assert acme.sent("from my own") == []
        await acme.reply(page, "through hers", by=BO)
        await acme.work()
        assert len(acme.sent("through hers")) == 1
