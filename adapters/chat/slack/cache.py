"""What Slack told us, kept for a while: one question at a time, and old news rather than none."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from adapters.chat.slack.memory import Memory
from gateway.domain.errors import ChatError
from gateway.ports.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_FAILURE_S = 2.0
"""How long a failed question is not asked again; those who wait for it share the failure."""


@dataclass(frozen=True, slots=True)
class _Known(Generic[V]):
    value: V
    since: float


class Cache(Generic[K, V]):
    """Answers from memory for `fresh_s`, then asks again; while nobody answers, from memory too.

    Old answers serve up to `stale_s`. At most `most` are kept; the longest unused go first, and
    at once when they are that old.
    """

    def __init__(
        self,
        load: Callable[[K], Awaitable[V]],
        clock: Clock,
        *,
        fresh_s: float,
        stale_s: float,
        most: int = 10_000,
    ) -> None:
        self._load = load
        self._clock = clock
        self._fresh_s = fresh_s
        self._stale_s = stale_s
        self._most = most
        self._known: OrderedDict[K, _Known[V]] = OrderedDict()
        self._failed: Memory[K, ChatError] = Memory(clock, lasts_s=_FAILURE_S, most=most)
        # A lock lives as long as somebody waits for it.
        self._locks: WeakValueDictionary[K, asyncio.Lock] = WeakValueDictionary()

    async def get(self, key: K) -> V:
        """Give the answer, asking at most once at a time.

        Raises:
            ChatError: nobody answered, and nothing is remembered.
        """
        if (known := self._younger_than(key, self._fresh_s)) is not None:
            return known.value
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if (known := self._younger_than(key, self._fresh_s)) is not None:
                return known.value
            if (failure := self._failed.get(key)) is not None:
                return self._old(key, failure)
            return await self._ask(key)

    def peek(self, key: K) -> V | None:
        """Give what is remembered, however old, without asking."""
        known = self._known.get(key)
        return None if known is None else known.value

    def forget(self, key: K) -> None:
        """Ask again next time."""
        self._known.pop(key, None)

    async def _ask(self, key: K) -> V:
        try:
            value = await self._load(key)
        except ChatError as error:
            self._failed.keep(key, error)
            return self._old(key, error)
        self._keep(key, value)
        return value

    def _keep(self, key: K, value: V) -> None:
        now = self._clock.monotonic()
        self._known[key] = _Known(value, now)
        self._known.move_to_end(key)
        oldest = now - self._stale_s
        while len(self._known) > self._most or next(iter(self._known.values())).since < oldest:
            self._known.popitem(last=False)

    def _old(self, key: K, error: ChatError) -> V:
        if (known := self._younger_than(key, self._stale_s)) is not None:
            return known.value
        raise error

    def _younger_than(self, key: K, seconds: float) -> _Known[V] | None:
        known = self._known.get(key)
        if known is None or self._clock.monotonic() - known.since > seconds:
            return None
        self._known.move_to_end(key)
        return known
