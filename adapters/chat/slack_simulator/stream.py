"""Everything that happens, as numbered entries a page can follow and replay."""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from adapters.chat.slack_simulator.wire import Json


@dataclass(frozen=True)
class Entry:
    """One happening; `seq` counts up from 1 without gaps."""

    seq: int
    name: str
    content: Json


class Stream:
    """A ring of the newest entries, and those who wait for the next one."""

    def __init__(self, size: int = 4_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._arrived = asyncio.Event()
        self._closed = False
        self.cursor = 0

    def publish(self, name: str, /, **content: Any) -> None:
        """Append an entry and wake the followers."""
        self.cursor += 1
        self._entries.append(Entry(self.cursor, name, content))
        self._wake()

    def close(self) -> None:
        """Let every follower go."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()

    def after(self, seq: int) -> list[Entry]:
        """The entries newer than `seq` that are still kept."""
        oldest = self.cursor - len(self._entries)
        return list(itertools.islice(self._entries, max(0, seq - oldest), None))

    def has_forgotten(self, seq: int) -> bool:
        """Whether entries after `seq` have left the ring, or `seq` is of an earlier run."""
        return not self.cursor - len(self._entries) <= seq <= self.cursor

    async def follow(self, seq: int, ping_every_s: float = 15.0) -> AsyncIterator[Entry | None]:
        """Entries after `seq` as they come; None when nothing came for `ping_every_s`."""
        seq = min(seq, self.cursor)
        while not self._closed:
            arrived = self._arrived
            entries = self.after(seq)
            for entry in entries:
                seq = entry.seq
                yield entry
            if not entries:
                try:
                    async with asyncio.timeout(ping_every_s):
                        await arrived.wait()
                except TimeoutError:
                    yield None
