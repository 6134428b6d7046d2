"""Which of several processes on one database does what only one should do.

Nothing depends on there being one leader for its correctness: two at a time, or none for a while,
cost calls or time.
"""

import asyncio
from typing import Protocol

from typing_extensions import override


class Leadership(Protocol):
    """Known at any moment; it comes and goes."""

    alone: bool = False
    """Whether the database is this process's own: who wrote into it before is dead."""

    @property
    def leads(self) -> bool:
        """Whether this process leads."""
        ...

    async def gained(self) -> None:
        """Return when this process leads; at once if it does."""
        ...

    async def lost(self) -> None:
        """Return when it does no more."""
        ...


class AlwaysLeading(Leadership):
    """A process that has its database for itself."""

    alone = True
    leads = True

    @override
    async def gained(self) -> None:
        return

    @override
    async def lost(self) -> None:
        await asyncio.Event().wait()
