"""What the store asks of a database: to run scripts.

A *script* is a plain generator. It yields calls of named statements, is handed their rows, and
returns a result; it knows neither driver nor loop. SQLite's writer thread drives it synchronously,
PostgreSQL drives it with awaits, and nothing is written twice. A script may be run again from its
beginning after a rollback, so an engine is given something that makes one.
"""

import asyncio
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from gateway.domain.errors import StoreUnavailableError
from gateway.ports.leadership import AlwaysLeading, Leadership

Value = str | int | bytes | None
Row = Sequence[Any]
Rows = Sequence[Row]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One named statement, written for PostgreSQL with `$1` parameters.

    SQLite's text is derived by the few differences declared in `_for_sqlite`.
    """

    postgresql: str
    sqlite: str = field(default="")

    def __post_init__(self) -> None:
        """Derive both texts once, at import."""
        text = self.postgresql
        object.__setattr__(self, "sqlite", self.sqlite or _for_sqlite(text))
        object.__setattr__(self, "postgresql", _for_postgresql(text))

    def __call__(self, *parameters: Value) -> "Call":
        """Call the statement with one set of parameters."""
        return Call(self, _storable(parameters), many=False)

    def many(self, rows: Sequence[tuple[Value, ...]]) -> "Call":
        """Call the statement once per set of parameters; yields no rows."""
        return Call(self, tuple(map(_storable, rows)), many=True)


class Call(NamedTuple):
    """A statement with its parameters: a tuple of values, or of rows with `many`."""

    statement: Statement
    parameters: tuple[Any, ...]
    many: bool


Script = Generator[Call, Rows, T]
Make = Callable[[], Script[T]]


class Undo(Exception):  # noqa: N818 - a way out of a script, like StopIteration; not an error
    """Raised by a script: take back everything it wrote and return `result` instead."""

    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


class Outcome(NamedTuple):
    """How a script ended: with a result, or with an error for its caller."""

    result: Any = None
    error: BaseException | None = None


def followed_by(make: Make[T], last: Make[None] | None) -> Make[T]:
    """Make one script of two."""

    def both() -> Script[T]:
        result = yield from make()
        if last is not None:
            yield from last()
        return result

    return both


def hand_over(outcome: Outcome, future: asyncio.Future[Any]) -> None:
    """Tell a script's caller how it ended. A caller who is gone misses nothing: it ran."""
    if future.done():
        return
    if outcome.error is None:
        future.set_result(outcome.result)
    else:
        future.set_exception(outcome.error)


def unavailable(cause: BaseException) -> StoreUnavailableError:
    """Say that the database is away, keeping the cause; each caller gets an error of its own."""
    error = StoreUnavailableError()
    error.__cause__ = cause
    return error


class Engine(Protocol):
    """Runs scripts. A write is on disk when it returns.

    Raises (read, write):
        StoreUnavailableError: nothing was written, or nothing could be read.
    """

    dialect: str
    """SQLAlchemy's name for it, for rendering migrations."""

    leadership: Leadership = AlwaysLeading()
    """Whether this process leads; an engine that several can share has its own."""

    @property
    def trouble(self) -> str:
        """Why nothing can be written at the moment; empty when the last write went through."""
        ...

    @property
    def holder(self) -> int | None:
        """Our name in leases; `None` when nobody else could tell whether we live."""
        return None

    async def departed(self) -> frozenset[int]:
        """List those who hold leases and are gone, as seen twice in a row."""
        return frozenset()

    async def write(self, make: Make[T], last: Make[None] | None = None) -> T:
        """Run a script in a transaction; others may share it, none sees another's failure.

        `last` runs in the same transaction, once, behind everything that shares it.
        """
        ...

    async def migrate(self, make: Make[T]) -> T:
        """Run a script like `write`, alone and however long it takes."""
        ...

    async def read(self, make: Make[T]) -> T:
        """Run a script that only reads."""
        ...

    def notify(self) -> None:
        """Let everybody who waits look for work, here and in other replicas."""
        ...

    async def wait(self) -> None:
        """Return soon after a `notify`; one that came while nobody waited is not lost."""
        ...

    async def backup(self, to: Path, taken_at: datetime) -> None:
        """Write a consistent copy to a new file while everything goes on; it is on disk then.

        Raises:
            BackupElsewhereError: this database has tools of its own.
            BackupFailedError: nothing was left behind.
        """
        ...

    async def close(self) -> None:
        """Finish what was handed in, then let go of the database."""
        ...


def _storable(parameters: tuple[Value, ...]) -> tuple[Value, ...]:
    """Replace what PostgreSQL's text cannot hold (NUL, half surrogates) in keys from outside."""
    for value in parameters:
        if isinstance(value, str) and not (value.isascii() and "\0" not in value):
            return tuple(storable_text(v) if isinstance(v, str) else v for v in parameters)
    return parameters


def storable_text(text: str) -> str:
    """Replace in one text what a parameter's would be; for those that stand in a list."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _for_sqlite(text: str) -> str:
    """SQLite: one writer needs no row locks, and parameters are numbered with `?`."""
    text = re.sub(r"\s+FOR (UPDATE( SKIP LOCKED)?|KEY SHARE)", "", text)
    text = re.sub(r"EACH(_TEXT)?\((\$\d)\)", r"(SELECT value FROM json_each(\2))", text)
    return re.sub(r"\$(\d+)", r"?\1", text)


def _for_postgresql(text: str) -> str:
    text = re.sub(
        r"EACH_TEXT\((\$\d)\)",
        r"(SELECT value FROM json_array_elements_text(CAST(\1 AS JSON)))",
        text,
    )
    return re.sub(
        r"EACH\((\$\d)\)",
        r"(SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(\1 AS JSON)))",
        text,
    )
