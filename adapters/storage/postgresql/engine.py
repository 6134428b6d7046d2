"""The PostgreSQL engine: a connection that writes, a few that read, one that listens."""

from datetime import datetime
from pathlib import Path
from typing import Self

import asyncpg
from typing_extensions import override

from adapters.storage import statements as sql
from adapters.storage.engine import Engine, Make, Script, T
from adapters.storage.errors import BackupElsewhereError
from adapters.storage.health import Health
from adapters.storage.postgresql.bell import Bell
from adapters.storage.postgresql.connections import drive, first_connection, is_away, open_readers
from adapters.storage.postgresql.writer import Writer
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.observer import Observer


class PostgresqlEngine(Engine):
    """One replica's way to the database that all of them share. Made by `open`."""

    dialect = "postgresql"

    def __init__(self, writer: Writer, readers: asyncpg.Pool, bell: Bell, health: Health) -> None:
        self._health = health
        self._writer = writer
        self._readers = readers
        self._bell = bell
        self.leadership = bell.presence

    @classmethod
    async def open(cls, url: str, observer: Observer) -> Self:
        """Connect."""
        connection = await first_connection(url)
        health = Health(lambda event, facts: observer.saw(event, **facts))
        name = await connection.fetchval(sql.NEW_WRITER.postgresql)
        writer = Writer(name, url, connection, health)
        bell = Bell(url, writer)
        await bell.begun()
        return cls(writer, await open_readers(url), bell, health)

    @property
    @override
    def trouble(self) -> str:
        return self._health.trouble

    @property
    @override
    def holder(self) -> int | None:
        return self._bell.presence.holder

    @override
    async def departed(self) -> frozenset[int]:
        return self._bell.presence.confirmed(await self.read(_absent))

    @override
    async def write(self, make: Make[T], last: Make[None] | None = None) -> T:
        return await self._writer.run(make, last)

    @override
    async def migrate(self, make: Make[T]) -> T:
        return await self._writer.run_alone(make)

    @override
    async def read(self, make: Make[T]) -> T:
        """Ask on any connection; one found dead (the server was restarted) costs a second try."""
        for again in (True, False):
            try:
                async with self._readers.acquire(timeout=3.0) as connection:
                    return await drive(make(), connection)
            except Exception as error:
                if not is_away(error):
                    raise
                if not again:
                    raise StoreUnavailableError from error
        raise StoreUnavailableError

    @override
    def notify(self) -> None:
        self._bell.ring()

    @override
    async def wait(self) -> None:
        await self._bell.wait()

    @override
    async def backup(self, to: Path, taken_at: datetime) -> None:
        raise BackupElsewhereError

    @override
    async def close(self) -> None:
        await self._bell.close()
        await self._writer.close()
        self._readers.terminate()


def _absent() -> Script[frozenset[int]]:
    rows = yield sql.ABSENT()
    return frozenset(holder for (holder,) in rows)
