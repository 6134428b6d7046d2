"""Serving the outbox: whatever trips one delivery stops no other, and no outcome is lost."""

import asyncio

import pytest

from gateway.domain.deliveries import DeliveryState
from gateway.domain.errors import PagerUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.pages import PageState
from gateway.ports.chat import ChatPost
from gateway.ports.pager import OutgoingPage
from tests.services.acme import LEASE_S, Acme, said


async def broken(*_: object) -> None:
    """Trip over something we never thought of."""
    raise ZeroDivisionError


async def test_a_database_that_is_away_before_an_attempt_costs_time_only(acme: Acme) -> None:
    """The worker gives it back, and it goes out, once."""
    page = await acme.page("102 Fire")

    async def away() -> None:
        acme.disk.lost_writes = 1

    acme.at("delivery.claimed", away)
    await acme.work()
    assert acme.ears.events("claim.abandoned")
    assert acme.sent() == [f"Fire {page.ref}"]


async def test_a_database_that_cannot_be_read_is_no_refusal(acme: Acme) -> None:
    """What could not be read was not sent: it waits, and goes out."""
    page = await acme.page("102 Fire")
    await acme.work()
    await acme.reply(page, "on it")

    async def away() -> None:
        acme.disk.lost_reads = 1

    acme.at("delivery.attempting", away)
    await acme.work()
    assert acme.told() == ""
    await acme.pass_time(5)
    assert acme.sent("on it") == [f"on it {page.ref}"]


async def test_an_outcome_waits_for_the_database(acme: Acme) -> None:
    """Only this process knows that the page was taken: it keeps the answer until it is on disk."""
    page = await acme.page("102 Fire")

    async def away() -> None:
        acme.disk.lost_writes = 2

    acme.at("delivery.answered", away)
    async with asyncio.TaskGroup() as group:
        working = group.create_task(acme.work())
        while not working.done():
            await asyncio.sleep(0)  # noqa: TID251 - only yields
            acme.clock.move(1)
    assert (await acme.seen(page.ref)).state is PageState.SENT
    assert len(acme.sent()) == 1
    assert len(acme.ears.events("outcome.delayed")) == 2


async def test_a_lost_look_is_looked_again(acme: Acme) -> None:
    """A database that is away while we look proves nothing about the pager."""
    page = await acme.page("102 Fire")
    acme.pager.lose_next()

    async def away() -> None:
        acme.disk.lost_reads = 1

    await acme.work()
    acme.clock.move(2)
    for claim in await acme.store.claim(acme.clock.now(), 64, LEASE_S):
        acme.at("delivery.claimed", away)
        await acme.core.dispatcher.serve(claim)
    await acme.pass_time(LEASE_S + 30)
    assert (await acme.seen(page.ref)).state is PageState.SENT
    assert len(acme.sent()) == 1


async def test_a_page_we_trip_over_is_looked_for_and_then_asked_about(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours says nothing about the pager: never "Not sent", never sent twice."""
    taken = acme.pager.send

    async def trip(page: OutgoingPage) -> None:
        await taken(page)
        raise ZeroDivisionError

    monkeypatch.setattr(acme.pager, "send", trip)
    page = await acme.page("102 Fire")
    await acme.pass_time(60)
    assert (await acme.seen(page.ref)).state is PageState.SENT
    assert len(acme.sent()) == 1
    assert acme.ears.events("delivery.crashed")


async def test_a_page_that_always_trips_us_is_its_authors_to_decide(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few times it is held, the operators know, and everything else goes on."""
    monkeypatch.setattr(acme.pager, "sent_between", broken)
    page = await acme.page("102 Fire")
    acme.pager.lose_next()
    await acme.pass_time(300)
    assert (await acme.seen(page.ref)).state is PageState.HELD
    assert "We're not sure this was sent." in (await acme.status(page.ref)).text
    assert any("not sure" in alarm for alarm in acme.alarms())
    other = await acme.page("101 Water")
    await acme.work()
    assert acme.sent("Water") == [f"Water {other.ref}"]


async def test_patience_with_an_outage_does_not_use_up_patience_with_bugs(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it was tried before, one accident of ours is only one."""
    acme.pager.away = PagerUnavailableError()
    page = await acme.page("102 Fire")
    await acme.pass_time(600)
    acme.pager.away = None
    with monkeypatch.context() as patch:
        patch.setattr(acme.pager, "send", broken)
        await acme.pass_time(60)
    await acme.pass_time(120)
    assert acme.sent() == [f"Fire {page.ref}"]
    assert (await acme.seen(page.ref)).state is PageState.SENT


async def test_consequences_we_trip_over_stop_nobody(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even then the delivery ends, among the dead letters, and the next one is served."""
    await acme.page("102 Fire")
    with monkeypatch.context() as patch:
        patch.setattr(type(acme.core.dispatcher.consequences), "of", broken)
        await acme.pass_time(300)
    assert acme.ears.events("delivery.put_aside")
    dead = await acme.store.dead_letters(5)
    assert [d.state for d in dead] == [DeliveryState.HELD]
    await acme.page("101 Water")
    await acme.work()
    assert len(acme.sent("Water")) == 1


async def test_words_that_always_trip_us_are_given_up(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message nobody can draw must not hold up the others in its thread."""
    page = await acme.page("102 Fire")
    await acme.work()
    drawn = acme.chat.post

    async def trip(post: ChatPost) -> object:
        if "cursed" in post.content.summary:
            raise ZeroDivisionError
        return await drawn(post)

    monkeypatch.setattr(acme.chat, "post", trip)
    acme.phone("102", "cursed words")
    acme.phone("102", "plain words")
    await acme.read()
    await acme.pass_time(300)
    assert [m.text for m in await acme.shown(page.ref)] == ["plain words"]


async def test_nothing_more_is_taken_after_a_stop(acme: Acme) -> None:
    """What is in hand is finished, the rest stays in the database for the next start."""
    dispatcher = acme.core.dispatcher
    await acme.page("102 Fire")

    async def stop() -> None:
        dispatcher.stop()

    acme.at("delivery.attempting", stop)
    async with asyncio.timeout(10):
        await dispatcher.run()
    assert len(acme.sent()) == 1
    waiting = await acme.store.counts()
    assert waiting == {DeliveryState.READY: 1}


async def test_a_commit_wakes_the_dispatcher(acme: Acme) -> None:
    """Nothing is polled: a page goes out because its commit rang the bell."""
    served = asyncio.Event()

    async def note() -> None:
        served.set()

    acme.at("delivery.settled", note)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(acme.core.dispatcher.run())
        answer = await acme.command("102 Fire")
        assert "Sending…" in said(answer)
        await served.wait()
        acme.core.dispatcher.stop()
        await running
    assert acme.pager.accepted[0].to == (ExtensionNumber("102"),)
