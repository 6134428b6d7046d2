"""A full database: rows beside those that a benchmark works with, each like one that is there."""

from collections.abc import Mapping
from functools import partial

from adapters.storage.engine import Engine, Row, Script, Statement
from adapters.storage.schema import metadata

_MONTH_AGO = "created_at - 2592000000000"  # microseconds

BESIDE: Mapping[str, Mapping[str, str]] = {
    "pages": {
        "ref": "'pg_' || i",
        "thread": """'["T0ACME","C0OPS","' || i || '.0"]'""",
        "created_at": _MONTH_AGO,
        "changed_at": _MONTH_AGO,
        "sent_at": _MONTH_AGO,
    },
    "links": {"conversation": "'c' || i", "ref": "'pg_' || i", "newest": "'m' || i"},
    "lanes": {"lane": "'pager:pg_' || i"},
    "deliveries": {"id": "1000000 + i", "lane": "'pager:pg_' || i", "ref": "'pg_' || i"},
}
"""What tells a row that stands beside from the one it is like."""

PENDING: Mapping[str, Mapping[str, str]] = {
    "deliveries": {
        "id": "9000000 + i",
        "lane": "'late:' || i",
        "state": "'ready'",
        "due_at": "9000000000000000",
        "finished_at": "NULL",
        "receipt": "NULL",
        "receipt_message": "NULL",
    },
    "lanes": {
        "lane": "'late:' || i",
        "head": "9000000 + i",
        "due_at": "9000000000000000",
        "idle_since": "NULL",
    },
}
"""What tells a delivery that waits, for the year 2255, from one that is done."""


async def crowd(engine: Engine, threads: int, pending: int = 0) -> None:
    """Put so many threads beside the first one, and deliveries that wait."""
    for table, differs in BESIDE.items():
        await engine.migrate(partial(_rows, table, threads, differs))
    for table, differs in PENDING.items() if pending else ():
        await engine.migrate(partial(_rows, table, pending, differs))


def _rows(table: str, rows: int, differs: Mapping[str, str]) -> Script[list[Row]]:
    """Write rows like the first one of a table."""
    columns = [column.name for column in metadata.tables[table].columns]
    values = ", ".join(differs.get(name, name) for name in columns)
    text = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "  # noqa: S608 - our own names and numbers
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {values} FROM n, (SELECT * FROM {table} LIMIT 1)"
    )
    return list((yield Statement(text)()))
