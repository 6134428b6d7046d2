"""The SQLite engine: a thread that writes, a thread that reads, a bell."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from adapters.storage.engine import Engine, Make, T, followed_by
from adapters.storage.health import Health
from adapters.storage.sqlite.backup import copy
from adapters.storage.sqlite.file import FileLock, Opener, prepare
from adapters.storage.sqlite.reader import Reader
from adapters.storage.sqlite.threads import ScriptThread
from adapters.storage.sqlite.writer import Writer
from adapters.storage.wakeup import Wakeup
from gateway.domain.errors import FactValue
from gateway.ports.observer import Observer

_MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh folder in it; Linux keeps it in memory


class SqliteEngine(Engine):
    """Owns the file for as long as it lives. Made by `open_sqlite`."""

    dialect = "sqlite"

    def __init__(
        self,
        opener: Opener,
        writer: Writer,
        reader: Reader,
        health: Health,
        let_go: Callable[[], None],
    ) -> None:
        self._health = health
        self._opener = opener
        self._writer = writer
        self._reader = reader
        self._let_go = let_go
        self._writes = ScriptThread("sqlite-writer", writer.run)
        self._reads = ScriptThread("sqlite-reader", reader.run)
        self._wakeup = Wakeup()

    @property
    @override
    def trouble(self) -> str:
        return self._health.trouble

    @override
    async def write(self, make: Make[T], last: Make[None] | None = None) -> T:
        return await self._writes.run(followed_by(make, last) if last else make)

    @override
    async def migrate(self, make: Make[T]) -> T:
        return await self._writes.run(make)

    @override
    async def read(self, make: Make[T]) -> T:
        return await self._reads.run(make)

    @override
    def notify(self) -> None:
        self._wakeup.ring()

    @override
    async def wait(self) -> None:
        await self._wakeup.wait()

    @override
    async def backup(self, to: Path, taken_at: datetime) -> None:
        await asyncio.to_thread(copy, self._opener, to, taken_at)

    @override
    async def close(self) -> None:
        await self._reads.close()
        await self._writes.close()
        self._reader.close()
        self._writer.close()
        self._let_go()


async def open_sqlite(
    path: Path | None,
    observer: Observer,
    connect: type[sqlite3.Connection] = sqlite3.Connection,
) -> SqliteEngine:
    """Open a database file, making it if it is new; `None` makes one that is gone when closed.

    Raises:
        DatabaseInUseError: another process has it open.
        DatabaseUnfitError: it is damaged, or the place does not keep what it is given.
    """
    loop = asyncio.get_running_loop()

    def saw(event: str, facts: dict[str, FactValue]) -> None:
        with suppress(RuntimeError):  # the loop was closed without closing the store
            loop.call_soon_threadsafe(lambda: observer.saw(event, **facts))

    health = Health(saw)
    with ExitStack() as stack:
        opener = Opener(path or _throw_away(stack), connect)
        connection = await asyncio.to_thread(_open, opener, stack)
        let_go = stack.pop_all().close
    writer = Writer(opener, connection, health)
    return SqliteEngine(opener, writer, Reader(opener, writer), health, let_go)


def _throw_away(stack: ExitStack) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="gateway-", dir=_MEMORY if _MEMORY.is_dir() else None))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder / "gateway.db"


def _open(opener: Opener, stack: ExitStack) -> sqlite3.Connection:
    prepare(opener.path)
    lock = FileLock(opener.path)
    lock.take()
    stack.callback(lock.give_back)
    return opener.writer()
