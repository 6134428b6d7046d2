"""A database of an earlier version is brought up to date with everything in it."""

import asyncio
from pathlib import Path

import pytest

from adapters.storage import StorageError, migrate, open_store, revision
from adapters.storage.engine import Script, Statement
from adapters.storage.opening import Unobserved, open_engine
from gateway.ports.store import Committed, Unit
from tests.fakes.clock import MovedClock
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

FIRST = revision.REVISIONS[0]


def first_version(dialect: str) -> Script[None]:
    """Make the tables of the first revision, with a row."""
    since_then = migrate.render(dialect, FIRST)
    for text in migrate.render(dialect, None)[: -len(since_then)]:
        yield Statement(text)()
    yield Statement("INSERT INTO inbox (key, at) VALUES ('kept', 1)")()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gateway.db"
    server: PostgresServer = request.getfixturevalue("postgresql")
    server.execute("DROP DATABASE IF EXISTS upgraded")
    server.execute("CREATE DATABASE upgraded")
    return server.url("upgraded")


@pytest.fixture
async def old(url: str) -> str:
    """The address of a database at the first revision."""
    engine = await open_engine(url, Unobserved())
    await engine.migrate(lambda: first_version(engine.dialect))
    await engine.close()
    return url


async def test_it_is_refused_without_leave(old: str) -> None:
    """The words say which revision is there and which is needed."""
    with pytest.raises(StorageError, match=f"revision {FIRST}.*needs {revision.HEAD}"):
        await open_store(old, migrate=False, clock=MovedClock())


async def test_it_is_brought_up_to_date_with_its_rows(old: str) -> None:
    """What was there is there, and what is new works."""
    async with await open_store(old, migrate=True, clock=MovedClock()) as opened:
        assert await opened.engine.read(revision.current) == revision.HEAD
        assert await opened.store.commit(Unit(once="kept")) is Committed.REPEATED


async def test_several_databases_migrate_at_once(tmp_path: Path) -> None:
    """Each in a thread of its own: a process may open several workspaces that are new."""
    urls = [f"sqlite:///{tmp_path / name}.db" for name in "abcdefgh"]
    clock = MovedClock()
    stores = await asyncio.gather(*(open_store(u, migrate=True, clock=clock) for u in urls))
    for each in stores:
        assert await each.engine.read(revision.current) == revision.HEAD
        await each.close()
