"""Somebody sets the clock while a page has no answer: it is neither sent twice nor asked about."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from gateway.domain.deliveries import Watched
from gateway.domain.errors import PagerUnavailableError
from gateway.domain.ids import DeliveryId
from gateway.services.clock_watch import ClockWatch
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
    watching, answered, order = Watching(MovedClock(), alone=True), asyncio.Event(), list[str]()

    async def attempt() -> None:
        async with watching.by_one(DeliveryId(1)):
            await answered.wait()
            order.append("answered")

    async def look() -> None:
        async with watching.by_one(DeliveryId(1)):
            order.append("looked for")

    async with asyncio.TaskGroup() as group:
        group.create_task(attempt())
        group.create_task(look())
        await asyncio.sleep(0)  # noqa: TID251 - only yields
        answered.set()
    assert order == ["answered", "looked for"]


async def test_each_attempt_is_watched_from_its_own_beginning(acme: Acme) -> None:
    """Another process may have made one since ours, which may still be under way."""
    page, watching = await acme.page("102 Disk is full"), Watching(acme.clock, alone=False)
    ours, *_ = await acme.store.deliveries(page.ref)
    watching.begin(ours)
    acme.clock.move(60)
    assert watching.watched(ours) == Watched(60, ours=True)
    assert watching.watched(replace(ours, attempt=ours.attempt + 1)) == Watched(0, ours=False)


async def test_who_is_alone_watches_what_the_dead_began_from_its_start(acme: Acme) -> None:
    """None of them lived longer; that nothing could be read counts from the first look."""
    page, watching = await acme.page("102 Disk is full"), Watching(acme.clock, alone=True)
    theirs, *_ = await acme.store.deliveries(page.ref)
    acme.clock.move(60)
    assert watching.watched(theirs) == Watched(60, ours=False, unlooked_s=60)
    acme.clock.move(5)
    assert watching.watched(theirs) == Watched(65, ours=False, unlooked_s=60)


async def test_attempt_whose_claim_was_lost_is_watched_from_its_beginning(acme: Acme) -> None:
    """However long the process had run before: its message may not be visible yet."""
    acme.clock.move(600)
    acme.pager.visible_after_s = 15
    page = await acme.page("102 Disk is full")

    async def lose_the_claim() -> None:
        theirs = acme.pager.clock = MovedClock(acme.clock.now())
        acme.clock.followers.append(theirs.move)
        set_forward(acme)
        await acme.store.recover(acme.clock.now(), everything=False)

    acme.at("delivery.answered", lose_the_claim)
    await acme.work()
    await acme.pass_time(60)
    assert acme.ears.events("claim.lost")
    assert len(acme.sent("Disk is full")) == 1
    assert (await acme.seen(page.ref)).state == "sent"


async def test_author_is_judged_again_although_the_clock_was_set_back(acme: Acme) -> None:
    """What waited is not taken for fresh because of what the clock shows."""
    acme.pager.fail_next(PagerUnavailableError())
    await acme.page("118 Disk is full", by=BO)
    await acme.work()
    acme.clock.started -= timedelta(minutes=5)
    acme.chat.people[BO] = replace(acme.person(BO), guest=True)
    await acme.pass_time(330)
    assert acme.sent("Disk is full") == []


async def test_clock_put_back_while_nobody_ran_delays_nothing(acme: Acme) -> None:
    """The record tells that it was later before; the page does not wait for that time to return."""
    page = await acme.page("102 Disk is full")
    acme.clock.started -= TEN_MINUTES
    await acme.work()
    assert acme.sent() == []
    await ClockWatch(acme.store, acme.clock, acme.ears).look()
    await acme.work()
    assert (await acme.seen(page.ref)).state == "sent"


async def test_page_of_a_time_that_is_yet_to_come_is_not_fresh(acme: Acme) -> None:
    """Its author may have become a guest in the meantime, however long that was."""
    await acme.page("118 Disk is full", by=BO)
    acme.clock.started -= TEN_MINUTES
    acme.chat.people[BO] = replace(acme.person(BO), guest=True)
    await ClockWatch(acme.store, acme.clock, acme.ears).look()
    await acme.work()
    assert acme.sent() == []
    assert "Only members of this company can page" in acme.told(BO)
