"""After a restore: whatever is open may have been sent in the hours that were lost."""

import asyncio

from adapters.storage.engine import Script, Statement
from gateway.domain.errors import PagerUnavailableError
from gateway.domain.pages import Page
from gateway.services.core import build_core
from gateway.services.operators import Operators
from gateway.services.restoring import Restoration
from tests.services.acme import ACME, ALARMS, Acme

WORDS = ["one", "two", "three", "four", "five"]


async def told_much(acme: Acme) -> Page:
    """Write much under a page while the pager is away: all of it waits, in one conversation."""
    page = await acme.page("102 Disk is full")
    await acme.work()
    acme.pager.away = PagerUnavailableError()
    for text in WORDS:
        await acme.reply(page, text)
    await acme.work()
    acme.pager.away = None
    return page


async def restored(acme: Acme) -> Restoration:
    """Say that the database is a backup, and start anew on it."""

    def is_backup() -> Script[None]:
        at = int(acme.clock.now().timestamp() * 1_000_000)
        yield Statement("INSERT INTO standing (name, at) VALUES ('backup', $1)")(at)

    await acme.disk.write(is_backup)
    acme.core = build_core(acme.ports, acme.house)
    operators = Operators(ACME, ALARMS, acme.people, acme.clock, acme.ears)
    dispatcher = acme.core.dispatcher
    restoration = Restoration(acme.store, dispatcher, operators, acme.clock, acme.ears)
    await restoration.begin()
    return restoration


async def passed(acme: Acme, restoration: Restoration, seconds: int) -> None:
    """Let time pass for both: the restoration, and the outbox."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(restoration.run())
        for _ in range(seconds):
            await acme.pass_time(1)
        running.cancel()


async def test_all_that_waits_in_a_conversation_is_doubted_at_the_same_time(acme: Acme) -> None:
    """None of it can have been begun since we started: all of it shares the time of one proof."""
    page = await told_much(acme)
    await passed(acme, await restored(acme), 60)
    assert acme.sent()[1:] == [f"{text} {page.ref}" for text in WORDS]


async def test_sending_goes_on_although_something_waits_for_its_author(acme: Acme) -> None:
    """What stands behind it cannot be looked for, and must keep nobody waiting."""
    await told_much(acme)
    restoration = await restored(acme)
    acme.pager.unreadable = PagerUnavailableError()
    await passed(acme, restoration, 150)
    assert restoration.taken_at is None
    other = await acme.page("101 Water")
    await acme.work()
    assert acme.sent()[1:] == [f"Water {other.ref}"]
