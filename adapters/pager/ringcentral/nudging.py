"""Hints on their way to whoever acts on them: that something happened in a mailbox, for one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from gateway.domain.ids import ExtensionNumber

T = TypeVar("T")


class Waiting(Generic[T]):
    """What waits to be looked at; many hints at one are one."""

    def __init__(self) -> None:
        self._waiting: dict[T, None] = {}
        self._any = asyncio.Event()

    def put(self, item: T) -> None:
        """Ask for a look; never blocks."""
        self._waiting[item] = None
        self._any.set()

    async def listen(self) -> AsyncIterator[T]:
        """Yield what is hinted at, for ever. One listener at a time."""
        while True:
            await self._any.wait()
            self._any.clear()
            while self._waiting:
                item = next(iter(self._waiting))
                del self._waiting[item]
                yield item


class Nudges(Waiting[ExtensionNumber]):
    """Mailboxes to look into."""

    def nudge(self, mailbox: ExtensionNumber) -> None:
        """Ask for a look into a mailbox."""
        self.put(mailbox)
