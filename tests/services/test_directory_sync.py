"""The directory in memory: always usable, read anew now and then."""

import asyncio

import pytest

from gateway.domain.errors import PagerUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.services.directory_sync import DirectoryKeeper
from tests.services.acme import Acme, until


def keeper(acme: Acme) -> DirectoryKeeper:
    return DirectoryKeeper(acme.pager, acme.store, acme.clock, acme.ears)


async def test_names_work_from_the_start_while_the_pager_is_away(acme: Acme) -> None:
    """What the last run knew is taken up."""
    acme.pager.away = PagerUnavailableError()
    fresh = keeper(acme)
    assert fresh.current.extensions == ()
    await fresh.remember()
    assert fresh.current.named("Bo Chen")
    assert not await fresh.refresh()
    assert fresh.current.named("Bo Chen")


async def test_nobody_waits_long_for_a_reading(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one takes its time (the pager's budget may be used up), what is known holds."""
    monkeypatch.setattr("gateway.services.directory_sync._PATIENCE_S", 0.01)
    async with acme.directory._one_at_a_time:  # as while another reading goes on
        assert not await acme.directory.refresh_in_time()
    assert await acme.directory.refresh_in_time()


async def test_a_database_that_is_away_costs_only_the_next_start(acme: Acme) -> None:
    """What was read serves at once, and nothing falls over."""
    fresh = keeper(acme)
    acme.disk.lost_writes = 1
    assert await fresh.refresh()
    assert fresh.current.named("Bo Chen")


async def test_the_operators_managers_complete_the_pagers(acme: Acme) -> None:
    """RingCentral shows managers to nobody but themselves."""
    fresh = keeper(acme)
    number = ExtensionNumber("402")
    fresh.managers = {number: (ExtensionNumber("110"),)}
    await fresh.refresh()
    department = fresh.current.department(number)
    assert department is not None
    assert department.managers == ("110",)


async def test_it_is_read_again_sooner_after_a_failure(acme: Acme) -> None:
    """Every ten minutes, or every quarter of a minute while it fails."""
    fresh = keeper(acme)
    acme.pager.away = PagerUnavailableError()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(fresh.run())
        await until(lambda: acme.clock.sleepers == 1)
        acme.pager.away = None
        acme.clock.move(15)
        await until(lambda: bool(fresh.current.extensions) and acme.clock.sleepers == 1)
        acme.pager.people.pop(ExtensionNumber("118"))
        acme.clock.move(600)
        await until(lambda: not fresh.current.named("José García"))
        running.cancel()
