"""The database file: who may open it, how it is opened, and what is refused."""

import fcntl
import os
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import IO

from adapters.storage.errors import (
    DatabaseInUseError,
    DatabaseUnfitError,
    DiskFullError,
    StorageError,
)

BUSY_TIMEOUT_S = 1.2
"""How long a write waits for a stranger's lock; one waiting behind it still answers within 3 s."""

OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables came with 3.37, RETURNING with 3.35."""

_SYNCHRONOUS_FULL = 2
_QUICKLY_CHECKED = 16 * 2**20
_ROOM = 2**16
"""Bytes that opening needs, for the files beside the database."""
_FOR_WANT_OF_ROOM = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN})
_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    # FULL: with NORMAL, a power cut loses acknowledged rows.
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 1000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
    # A torn page is noticed when it is read, not when it has been copied.
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
)


class FileLock:
    """Keeps a second process out, also after kill -9: the kernel lets go, not we.

    The lock is on a file beside the database. Locking the database file itself would end SQLite's
    own locks on it as soon as our handle is closed.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock")
        self._handle: IO[str] | None = None

    def take(self) -> None:
        """Take the lock and write our process id into it.

        Raises:
            DatabaseInUseError: another process has it.
            StorageError: the place does not let us.
        """
        try:
            self._take()
        except OSError as error:
            raise unfit(self._database, error) from error

    def _take(self) -> None:
        handle = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = handle.read().strip() or "unknown"
            handle.close()
            raise DatabaseInUseError(str(self._database), holder) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        self._handle = handle

    def give_back(self) -> None:
        """Let the next process in. The file stays: removing it would race with that process."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def prepare(path: Path) -> None:
    """Make the file and its folder if they are new, readable by our user only.

    Raises:
        StorageError: the place does not let us.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseUnfitError(str(path), f"SQLite {sqlite3.sqlite_version} is too old")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise unfit(path, error) from error


def unfit(path: Path, error: OSError | sqlite3.Error) -> StorageError:
    """Say why a file cannot be opened. A full disk shows as many errors; none of them is damage."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, OSError) or code in _FOR_WANT_OF_ROOM:
        with suppress(OSError):
            if shutil.disk_usage(path.parent).free < _ROOM:
                return DiskFullError(str(path))
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return DatabaseUnfitError(str(path), reason or "cannot be opened")


class Opener:
    """Opens connections to one file; tests hand in a `connect` that fails on purpose."""

    def __init__(self, path: Path, connect: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self.path = path
        self._factory = connect

    def writer(self) -> sqlite3.Connection:
        """Open the only connection that writes and checkpoints.

        SQLite up to 3.51.2 can corrupt a file whose WAL is reset by two such connections.

        Raises:
            DatabaseUnfitError: the file is no database, or does not sync as it must.
            DiskFullError: there is no room for the files beside it.
        """
        connection = self._connect()
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
            self._assert_durable(connection)
            self._assert_whole(connection)
        except BaseException as error:
            close(connection)
            if isinstance(error, sqlite3.Error):
                raise unfit(self.path, error) from error
            raise
        return connection

    def reader(self) -> sqlite3.Connection:
        """Open a connection that never writes."""
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cell_size_check = ON")
        return connection

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,  # transactions are begun and ended by us, in words
            check_same_thread=False,  # opened by one thread, then used by its own
            cached_statements=256,
            factory=self._factory,
        )

    def _assert_whole(self, connection: sqlite3.Connection) -> None:
        """Read the schema; look through all pages only while that is quick (`db check` always)."""
        connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        if self.path.stat().st_size <= _QUICKLY_CHECKED:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise DatabaseUnfitError(str(self.path), f"it is damaged ({verdict})")

    def _assert_durable(self, connection: sqlite3.Connection) -> None:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        if mode != "wal" or synchronous != _SYNCHRONOUS_FULL:
            reason = f"journal mode {mode}, synchronous {synchronous} would lose accepted messages"
            raise DatabaseUnfitError(str(self.path), reason)


def close(connection: sqlite3.Connection) -> None:
    """Close a connection that may be broken."""
    with suppress(sqlite3.Error):
        connection.close()
