"""One schema, however a database came to it."""

import asyncio
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_mock_engine

from adapters.storage import StorageError, migrate, open_store, revision
from adapters.storage.engine import Engine, Row, Script, Statement
from adapters.storage.opening import Unobserved, open_engine, upgrade
from adapters.storage.revision import HEAD
from adapters.storage.schema import metadata
from tests.fakes.clock import MovedClock
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name


def fresh_schema(dialect: str) -> list[str]:
    """What `schema.py` says, as SQL."""
    texts: list[str] = []

    def note(element: Any, *_: object, **__: object) -> None:
        texts.append(str(element.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{dialect}://", note)
    metadata.create_all(engine, checkfirst=False)
    return texts


def script(*texts: str) -> Script[list[Row]]:
    rows: list[Row] = []
    for text in texts:
        rows = [tuple(row) for row in (yield Statement(text)())]
    return rows


SQLITE_SHAPE = """
    SELECT m.type, m.name, c.name, c.type, c."notnull", c.pk, m.sql LIKE '%WITHOUT ROWID%',
           m.sql LIKE '%STRICT%', m.sql LIKE '%AUTOINCREMENT%'
    FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'
    UNION ALL
    SELECT m.type, m.name, m.sql, '', 0, 0, 0, 0, 0 FROM sqlite_schema AS m
    WHERE m.type = 'index' AND m.sql IS NOT NULL
    ORDER BY 1, 2, 3
"""
POSTGRESQL_SHAPE = """
    SELECT table_name, column_name, data_type, is_nullable, COALESCE(column_default, '')
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2, 3
"""


async def shape(engine: Engine, text: str) -> list[Row]:
    rows = await engine.read(lambda: script(text))
    return [row for row in rows if "alembic_version" not in row]


async def opened(url: str) -> Engine:
    return await open_engine(url, Unobserved())


async def test_a_migrated_file_equals_a_fresh_one() -> None:
    """Table by table, column by column, index by index."""
    migrated, fresh = await opened("sqlite://"), await opened("sqlite://")
    try:
        await upgrade(migrated)
        await fresh.migrate(lambda: script(*fresh_schema("sqlite")))
        assert await shape(migrated, SQLITE_SHAPE) == await shape(fresh, SQLITE_SHAPE)
        assert len(await shape(fresh, SQLITE_SHAPE)) > 70
    finally:
        await migrated.close()
        await fresh.close()


@pytest.mark.postgresql
async def test_a_migrated_server_equals_a_fresh_one(postgresql: PostgresServer) -> None:
    """The same on PostgreSQL."""
    await asyncio.to_thread(postgresql.execute, "CREATE DATABASE migrated")
    await asyncio.to_thread(postgresql.execute, "CREATE DATABASE fresh")
    migrated = await opened(postgresql.url("migrated"))
    fresh = await opened(postgresql.url("fresh"))
    try:
        await upgrade(migrated)
        await fresh.migrate(lambda: script(*fresh_schema("postgresql")))
        assert await shape(migrated, POSTGRESQL_SHAPE) == await shape(fresh, POSTGRESQL_SHAPE)
        assert len(await shape(fresh, POSTGRESQL_SHAPE)) > 70
    finally:
        await migrated.close()
        await fresh.close()


@pytest.mark.postgresql
async def test_replicas_that_start_at_once_migrate_once(postgresql: PostgresServer) -> None:
    """An empty database and three first starts: all of them open it."""
    await asyncio.to_thread(postgresql.execute, "CREATE DATABASE race")
    url = postgresql.url("race")
    stores = await asyncio.gather(
        *(open_store(url, migrate=True, clock=MovedClock()) for _ in range(3))
    )
    for store in stores:
        assert await store.store.counts() == {}
        await store.close()


def test_the_program_knows_every_migration() -> None:
    """The list a start compares with, which never imports Alembic."""
    assert migrate.revisions() == revision.REVISIONS


def test_migrations_only_go_forward_and_say_why() -> None:
    """No downgrade; each begins with its reason."""
    folder = Path(str(files("adapters.storage") / "migrations" / "versions"))
    scripts = sorted(folder.glob("r*.py"))
    assert len(scripts) == len(revision.REVISIONS)
    for path in scripts:
        text = path.read_text()
        assert text.startswith('"""')
        assert "def downgrade" not in text


async def test_an_older_schema_is_not_touched_without_leave(tmp_path: Path) -> None:
    """The words say which revision is there, which is needed, and what to run."""
    url = f"sqlite:///{tmp_path}/gateway.db"
    with pytest.raises(StorageError, match=rf"revision none.*needs {HEAD}.*gateway db upgrade"):
        await open_store(url, migrate=False, clock=MovedClock())
    async with await open_store(url, migrate=True, clock=MovedClock()):
        pass
    async with await open_store(url, migrate=False, clock=MovedClock()) as again:
        assert await again.store.counts() == {}


async def test_the_version_before_runs_beside_a_newer_schema(tmp_path: Path) -> None:
    """Migrations expand first, so a replica that was not replaced yet goes on."""
    url = f"sqlite:///{tmp_path}/gateway.db"
    async with await open_store(url, migrate=True, clock=MovedClock()) as first:
        text = "UPDATE alembic_version SET version_num = '9999'"
        await first.engine.write(lambda: script(text))
    async with await open_store(url, migrate=True, clock=MovedClock()) as older:
        assert await older.store.counts() == {}


_OPEN = """
import asyncio, sys
from adapters.storage import open_store
from tests.fakes.clock import MovedClock
async def main():
    opened = await open_store(sys.argv[1], migrate=True, clock=MovedClock())
    await opened.store.counts()
    await opened.close()
asyncio.run(main())
loaded = {name.partition(".")[0] for name in sys.modules}
print(*sorted(loaded & {"sqlalchemy", "alembic", "asyncpg", "cryptography", "mako"}))
"""


def test_a_start_pays_for_nothing_it_does_not_use(tmp_path: Path) -> None:
    """Opening a migrated file imports no SQLAlchemy, no Alembic and no other driver."""
    command = [sys.executable, "-c", _OPEN, f"sqlite:///{tmp_path}/gateway.db"]

    def loaded() -> str:
        ran = subprocess.run(  # noqa: S603 - our own interpreter and text
            command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[3]
        )
        return ran.stdout.strip()

    assert loaded() == "alembic mako sqlalchemy"
    assert loaded() == ""


@pytest.mark.parametrize(
    "url", ["mysql://secret@host/db", "gateway.db", "", "sqlite://gateway.db", "sqlite:///"]
)
async def test_an_unknown_address_is_explained(url: str) -> None:
    """With the forms that work, and without what may be a password."""
    with pytest.raises(StorageError, match="sqlite:///path") as raised:
        await open_store(url, migrate=True, clock=MovedClock())
    assert "secret" not in str(raised.value)
