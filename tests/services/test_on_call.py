"""`/page oncall`: who is on call now, until when, and who is next."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.domain.routing.oncall import Schedule, Turn, rotation
from tests.acceptance.alert_rules import RULES
from tests.services.acme import BO, Acme, buttons, running_acme, said

MONDAY = datetime(2026, 1, 5, 9)  # noqa: DTZ001 - turns are in wall time
WEEK = timedelta(weeks=1)
ROUTES = replace(
    RULES,
    schedules={
        "dba-rota": Schedule("dba-rota", (rotation(("Bo Chen", "Avery Kim"), MONDAY, WEEK),)),
        "watch": Schedule("watch", (rotation(("Priya Patel", "Sam Smyth"), MONDAY, WEEK),)),
        "gone": Schedule("gone", ((Turn(("Nobody Known",), MONDAY, timedelta(hours=1)),),)),
    },
)


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=ROUTES) as running:
        yield running


async def asked(acme: Acme, name: str = "") -> str:
    """Ask who is on call."""
    return said(await acme.command(f"oncall {name}"))


async def test_a_schedule_tells_who_until_when_and_who_is_next(acme: Acme) -> None:
    """The handover's day is told, too; who has the duty can be paged at once."""
    acme.clock.set(datetime.fromisoformat("2026-01-06T10:00+00:00"))
    answer = await acme.command("oncall dba-rota")
    told = "On call for dba-rota: Bo Chen until 2026-01-12 09:00, then Avery Kim."
    assert said(answer).startswith(told)
    assert [(b.label, b.value) for b in buttons(answer.content)] == [("Page Bo Chen", "102")]
    acme.clock.set(datetime.fromisoformat("2026-01-12T09:00+00:00"))
    assert "Avery Kim until 2026-01-19 09:00, then Bo Chen." in await asked(acme, "dba-rota")


async def test_a_department_has_the_schedules_that_stand_behind_it(acme: Acme) -> None:
    """By their name, or because its members take the turns."""
    assert "On call for dba-rota: " in await asked(acme, "dba")
    leads = await asked(acme, "on-call leads")
    assert "On call for watch: " in leads
    assert "dba-rota" not in leads


async def test_a_person_has_the_schedules_with_their_turns(acme: Acme) -> None:
    """Whether or not it is theirs now."""
    told = await asked(acme, "Sam Smyth")
    assert "On call for watch: " in told
    assert "dba-rota" not in told


async def test_without_a_name_all_schedules_are_told(acme: Acme) -> None:
    """Also one that is over, and whose people nobody knows."""
    told = await asked(acme)
    assert "On call for dba-rota: " in told
    assert "On call for watch: " in told
    assert "On call for gone: nobody." in told


async def test_who_has_no_schedule_is_told_so(acme: Acme) -> None:
    """And whom nobody knows is asked about, not paged."""
    assert "No schedule says who is on call for front desk." in await asked(acme, "front desk")
    assert "Did you want" in await asked(acme, "nobody-at-all")


async def test_without_schedules_that_is_said() -> None:
    """Nothing is made up."""
    async with running_acme(routes=RULES) as acme:
        assert "No schedule says who is on call." in await asked(acme)
        assert "No schedule says" in said(await acme.command("oncall 102", by=BO))
