"""Each test of the contract runs on every database."""

import asyncio
import shutil
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typing_extensions import override

from adapters.storage import OpenStore, open_store
from gateway.ports.store import Store
from tests.contract.store.values import MovedClock


class Database(ABC):
    """A fresh database that can be opened, closed and opened again."""

    def __init__(self) -> None:
        self.clock = MovedClock()

    @property
    @abstractmethod
    def url(self) -> str: ...

    async def open(self) -> OpenStore:
        return await open_store(self.url, migrate=False, clock=self.clock)


class SqliteDatabase(Database):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    @property
    @override
    def url(self) -> str:
        return f"sqlite:///{self._path}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "gateway.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


async def _migrate(url: str) -> None:
    opened = await open_store(url, migrate=True, clock=MovedClock())
    await opened.close()


@pytest.fixture(params=["sqlite"])
def database(migrated_file: Path, tmp_path: Path) -> Database:
    """A migrated database without rows."""
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_file, path)
    return SqliteDatabase(path)


@pytest.fixture
def clock(database: Database) -> MovedClock:
    return database.clock


@pytest.fixture
async def opened(database: Database) -> AsyncIterator[OpenStore]:
    async with await database.open() as opened:
        yield opened


@pytest.fixture
def store(opened: OpenStore) -> Store:
    return opened.store
