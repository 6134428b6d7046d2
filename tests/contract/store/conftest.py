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
from tests.fakes.clock import MovedClock
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

TABLES = (
    "inbox",
    "pages",
    "links",
    "lanes",
    "deliveries",
    "alert_events",
    "incidents",
    "ingests",
    "silences",
    "people",
    "audit",
    "audit_head",
    "standing",
    "spends",
    "commits",
    "drafts",
    "cursors",
    "directory",
    "vault",
)


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


class PostgresqlDatabase(Database):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @property
    @override
    def url(self) -> str:
        return self._url


@pytest.fixture(scope="session")
def migrated_server(postgresql: PostgresServer) -> PostgresServer:
    postgresql.execute("CREATE DATABASE contract")
    asyncio.run(_migrate(postgresql.url("contract")))
    return postgresql


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated database without rows."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("migrated_server")
        server.execute(f"TRUNCATE {', '.join(TABLES)}", "contract")
        return PostgresqlDatabase(server.url("contract"))
    path: Path = request.getfixturevalue("tmp_path") / "gateway.db"
    shutil.copy(request.getfixturevalue("migrated_file"), path)
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
