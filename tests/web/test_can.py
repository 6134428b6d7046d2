"""`/page can`, asked by an operator over the control door."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from gateway.services.allowance import Allowance
from gateway.services.permission import Unlinked
from gateway.text.words import Words
from gateway.web.can import can_routes
from tests.services.acme import ACME, AVERY, DANA, GUEST, Acme, running_acme
from tests.services.test_policies import DBAS, ROUTES
from tests.web.sockets import served


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=ROUTES) as acme:
        acme.chat.groups[DBAS] = (AVERY,)
        yield acme


def asking(acme: Acme) -> Allowance:
    """Judge by what the company judges by."""
    return Allowance(ACME, acme.chat, acme.clock, acme.directory, acme.permission)


@pytest.fixture
async def door(acme: Acme, tmp_path: Path) -> AsyncIterator[ClientSession]:
    async with served(tmp_path / "s", *can_routes(asking(acme), Words.load())) as session:
        yield session


async def ask(door: ClientSession, *who: str, user: str = DANA) -> tuple[int, Any]:
    """Ask about somebody."""
    query = [("as", user), *(("who", each) for each in who)]
    async with door.get("/-/can", params=query) as answer:
        return answer.status, await answer.json()


async def test_every_rule_that_was_tried_is_told(door: ClientSession) -> None:
    """As facts with stable keys, and in words."""
    status, told = await ask(door, "DBA", "102")
    assert status == 200
    assert told["can"] == {
        "user": "U0DANA",
        "name": "Dana Lee",
        "allowed": False,
        "barred": "",
        "sender": "104",
        "own": True,
        "recipients": [
            {
                "number": "400",
                "name": "DBA",
                "allowed": False,
                "rule": "Nobody else does",
                "needs_group": DBAS,
                "tried": [
                    {"rule": "DBAs page DBAs", "allow": True, "unmet": ["groups"]},
                    {"rule": "Nobody else does", "allow": False, "unmet": []},
                ],
            },
            {
                "number": "102",
                "name": "Bo Chen",
                "allowed": True,
                "rule": "Everybody pages everybody",
                "needs_group": "",
                "tried": [
                    {"rule": "DBAs page DBAs", "allow": True, "unmet": ["to", "groups"]},
                    {"rule": "Nobody else does", "allow": False, "unmet": ["to"]},
                    {"rule": "Everybody pages everybody", "allow": True, "unmet": []},
                ],
            },
        ],
    }
    assert told["lines"][:2] == [
        "Dana Lee may not page DBA.",
        "Pages go out from their own extension 104.",
    ]
    assert "✗ DBA: denied by “Nobody else does”" in told["lines"]
    assert f"  DBA: members of the {DBAS} group may" in told["lines"]
    assert (
        "  Bo Chen: not “DBAs page DBAs”, because of who is paged and their groups"
        in (told["lines"])
    )


@pytest.mark.parametrize("user", [DANA, AVERY])
async def test_the_answer_is_what_would_happen(acme: Acme, door: ClientSession, user: str) -> None:
    """Whoever may, pages; whoever may not, is refused."""
    _, told = await ask(door, "DBA", user=user)
    person = next(each for each in (DANA, AVERY) if each == user)
    await acme.command("dba Fire", by=person)
    await acme.work()
    assert bool(acme.sent()) is told["can"]["allowed"]


async def test_who_may_page_nobody_is_told_with_the_setting(door: ClientSession) -> None:
    """A guest, and which setting it is."""
    _, told = await ask(door, "102", user=GUEST)
    assert (told["can"]["allowed"], told["can"]["barred"]) == (False, "guest")
    assert "policy.guests lets guests in" in told["lines"][1]


async def test_somebody_without_an_extension_may_be_barred(tmp_path: Path) -> None:
    """Where the company asks for one."""
    async with (
        running_acme(unlinked=Unlinked.DENY) as acme,
        served(tmp_path / "s", *can_routes(asking(acme), Words.load())) as door,
    ):
        _, told = await ask(door, "102", user=AVERY)
        assert told["can"]["barred"] == "unlinked"
        _, told = await ask(door, "102")
        assert told["lines"][0] == "Dana Lee may page Bo Chen."


@pytest.mark.parametrize(
    ("who", "user", "code"),
    [
        ("Sam", DANA, "recipient.ambiguous"),
        ("Zelda", DANA, "recipient.unknown"),
        ("102", "U0NOBODY", "can.nobody"),
        (" ", DANA, "can.request"),
        ("102", "", "can.request"),
    ],
)
async def test_what_cannot_be_told_says_why(
    door: ClientSession, who: str, user: str, code: str
) -> None:
    """With a code for programs."""
    status, told = await ask(door, who, user=user)
    assert status in {400, 404}
    assert told["error"]["code"] == code
    assert told["error"]["message"]
