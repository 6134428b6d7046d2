"""What goes wrong between the gateway and the systems it talks to, as a seed has it.

Every call takes a little time each way. The foreign system acts when the request arrives, whether
or not anybody still waits for the answer.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, TypeVar

from gateway.domain.errors import GatewayError
from tests.simulation.loop import sleep, the_loop

T = TypeVar("T")

_MOMENT_S = 0.001
"""Times are told in whole microseconds; a shorter silence would be told as none."""

HANGS_S = 30.0
"""What an adapter waits for an answer; well below a lease."""


class Verb(StrEnum):
    """A fault of one call."""

    REFUSE = "refuse"
    """No connection: nothing happened, and that is known."""
    LOSE = "lose"
    """The request is lost on its way: nothing happened, and nobody knows."""
    RESET = "process then reset"
    """It happened, the connection broke."""
    HANG = "process then hang"
    """It happened, no answer came in time."""
    THROTTLE = "429"
    """Too many: silence is asked for. Who calls meanwhile begins the time anew."""


@dataclass(frozen=True)
class Outage:
    """A time in which a system answers nothing. Virtual seconds."""

    side: str
    begins: float
    ends: float


@dataclass(frozen=True)
class SaidNothing:
    """How each side tells what became of a call that got no whole answer."""

    unavailable: Callable[[], GatewayError]
    unknown: Callable[[], GatewayError]
    throttled: Callable[[datetime], GatewayError]


@dataclass
class Weather:
    """Draws the fault of every call; after `calm_at` (virtual seconds) there are none."""

    dice: Random
    rates: Mapping[Verb, float]
    outages: tuple[Outage, ...]
    calm_at: float
    slowest_s: float = 0.4
    _silent_until: dict[str, float] = field(default_factory=dict)

    def verb(self, side: str) -> Verb | None:
        """Draw for one call to one side: `pager`, `pager reads`, `chat`, `chat reads`."""
        now = the_loop().time()
        if now >= self.calm_at:
            return None
        if any(o.begins <= now < o.ends and side.startswith(o.side) for o in self.outages):
            return Verb.REFUSE
        chance = self.dice.random()
        for verb, rate in self.rates.items():
            if (chance := chance - rate) < 0:
                return verb
        return None

    def away(self) -> bool:
        """Whether the database fails just now."""
        now = the_loop().time()
        return any(o.begins <= now < o.ends and o.side == "store" for o in self.outages)

    def chance(self, of: float) -> bool:
        """Draw whether something happens, such as a hint that is lost."""
        return the_loop().time() < self.calm_at and self.dice.random() < of

    def silence(self, side: str) -> float | None:
        """Give the seconds of silence a side asks for now."""
        left = self._silent_until.get(side, 0.0) - the_loop().time()
        return left if left > _MOMENT_S else None

    def throttle(self, side: str) -> float:
        """Begin a silence, and give its seconds."""
        seconds = float(self.dice.choice((1, 5, 30)))
        self._silent_until[side] = the_loop().time() + seconds
        return seconds

    def one_way(self) -> float:
        """Give the seconds a message takes."""
        return self.dice.random() * self.slowest_s


@dataclass
class Wire:
    """One life's way to one system. A dead life hears nothing, whatever it sent arrives."""

    side: str
    weather: Weather
    now: Callable[[], datetime]
    errors: SaidNothing
    dead: Callable[[], bool]

    async def call(self, deed: Callable[[], Coroutine[Any, Any, T]], *, reads: bool = False) -> T:
        """Let a deed happen at the other end, and bring its answer back."""
        if self.dead():
            raise asyncio.CancelledError
        verb = self.weather.verb(f"{self.side} reads" if reads else self.side)
        self._mind_silence(verb)
        if verb is Verb.REFUSE:
            await sleep(self.weather.one_way())
            raise self.errors.unavailable()
        answer = self._post(deed, lost=verb is Verb.LOSE)
        if verb is None:
            return await answer
        await asyncio.wait([answer])
        await sleep(HANGS_S if verb in {Verb.HANG, Verb.LOSE} else 0.0)
        raise self.errors.unavailable() if reads else self.errors.unknown()

    def _mind_silence(self, verb: Verb | None) -> None:
        """As an adapter's limiter does: who asks during a silence is told so; nothing is called."""
        left = self.weather.silence(self.side)
        if verb is Verb.THROTTLE and left is None:
            left = self.weather.throttle(self.side)
        if left is not None:
            raise self.errors.throttled(self.now() + timedelta(seconds=left))

    def _post(self, deed: Callable[[], Coroutine[Any, Any, T]], *, lost: bool) -> asyncio.Future[T]:
        loop = the_loop()
        answer: asyncio.Future[T] = loop.create_future()
        # Who died or gave up waiting never asks what became of it.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        there, back = self.weather.one_way(), self.weather.one_way()
        half_written = self.weather.dice.random() < 0.5

        def arrive() -> None:
            gone = self.dead() or answer.cancelled()
            if lost or (gone and half_written):
                loop.call_later(back, _lose, answer)
            else:
                loop.call_later(back, _happened(deed, answer))

        loop.call_later(there, arrive)
        return answer


def _happened(
    deed: Callable[[], Coroutine[Any, Any, T]], answer: asyncio.Future[T]
) -> Callable[[], None]:
    """Do it now; what is given brings the answer."""
    try:
        told = at_once(deed())
    except GatewayError as error:
        refusal = error
        return lambda: _refuse(answer, refusal)
    return lambda: _tell(answer, told)


def _lose(answer: asyncio.Future[T]) -> None:
    """Nobody answers; whoever waited for that has waited enough."""
    if not answer.done():
        answer.cancel()


def _tell(answer: asyncio.Future[T], told: T) -> None:
    if not answer.done():
        answer.set_result(told)


def _refuse(answer: asyncio.Future[T], error: GatewayError) -> None:
    if not answer.done():
        answer.set_exception(error)


def at_once(deed: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing; a fake's methods are such."""
    try:
        deed.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    deed.close()
    raise AssertionError("it waits")
