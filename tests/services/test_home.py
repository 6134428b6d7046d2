"""The home tab: what waits, what was done, whom one can page; true when it is looked at."""

from dataclasses import replace

from gateway.domain.ids import ChatUserId
from gateway.domain.policy import PolicyRule, PolicyTable
from gateway.routes.reading import read_routes
from gateway.services.permission import Unlinked
from tests.fakes.chat import words
from tests.services.acme import AVERY, BO, CASEY, DANA, GUEST, STRANGER, Acme, button, running_acme
from tests.services.test_escalation import fire

ROUTES = read_routes("""\
receivers: [{name: lobby, channel: C0OPS}, {name: dba, page: [DBA], channel: C0DBA}]
route:
  receiver: lobby
  group_wait: 0s
  routes: [{matchers: ['team="db"'], receiver: dba}]
""").routes


async def seen(acme: Acme, by: ChatUserId = DANA) -> str:
    """Look at somebody's home tab."""
    await acme.home(by)
    return acme.shown_home(by)


async def test_an_alert_waits_for_those_who_were_paged_and_one_click_takes_it() -> None:
    """The tab is drawn anew at once, the card in the channel says who has it."""
    async with running_acme(routes=ROUTES) as acme:
        assert "No alert waits for you." in await seen(acme, BO)
        await fire(acme)
        assert "DiskFull on db-7" in await seen(acme, BO)
        ack = button(acme.chat.homes[BO], "Acknowledge")
        answer = await acme.press(ack, by=BO, channel=None)
        assert answer.content is None
        assert "No alert waits for you." in acme.shown_home(BO)
        await acme.work()
        assert any("Acknowledged by Bo Chen" in words(m.content) for m in acme.chat.posted)


async def test_an_alert_of_others_does_not_wait(acme: Acme) -> None:
    """Neither for those who were not paged, nor for those whose extension nobody knows."""
    async with running_acme(routes=ROUTES) as company:
        await fire(company)
        assert "No alert waits" in await seen(company, CASEY)
        assert "DiskFull" in await seen(company, AVERY)
        await company.press(button(company.chat.homes[AVERY], "Acknowledge"), AVERY, None)
        assert "No alert waits" in await seen(company, BO)
    assert "Waiting for you" not in await seen(acme)


async def test_who_was_slower_hears_who_was_first() -> None:
    """Their tab shows how it is now."""
    async with running_acme(routes=ROUTES) as acme:
        await fire(acme)
        await seen(acme, AVERY)
        late = button(acme.chat.homes[AVERY], "Acknowledge")
        await seen(acme, BO)
        await acme.press(button(acme.chat.homes[BO], "Acknowledge"), BO, None)
        answer = await acme.press(late, AVERY, None)
        assert answer.content is not None
        assert "Already acknowledged by Bo Chen" in words(answer.content)
        assert "No alert waits" in acme.shown_home(AVERY)


async def test_only_departments_one_may_page_are_listed() -> None:
    """With their counts; by the company's rules."""
    closed = PolicyTable(
        (
            PolicyRule("DBA is closed", allow=False, to=("DBA",)),
            PolicyRule("Everybody else", allow=True),
        )
    )
    async with running_acme() as acme:
        shown = await seen(acme)
        assert "DBA · department 400 · 4 people" in shown
        assert "Night Watch" not in shown, "nobody would hear it"
    async with running_acme(routes=replace(ROUTES, policies=closed)) as acme:
        shown = await seen(acme)
        assert "department 400" not in shown
        assert "Front Desk · department" in shown


async def test_those_who_may_not_ask_see_no_names(acme: Acme) -> None:
    """Guests and people of other companies read why, and nothing of the directory."""
    for user in (GUEST, STRANGER):
        shown = await seen(acme, user)
        assert "Only members of this workspace can page from here." in shown
        assert "DBA" not in shown


async def test_who_has_to_link_first_is_offered_nobody() -> None:
    """But the button that links."""
    async with running_acme(unlinked=Unlinked.DENY) as acme:
        shown = await seen(acme, BO)
        assert "There are none." in shown
        assert "[Connect my extension]" in shown
