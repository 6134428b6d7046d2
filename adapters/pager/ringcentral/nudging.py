"""Hints that something happened in a mailbox, on their way to whoever syncs it."""

import asyncio
from collections.abc import AsyncIterator

from gateway.domain.ids import ExtensionNumber


class Nudges:
    """Mailboxes to look into; many nudges of one mailbox are one."""

    def __init__(self) -> None:
        self._waiting: dict[ExtensionNumber, None] = {}
        self._any = asyncio.Event()

    def nudge(self, mailbox: ExtensionNumber) -> None:
        """Ask for a look; never blocks."""
        self._waiting[mailbox] = None
        self._any.set()

    async def listen(self) -> AsyncIterator[ExtensionNumber]:
        """Yield mailboxes as they are nudged, for ever. One listener at a time."""
        while True:
            await self._any.wait()
            self._any.clear()
            while self._waiting:
                mailbox = next(iter(self._waiting))
                del self._waiting[mailbox]
                yield mailbox
