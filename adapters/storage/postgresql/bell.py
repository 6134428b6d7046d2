"""Waking other replicas: NOTIFY goes out at most every 10 ms, LISTEN brings theirs in.

The session that listens is also the one by which others know that we live.
"""

import asyncio
from contextlib import suppress

import asyncpg

from adapters.storage import statements as sql
from adapters.storage.engine import Script
from adapters.storage.postgresql.connections import CONNECT_S, connect_listener
from adapters.storage.postgresql.presence import Presence
from adapters.storage.postgresql.writer import Writer
from adapters.storage.wakeup import Wakeup

_COALESCE_S = 0.01
"""One NOTIFY per commit would cut the rate of commits to a third."""
_PAUSE_S = 0.5


class Bell:
    """Rings here at once, and a moment later everywhere else."""

    def __init__(self, url: str, writer: Writer) -> None:
        self._url = url
        self._writer = writer
        self._wakeup = Wakeup()
        self.presence = Presence()
        self._announcing: asyncio.TimerHandle | None = None
        self._closing = asyncio.Event()
        self._lost = asyncio.Event()
        self._schema = ""
        self._task = asyncio.create_task(self._listen())  # noqa: TID251 - close() awaits it

    async def begun(self) -> None:
        """Return when we are present; or after a while, because we can do without."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.presence.begun.wait(), CONNECT_S)

    def ring(self) -> None:
        """Wake everybody."""
        self._wakeup.ring()
        if self._announcing is None and not self._closing.is_set():
            loop = asyncio.get_running_loop()
            self._announcing = loop.call_later(_COALESCE_S, self._announce)

    async def wait(self) -> None:
        """Return at the next ring from anywhere."""
        await self._wakeup.wait()

    async def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        self._lost.set()
        if self._announcing is not None:
            self._announcing.cancel()
        await self._task

    def _announce(self) -> None:
        self._announcing = None
        self._writer.post(_announcement)

    async def _listen(self) -> None:
        while not self._closing.is_set():
            with suppress(Exception):  # whatever ended it, listening begins again
                await self._listen_once()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _PAUSE_S)

    async def _listen_once(self) -> None:
        self._lost.clear()
        connection = await connect_listener(self._url)
        connection.add_termination_listener(lambda _: self._lost.set())
        try:
            self._schema = await connection.fetchval("SELECT current_schema()")
            await connection.add_listener(sql.CHANNEL, self._heard)
            self._wakeup.ring()  # for what was announced while nobody listened
            if not self._closing.is_set():
                await self.presence.keep(connection, self._lost)
        finally:
            with suppress(Exception):
                await connection.close(timeout=1.0)

    def _heard(self, _: asyncpg.Connection, pid: int, __: str, schema: object) -> None:
        """Listen to our own schema only: one database may hold several workspaces."""
        if pid != self._writer.pid and schema in {"", self._schema}:
            self._wakeup.ring()


def _announcement() -> Script[None]:
    yield sql.ANNOUNCE()
