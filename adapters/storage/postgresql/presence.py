"""That we live, and who leads: locks that the server takes back when a session ends.

A process that dies is gone for the others at once, and so is one whose machine does not answer
(`connect_listener` has the server ask). One that is frozen is not: its leases end by their time.
"""

import asyncio
from contextlib import suppress

import asyncpg
from typing_extensions import override

from adapters.storage import statements as sql
from gateway.ports.leadership import Leadership

_LOOK_S = 0.5
_ANSWER_S = 3.0
_SETTLED_S = 3.0
"""Our session ended, perhaps with the server: so long later everybody is back who will be."""


class Presence(Leadership):
    """Held by one session at a time; `keep` is called with each."""

    def __init__(self) -> None:
        self.holder: int | None = None
        self._number: int | None = None
        """The first session's, kept for life: who comes back is the same."""
        self.begun = asyncio.Event()
        """Set from the first session on."""
        self._settled_at = 0.0
        self._absent: frozenset[int] = frozenset()
        self._leading, self._following = asyncio.Event(), asyncio.Event()
        self._following.set()

    async def keep(self, session: asyncpg.Connection, over: asyncio.Event) -> None:
        """Be present, and lead if nobody else does, until it is over or the session is.

        Raises:
            Exception: the session ended, or its server does not answer.
        """
        try:
            await self._come_back(session)
            while not over.is_set():
                await self._look(session)
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), _LOOK_S)
        finally:
            self.holder = None
            self._leading.clear()
            self._following.set()

    async def _come_back(self, session: asyncpg.Connection) -> None:
        number = self._number or await session.fetchval(sql.OUR_NUMBER.postgresql)
        said = sql.SAY_PRESENT.postgresql
        if not await session.fetchval(said, number, timeout=_ANSWER_S):
            raise ConnectionError  # the server has not noticed yet that our last session is over
        if self._number is not None:
            self._settled_at = asyncio.get_running_loop().time() + _SETTLED_S
        self.holder = self._number = number
        self.begun.set()

    async def _look(self, session: asyncpg.Connection) -> None:
        """Take the lead if it is free; asking is also how a leader finds out that it is alone."""
        if self.leads:
            await session.fetchval("SELECT 1", timeout=_ANSWER_S)
        elif await session.fetchval(sql.TAKE_THE_LEAD.postgresql, timeout=_ANSWER_S):
            self._following.clear()
            self._leading.set()

    def confirmed(self, absent: frozenset[int]) -> frozenset[int]:
        """Tell who is gone for good, given who is absent now: who was it the last time, too.

        Sessions also end with the server's, and those who live come back a moment later.
        """
        before, self._absent = self._absent, absent
        settled = asyncio.get_running_loop().time() >= self._settled_at
        return absent & before if self.holder and settled else frozenset()

    @property
    @override
    def leads(self) -> bool:
        return self._leading.is_set()

    @override
    async def gained(self) -> None:
        await self._leading.wait()

    @override
    async def lost(self) -> None:
        await self._following.wait()
