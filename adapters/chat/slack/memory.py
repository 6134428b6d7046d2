"""What is remembered for a while, bounded by age and by number: with time nothing grows."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from gateway.ports.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Kept(NamedTuple, Generic[V]):
    value: V
    until: float


class Memory(Generic[K, V]):
    """Keeps each value for `lasts_s`, and at most `most`; the oldest go first."""

    def __init__(self, clock: Clock, *, lasts_s: float, most: int) -> None:
        self._clock = clock
        self._lasts_s = lasts_s
        self._most = most
        self._kept: OrderedDict[K, _Kept[V]] = OrderedDict()

    def keep(self, key: K, value: V) -> None:
        """Remember a value from now on."""
        now = self._clock.monotonic()
        self._kept[key] = _Kept(value, now + self._lasts_s)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most or next(iter(self._kept.values())).until <= now:
            self._kept.popitem(last=False)

    def get(self, key: K) -> V | None:
        """Give what is remembered."""
        kept = self._kept.get(key)
        return kept.value if kept and self._clock.monotonic() < kept.until else None
