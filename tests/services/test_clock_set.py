"""Somebody sets the clock while a page has no answer: it is neither sent twice nor asked about."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from gateway.domain.deliveries import Watched
from gateway.domain.errors import PagerUnavailableError
from gateway.domain.ids import DeliveryId
from gateway.services.watching import Watching
from tests.fakes.clock import MovedClock
from tests.services.acme import BO, Acme

TEN_MINUTES = timedelta(minutes=10)


def set_forward(acme: Acme) -> None:
    """Set the wall; what only goes forward does not notice."""
    acme.clock.started += TEN_MINUTES


async def test_page_that_is_not_visible_yet_is_not_sent_again(acme: Acme) -> None:
    """Absence is proved by time that has passed, not by what the clock shows."""
    acme.pager.visible_after_s = 15
    acme.pager.lose_next()
    page = await acme.page("102 Disk is full")
    await acme.work()
    theirs = acme.pager.clock = MovedClock(acme.clock.now())
    acme.clock.followers.append(theirs.move)
    set_forward(acme)
    await acme.pass_time(60)
    assert len(acme.sent("Disk is full")) == 1
    assert (await acme.seen(page.ref)).state == "sent"


async def test_page_is_not_put_to_its_author_before_two_minutes_have_passed(acme: Acme) -> None:
    """A look that could not be made is made again, as if nobody had touched the clock."""
    acme.pager.lose_next()
    page = await acme.page("102 Disk is full")
    await acme.work()
    acme.pager.unreadable = PagerUnavailableError()
    set_forward(acme)
    await acme.pass_time(60)
    acme.pager.unreadable = None
    await acme.pass_time(30)
    assert (await acme.seen(page.ref)).state == "sent"


async def test_attempt_under_way_is_not_taken_for_a_dead_workers() -> None:
    """Its lease may seem to be over; whoever looks for it waits until it is through."""
    watching, answered, order = Watching(MovedClock()), asyncio.Event(), list[str]()

    async def attempt() -> None:
        async with watching.alone(DeliveryId(1)):
            await answered.wait()
            order.append("answered")

    async def look() -> None:
        async with watching.alone(DeliveryId(1)):
            order.append("looked for")

    async with asyncio.TaskGroup() as group:
        group.create_task(attempt())
        group.create_task(look())
        await asyncio.sleep(0)  # noqa: TID251 - only yields
        answered.set()
    assert order == ["answered", "looked for"]


async def test_each_attempt_is_watched_from_its_own_beginning(acme: Acme) -> None:
    """Another process may have made one since ours, which may still be under way."""
    page, watching = await acme.page("102 Disk is full"), Watching(acme.clock)
    ours, *_ = await acme.store.deliveries(page.ref)
    watching.begin(ours)
    acme.clock.move(60)
    assert watching.watched(ours) == Watched(60, ours=True)
    assert watching.watched(replace(ours, attempt=ours.attempt + 1)) == Watched(0, ours=False)


async def test_author_is_judged_again_although_the_clock_was_set_back(acme: Acme) -> None:
    """What waited is not taken for fresh because of what the clock shows."""
    acme.pager.fail_next(PagerUnavailableError())
    await acme.page("118 Disk is full", by=BO)
    await acme.work()
    acme.clock.started -= timedelta(minutes=5)
    acme.chat.people[BO] = replace(acme.person(BO), guest=True)
    await acme.pass_time(330)
    assert acme.sent("Disk is full") == []
