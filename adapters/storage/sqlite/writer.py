"""The only connection that writes: one transaction for everything that waits (group commit)."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from adapters.storage.engine import Make, Outcome, Undo, unavailable
from adapters.storage.health import Health
from adapters.storage.sqlite.file import Opener, close
from adapters.storage.sqlite.scripts import about_the_file, drive, is_damage
from gateway.domain.errors import StoreUnavailableError

_COUNTER_END = 2**31


class Writer:
    """Runs batches of scripts. Lives on the writer thread.

    `user_version` counts the commits: when COMMIT fails and the file is opened again, the counter
    tells whether that transaction is in it.
    """

    def __init__(self, opener: Opener, connection: sqlite3.Connection, health: Health) -> None:
        self._opener = opener
        self._connection: sqlite3.Connection | None = connection
        self._commits = _counter(connection)
        self._health = health
        self._unsynced = 0
        self.stopped = False
        """Nothing is served any more, because going on could lose or forge something."""

    def run(self, makes: Sequence[Make[Any]]) -> list[Outcome]:
        """Run scripts in one transaction; what is returned is on disk."""
        try:
            if self.stopped:
                raise StoreUnavailableError  # noqa: TRY301 - one way out for every cause
            outcomes = self._transaction(self._connected(), makes)
        except Exception as error:  # noqa: BLE001 - the worker loop: the thread must not die
            self._note(error)
            return [Outcome(error=unavailable(error)) for _ in makes]
        self._health.fine()
        return outcomes

    def close(self) -> None:
        """Close last of all connections, so that the final checkpoint is this one's."""
        if self._connection is not None:
            close(self._connection)
            self._connection = None

    def _transaction(
        self, connection: sqlite3.Connection, makes: Sequence[Make[Any]]
    ) -> list[Outcome]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            before = connection.total_changes
            outcomes = [_outcome(connection, make) for make in makes]
            # With no row written there is nothing to wait for; but only what is written shows
            # that a full disk takes something again.
            if connection.total_changes == before and not self._health.trouble:
                connection.execute("COMMIT")
                return outcomes
            commits = (self._commits + 1) % _COUNTER_END
            connection.execute(f"PRAGMA user_version = {commits}")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        self._commit(connection, commits)
        return outcomes

    def _commit(self, connection: sqlite3.Connection, commits: int) -> None:
        try:
            connection.execute("COMMIT")
        except (sqlite3.Error, MemoryError) as error:  # the latter is SQLITE_NOMEM
            if not self._committed_after_all(commits):
                raise
            self._note(error)
        else:
            self._commits, self._unsynced = commits, 0

    def _committed_after_all(self, commits: int) -> bool:
        """Look into the file again. What is found there must also be synced by another way."""
        self.close()
        connection = self._connected()
        if self._commits != commits:
            return False
        _, written, copied = connection.execute("PRAGMA wal_checkpoint").fetchone()
        return bool(written == copied)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._connection.in_transaction:
            self.close()  # not even taking the last one back went through
        if self._connection is None:
            self._connection = self._opener.writer()
            self._commits = _counter(self._connection)
        return self._connection

    def stop(self, cause: Exception) -> None:
        """Serve nothing more until a person has looked. Also called by the reader's thread."""
        if not self.stopped:
            self.stopped = True
            self._health.stopped(_name(cause))

    def _note(self, error: Exception) -> None:
        code = getattr(error, "sqlite_errorcode", 0)
        self._unsynced += code == sqlite3.SQLITE_IOERR_FSYNC
        # After a failed sync nobody knows what is on disk; a second one means it is not passing.
        if self._unsynced > 1 or is_damage(error):
            self.stop(error)
        self._health.failed(_name(error))
        if code & 0xFF == sqlite3.SQLITE_IOERR:
            self.close()


def _counter(connection: sqlite3.Connection) -> int:
    (commits,) = connection.execute("PRAGMA user_version").fetchone()
    return int(commits)


def _outcome(connection: sqlite3.Connection, make: Make[Any]) -> Outcome:
    """Run one script so that its failure takes back only its own work."""
    connection.execute("SAVEPOINT script")
    try:
        outcome = Outcome(drive(make(), connection))
    except Undo as undo:
        connection.execute("ROLLBACK TO script")
        outcome = Outcome(undo.result)
    except Exception as error:
        if about_the_file(error) or not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO script")
        outcome = Outcome(error=error)
    connection.execute("RELEASE script")
    return outcome


def _name(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", type(error).__name__)
