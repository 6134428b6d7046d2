"""What happened lately, for whoever watches: a ring of numbered events in memory.

Holds no token and no secret: paths are written without query, webhook addresses without their
last segment.
"""

import asyncio
import re
from collections import deque
from dataclasses import dataclass
from typing import Any

KEPT = 5000
REFERENCE = re.compile(r"\b(?:pg|al|in)_[0-9A-Z]{4,}\b")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `kind` is `exchange`, `message` or `state`."""

    seq: int
    kind: str
    data: dict[str, Any]


class Journal:
    """Numbers events from 1 and wakes those who wait for the next."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._seq = 0
        self._added = asyncio.Event()
        self.is_closed = False

    def close(self) -> None:
        """Let those who wait go home."""
        self.is_closed = True
        self._added.set()

    def add(self, kind: str, data: dict[str, Any]) -> None:
        """Write an event down."""
        self._seq += 1
        self._events.append(Event(self._seq, kind, data))
        self._added.set()
        self._added = asyncio.Event()

    def after(self, seq: int, kind: str | None = None) -> list[Event]:
        """List events with a higher number, oldest first."""
        newer: list[Event] = []
        for event in reversed(self._events):
            if event.seq <= seq:
                break
            if kind is None or event.kind == kind:
                newer.append(event)
        return newer[::-1]

    async def wait(self) -> None:
        """Return when the next event is added."""
        await self._added.wait()


def reference_in(text: str) -> str | None:
    """Find a gateway reference such as `pg_7K2M` in a text."""
    found = REFERENCE.search(text)
    return found.group() if found else None
