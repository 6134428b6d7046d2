"""Others may listen to what is seen; nobody who listens is waited for."""

import asyncio

from gateway.services.live_events import LiveEvents, Seen
from tests.fakes.clock import MovedClock
from tests.fakes.observer import Ears


def live(most: int = 10) -> tuple[LiveEvents, Ears]:
    ears = Ears()
    return LiveEvents(ears, MovedClock(), most), ears


async def test_what_is_seen_is_passed_on_and_heard() -> None:
    """In order, with its facts; only what is wanted."""
    events, ears = live()
    with events.listening(lambda seen: seen.event.startswith("page.")) as listener:
        events.saw("page.accepted", page_id="pg_1")
        events.saw("delivery.attempted", page_id="pg_1")
        events.saw("page.sent", page_id="pg_1")
        heard = [await listener.next(), await listener.next()]
    assert [each and (each.event, each.facts) for each in heard] == [
        ("page.accepted", {"page_id": "pg_1"}),
        ("page.sent", {"page_id": "pg_1"}),
    ]
    assert len(ears.events("delivery.attempted")) == 1


async def test_who_does_not_keep_up_is_left_behind_and_told() -> None:
    """What waits is bounded; whoever sees goes on as if nobody listened."""
    events, ears = live(most=3)
    with events.listening() as slow, events.listening() as quick:
        heard: list[Seen | None] = []
        for number in range(8):
            events.saw("page.accepted", number=number)
            heard.append(await quick.next())
        assert await slow.next() is None
        assert slow.missed == 8
        assert (quick.missed, len(heard)) == (0, 8)
    assert len(ears.events("page.accepted")) == 8


async def test_listening_ends_when_the_gateway_does() -> None:
    """What was seen before is heard first."""
    events, _ = live()
    with events.listening() as listener:
        events.saw("gateway.stopped")
        events.close()
        last, end = await listener.next(), await listener.next()
    assert last
    assert last.event == "gateway.stopped"
    assert end is None
    assert listener.missed == 0


async def test_events_of_other_threads_are_heard_too() -> None:
    """The writer of the database has a thread of its own."""
    events, _ = live()
    with events.listening() as listener:
        await asyncio.to_thread(events.saw, "store.write_failed", error_code="busy")
        seen = await listener.next()
    assert seen
    assert seen.event == "store.write_failed"
