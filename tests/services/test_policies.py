"""The company's table holds for commands, forms, replies, buttons, and for what waits."""

from collections.abc import AsyncIterator

import pytest

from gateway.domain.errors import ChatUnavailableError, PagerUnavailableError
from gateway.domain.ids import ChatUserId
from gateway.domain.policy import PolicyRule, PolicyTable
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.tree import OwnSettings, Receiver, Seed, grow
from tests.services.acme import AVERY, DANA, Acme, running_acme, said

DBAS = "S0DBAS"
LONGER_THAN_REMEMBERED_S = 400
ROUTES = Routes(
    grow(Seed(OwnSettings(receiver="lobby"))),
    {"lobby": Receiver("lobby", channel="C0OPS")},
    policies=PolicyTable(
        (
            PolicyRule("DBAs page DBAs", allow=True, to=("DBA",), groups=(DBAS,)),
            PolicyRule("Nobody else does", allow=False, to=("DBA",)),
            PolicyRule("Everybody pages everybody", allow=True),
        )
    ),
)


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=ROUTES) as acme:
        acme.chat.groups[DBAS] = (AVERY,)
        yield acme


async def test_whom_the_table_allows_pages_and_whom_it_does_not_reads_why(acme: Acme) -> None:
    """In words that name the group; other recipients are free."""
    await acme.page("dba Fire", by=AVERY)
    await acme.work()
    assert len(acme.sent()) == 1
    denied = await acme.command("dba Fire", by=DANA)
    assert f"Pages to DBA need the {DBAS} group" in said(denied)
    await acme.page("102 Fire", by=DANA)
    await acme.work()
    assert len(acme.sent()) == 2


async def test_one_forbidden_recipient_is_enough(acme: Acme) -> None:
    """Nobody is paged, and only the forbidden one is named."""
    denied = await acme.command("102, dba: Fire", by=DANA)
    assert "Pages to DBA need" in said(denied)
    await acme.work()
    assert acme.sent() == []


async def test_replies_are_judged_too(acme: Acme) -> None:
    """Whoever may not page a department does not speak in its conversations."""
    page = await acme.page("dba Fire", by=AVERY)
    await acme.work()
    await acme.reply(page, "what now", by=DANA)
    await acme.reply(page, "on it", by=AVERY)
    await acme.work()
    assert acme.sent("what now") == []
    assert len(acme.sent("on it")) == 1
    assert "Pages to DBA need" in acme.told(DANA)


@pytest.mark.parametrize("leaves", [True, False])
async def test_what_waits_is_judged_by_todays_groups(acme: Acme, *, leaves: bool) -> None:
    """Somebody who left the group is refused; who did not is sent."""
    acme.pager.away = PagerUnavailableError()
    await acme.page("dba Fire", by=AVERY)
    await acme.work()
    acme.chat.groups[DBAS] = () if leaves else (AVERY,)
    await acme.pass_time(LONGER_THAN_REMEMBERED_S)
    acme.pager.away = None
    await acme.pass_time(120)
    assert len(acme.sent()) == (0 if leaves else 1)


async def test_chat_that_is_away_leaves_groups_as_they_were(acme: Acme) -> None:
    """Who is not known to be in a group is in none."""
    acme.chat.away = ChatUnavailableError()
    assert "need the" in said(await acme.command("dba Fire", by=AVERY))
    acme.chat.away = None
    await acme.page("dba Fire", by=AVERY)
    acme.chat.away = ChatUnavailableError()
    await acme.pass_time(LONGER_THAN_REMEMBERED_S)
    assert "need the" not in said(await acme.command("dba Water", by=AVERY))


@pytest.mark.parametrize(
    ("who", "typed", "answer"),
    [
        (AVERY, "can dba", "You may page DBA from here."),
        (DANA, "can dba", "You may not page DBA from here."),
        (DANA, "can 102", "You may page Bo Chen from here."),
    ],
)
async def test_can_tells_without_paging(
    acme: Acme, who: ChatUserId, typed: str, answer: str
) -> None:
    """And names the rule."""
    told = await acme.command(typed, by=who)
    assert answer in said(told)
    assert any(rule.name in said(told) for rule in ROUTES.policies.rules)
    await acme.work()
    assert acme.sent() == []
