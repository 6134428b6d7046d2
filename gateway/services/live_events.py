"""What is seen, as it is seen, for anybody who listens and keeps up."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from typing_extensions import override

from gateway.domain.errors import FactValue
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer

_MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """An event `noun.past_verb` with its facts, as an observer hears it."""

    at: datetime
    event: str
    facts: Mapping[str, FactValue]


Wanted = Callable[[Seen], bool]


@dataclass
class Listener:
    """Somebody who listens. Whoever does not keep up is left behind, and told how much is missed.

    `missed` is 0 while they keep up.
    """

    wanted: Wanted
    most: int
    missed: int = field(default=0, init=False)
    _waiting: asyncio.Queue[Seen | None] = field(default_factory=asyncio.Queue, init=False)
    _loop: asyncio.AbstractEventLoop = field(init=False)

    def __post_init__(self) -> None:
        """Listen in the loop of whoever asks."""
        self._loop = asyncio.get_running_loop()

    async def next(self) -> Seen | None:
        """Wait for the next event; `None` when there will be no more."""
        return await self._waiting.get()

    def offer(self, seen: Seen | None) -> None:
        """Hand an event over from any thread, without waiting; `None` ends it."""
        with suppress(RuntimeError):  # the loop has ended, and the listener with it
            self._loop.call_soon_threadsafe(self._take, seen)

    def _take(self, seen: Seen | None) -> None:
        if self.missed:
            self.missed += seen is not None
        elif self._waiting.qsize() >= self.most:
            self.missed = self._waiting.qsize() + 1
            while not self._waiting.empty():
                self._waiting.get_nowait()
            self._waiting.put_nowait(None)
        else:
            self._waiting.put_nowait(seen)


class LiveEvents(Observer):
    """Passes on what is seen, and lets others listen; nobody who listens is ever waited for."""

    def __init__(self, observer: Observer, clock: Clock, most: int = _MOST_WAITING) -> None:
        self._observer = observer
        self._clock = clock
        self._most = most
        self._listeners: tuple[Listener, ...] = ()

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self._observer.saw(event, **facts)
        if not self._listeners:
            return
        seen = Seen(self._clock.now(), event, facts)
        for listener in self._listeners:
            if listener.wanted(seen):
                listener.offer(seen)

    @contextmanager
    def listening(self, wanted: Wanted = lambda _: True) -> Iterator[Listener]:
        """Listen to what is wanted for the length of the block."""
        listener = Listener(wanted, self._most)
        self._listeners = (*self._listeners, listener)
        try:
            yield listener
        finally:
            self._listeners = tuple(each for each in self._listeners if each is not listener)

    def close(self) -> None:
        """Tell everybody that nothing more will come."""
        for listener in self._listeners:
            listener.offer(None)
