"""The connection that only reads, so that no question waits for a disk to sync."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from adapters.storage.engine import Make, Outcome, unavailable
from adapters.storage.sqlite.file import Opener, close
from adapters.storage.sqlite.scripts import about_the_file, drive, is_damage
from adapters.storage.sqlite.writer import Writer
from gateway.domain.errors import StoreUnavailableError


class Reader:
    """Answers batches of questions, each batch on one view of the database."""

    def __init__(self, opener: Opener, writer: Writer) -> None:
        self._opener = opener
        self._writer = writer
        self._connection: sqlite3.Connection | None = None

    def run(self, makes: Sequence[Make[Any]]) -> list[Outcome]:
        """Run scripts that only read."""
        if self._writer.stopped:
            return [Outcome(error=StoreUnavailableError()) for _ in makes]
        try:
            connection = self._begin()
        except sqlite3.Error as error:
            self.close()
            return [self._failed(error) for _ in makes]
        outcomes = [self._answer(connection, make) for make in makes]
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        if any(isinstance(outcome.error, StoreUnavailableError) for outcome in outcomes):
            self.close()
        return outcomes

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        if self._connection is not None:
            close(self._connection)
            self._connection = None

    def _begin(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._opener.reader()
        self._connection.execute("BEGIN")
        return self._connection

    def _answer(self, connection: sqlite3.Connection, make: Make[Any]) -> Outcome:
        try:
            return Outcome(drive(make(), connection))
        except Exception as error:  # noqa: BLE001 - the worker loop: one bad question spoils no other
            return self._failed(error)

    def _failed(self, error: Exception) -> Outcome:
        if not about_the_file(error):
            return Outcome(error=error)
        if is_damage(error):
            self._writer.stop(error)
        return Outcome(error=unavailable(error))
