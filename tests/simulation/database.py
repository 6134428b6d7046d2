"""The product's own SQL on a real SQLite database in memory, its threads left out.

A write happens at one moment. Before and after it others get their turn, so that writes of several
tasks interleave, and a death between a commit and its caller's knowing of it can be played.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from types import coroutine

from typing_extensions import override

from adapters.storage import migrate
from adapters.storage.engine import Engine, Make, T, Undo, followed_by
from adapters.storage.sqlite.scripts import drive
from adapters.storage.wakeup import Wakeup
from gateway.domain.errors import StoreUnavailableError


@cache
def _template() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("BEGIN")
    drive(migrate.upgrade("sqlite"), connection)
    connection.execute("COMMIT")
    return connection


def fresh_database() -> sqlite3.Connection:
    """Make a migrated database without rows; what is committed in it survives every death."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
    _template().backup(connection)
    return connection


@coroutine
def turn() -> Generator[None, None, None]:
    """Let others go on."""
    yield


@dataclass
class InlineEngine(Engine):
    """One life's door to the database. Once it is dead, nothing of it is written or read.

    `away` says whether the database fails just now.
    """

    connection: sqlite3.Connection
    away: Callable[[], bool] = lambda: False
    dead: bool = False
    dialect: str = "sqlite"
    trouble: str = ""
    _wakeup: Wakeup = field(default_factory=Wakeup)

    @override
    async def write(self, make: Make[T], last: Make[None] | None = None) -> T:
        await self._enter()
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            result = drive(followed_by(make, last)(), self.connection)
        except Undo as undo:
            self.connection.execute("ROLLBACK")
            return undo.result  # type: ignore[return-value]  # as the writer's thread does
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        await turn()
        return result

    @override
    async def read(self, make: Make[T]) -> T:
        await self._enter()
        return drive(make(), self.connection)

    @override
    async def migrate(self, make: Make[T]) -> T:
        return await self.write(make)

    async def _enter(self) -> None:
        await turn()
        if self.dead:
            raise asyncio.CancelledError
        if self.away():
            raise StoreUnavailableError

    @override
    def notify(self) -> None:
        self._wakeup.ring()

    @override
    async def wait(self) -> None:
        await self._wakeup.wait()

    @override
    async def backup(self, to: Path, taken_at: datetime) -> None:
        raise NotImplementedError

    @override
    async def close(self) -> None:
        self.dead = True
