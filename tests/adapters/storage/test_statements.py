"""Every statement means something to both databases, and none reads a growing table to its end."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from adapters.storage import migrate, statements
from adapters.storage.engine import Statement
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

EVERY = pytest.mark.parametrize("name", sorted(statements.ALL))

# These may look at every row: a channel that gets another id, an operator's count, a new key, a
# clock that was put back.
# Dead letters and open incidents are small indexes, walked from their newest end.
MAY_SCAN = {
    "DEAD_LETTERS",
    "NEWEST_ALERTS",
    "OPEN_INCIDENTS",
    "REROUTE_PAGES",
    "REROUTE_DELIVERIES",
    "REROUTE_DRAFTS",
    "COUNTS",
    "BACKLOG",
    "THREADS",
    "DOUBT_OPEN",
    "DOUBT_NEW",
    "RESET_LANES",
    "HASTEN_LANES",
    "HASTEN_DELIVERIES",
    "UNSETTLED",
    "DEAD_COUNTS",
    "VAULT_KEYS",
    "SEALED_OTHERWISE",
    "COUNT_SEALED_OTHERWISE",
}
GROWING = (
    "inbox",
    "pages",
    "links",
    "lanes",
    "deliveries",
    "drafts",
    "alert_events",
    "incidents",
    "ingests",
    "silences",
    "audit",
)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("statements") / "a.db"
    connection = sqlite3.connect(path)
    for text in migrate.render("sqlite", None):
        connection.execute(text)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def prepared(postgresql: PostgresServer) -> str:
    postgresql.execute("CREATE DATABASE statements")
    postgresql.execute(";".join(migrate.render("postgresql", None)), "statements")
    return postgresql.url("statements")


def plan_of(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    wanted = [int(number) for number in re.findall(r"\?(\d+)", statement.sqlite)]
    parameters = [None] * max(wanted, default=0)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", parameters)
    return [str(row[3]) for row in rows]


@EVERY
def test_sqlite_takes_every_statement(sqlite: sqlite3.Connection, name: str) -> None:
    """Prepared against a fresh schema."""
    plan_of(sqlite, statements.ALL[name])


@EVERY
def test_sqlite_seeks_and_does_not_scan(sqlite: sqlite3.Connection, name: str) -> None:
    """What runs often costs the same however many rows there are."""
    if name in MAY_SCAN:
        return
    scans = [
        step
        for step in plan_of(sqlite, statements.ALL[name])
        if re.match(rf"SCAN ({'|'.join(GROWING)})\b", step)
    ]
    assert scans == []


@pytest.mark.postgresql
async def test_postgresql_takes_every_statement(prepared: str) -> None:
    """Prepared against a fresh schema, with every parameter's type known to the server."""
    connection = await asyncpg.connect(prepared)
    try:
        for name, statement in statements.ALL.items():
            parameters = (await connection.prepare(statement.postgresql)).get_parameters()
            assert "unknown" not in {kind.name for kind in parameters}, name
    finally:
        await connection.close()


def test_what_differs_between_the_databases_is_declared() -> None:
    """Apart from eleven statements, only row locks, lists and parameter marks differ."""

    def plain(text: str) -> str:
        text = re.sub(r"\s+FOR (UPDATE( SKIP LOCKED)?|KEY SHARE)", "", text)
        text = re.sub(r"\(SELECT (CAST\()?value.*?\)\)+", "LIST", text)
        return re.sub(r"[$?](\d)", r"?\1", text)

    differ = {
        name
        for name, s in statements.ALL.items()
        if plain(s.postgresql).split() != plain(s.sqlite).split()
    }
    own = {"HAS_REVISION", "LOCK_SCHEMA", "ANNOUNCE", "INTEGRITY", "RECORD_ALERT", "SKIP_IDS"}
    own |= {"LOCK_METER", "OUR_NUMBER", "SAY_PRESENT", "TAKE_THE_LEAD", "ABSENT"}
    own |= {"NEW_WRITER", "MARK_COMMIT"}
    assert differ == own
