"""A silent system is left alone, tried by one delivery at a time, and trusted again at once."""

from datetime import datetime

import pytest

from gateway.demo.clock import MovableClock
from gateway.domain.deliveries import Absent, Deferred, Look, Outcome, Refused, Unknown, Unreadable
from gateway.domain.ids import ExtensionNumber
from gateway.domain.outbound import SendPage, Wake, Waking
from gateway.domain.pages import Fault
from gateway.services.breaker import Breaker, Breakers, Permit
from gateway.system import SystemClock

NO_ANSWER = Fault("pager.outcome_unknown")
LONGEST_S = 15.0


class Pager:
    """A breaker, its clock, and tries that end as told."""

    def __init__(self) -> None:
        self.clock = MovableClock(SystemClock())
        self.breaker = Breaker(self.clock, Fault("pager.unavailable"))

    async def ends(self, found: Outcome | Look, times: int = 1) -> None:
        """Try, as often as is allowed."""
        for _ in range(times):
            entered = self.breaker.enter()
            if isinstance(entered, Permit):
                await self.breaker.watch(entered, _coming(found))

    @property
    def refuses(self) -> bool:
        """Ask to try: whether the answer is to come again later."""
        entered = self.breaker.enter()
        return isinstance(entered, datetime)


async def _coming(found: Outcome | Look) -> Outcome | Look:
    return found


@pytest.mark.parametrize("found", [Unknown(NO_ANSWER), Deferred(NO_ANSWER), Unreadable(NO_ANSWER)])
async def test_some_tries_without_an_answer_bring_silence(found: Outcome | Look) -> None:
    """Seven may be bad luck; after the eighth in a row nobody tries for a second."""
    pager = Pager()
    await pager.ends(found, times=7)
    assert not pager.refuses
    await pager.ends(found)
    assert pager.refuses


@pytest.mark.parametrize("answer", [Refused(Fault("pager.rejected")), Absent()])
async def test_any_answer_ends_the_count(answer: Outcome | Look) -> None:
    """A refusal is an answer, and so is an empty list."""
    pager = Pager()
    await pager.ends(Unknown(NO_ANSWER), times=7)
    await pager.ends(answer)
    await pager.ends(Unknown(NO_ANSWER), times=7)
    assert not pager.refuses


async def test_standing_in_line_says_nothing() -> None:
    """Our own limits keep a page back without asking the pager anything."""
    pager = Pager()
    for _ in range(8):
        await pager.ends(Unknown(NO_ANSWER))
        await pager.ends(Deferred(Fault("pager.throttled")))
    assert pager.refuses


async def test_one_delivery_finds_out() -> None:
    """After the silence a single one tries; the others wait for what it finds."""
    pager = Pager()
    await pager.ends(Unknown(NO_ANSWER), times=8)
    pager.clock.advance(1.0)
    probe = pager.breaker.enter()
    assert probe == Permit(probe=True)
    assert pager.refuses
    await pager.breaker.watch(Permit(probe=True), _coming(Absent()))
    assert not pager.refuses


async def test_silence_grows_to_a_quarter_of_a_minute() -> None:
    """A pager that is away for hours is asked four times a minute."""
    pager = Pager()
    await pager.ends(Unknown(NO_ANSWER), times=8)
    for _ in range(10):
        pager.clock.advance(LONGEST_S)
        await pager.ends(Unknown(NO_ANSWER))
    pager.clock.advance(LONGEST_S - 1.0)
    assert pager.refuses
    pager.clock.advance(1.0)
    assert not pager.refuses


async def test_little_is_sent_and_the_silence_begins_all_the_same() -> None:
    """One page alone would need minutes for eight tries."""
    pager = Pager()
    await pager.ends(Unknown(NO_ANSWER))
    pager.clock.advance(30.0)
    assert not pager.refuses
    await pager.ends(Unknown(NO_ANSWER))
    assert pager.refuses


async def test_what_waits_comes_again_when_the_silence_ends() -> None:
    """A page that found out nothing is not kept for longer than those that did not try."""
    pager = Pager()
    await pager.ends(Unknown(NO_ANSWER), times=8)
    pager.clock.advance(1.0)
    began = pager.clock.now()
    found = await pager.breaker.watch(Permit(probe=True), _coming(Deferred(NO_ANSWER)))
    assert isinstance(found, Deferred)
    assert found.retry_at
    assert 1 < (found.retry_at - began).total_seconds() < 3
    pager.clock.advance(2.0)
    assert not pager.refuses


async def test_probe_that_trips_us_does_not_close_the_door_for_good() -> None:
    """A bug of ours says nothing about the pager: the next one is the probe."""
    pager = Pager()
    await pager.ends(Unknown(NO_ANSWER), times=8)
    pager.clock.advance(1.0)

    async def broken() -> Outcome:
        raise ZeroDivisionError

    permit = pager.breaker.enter()
    assert isinstance(permit, Permit)
    with pytest.raises(ZeroDivisionError):
        await pager.breaker.watch(permit, broken())
    assert not pager.refuses


def test_each_system_has_its_own() -> None:
    """The pager's silence holds up no word in the chat, and a waking asks nobody."""
    breakers = Breakers(SystemClock())
    page = SendPage(ExtensionNumber("700"), (), "Fire")
    assert breakers.of(page) is breakers.of(page)
    assert breakers.of(Wake(Waking.GROUP, "key")) is None
