"""The bell that wakes whoever waits for work in this process."""

import asyncio


class Wakeup:
    """A ring while nobody waits is kept for the next one who does."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody. Call it in the loop."""
        self._bell.set()

    async def wait(self) -> None:
        """Return at the next ring."""
        await self._bell.wait()
        self._bell.clear()
