"""A copy of a SQLite database, taken while it is written, and put in place again."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from adapters.storage.codec.envelope import micros, moment
from adapters.storage.errors import BackupFailedError, RestoreRefusedError
from adapters.storage.sqlite.file import FileLock, Opener, close

_BESIDE = ("", "-wal", "-shm")


def copy(opener: Opener, to: Path, taken_at: datetime) -> None:
    """Write a copy that is consistent, checked, and on disk; it says of itself that it is one.

    One step of SQLite's backup reads one moment; writers go on meanwhile, because a WAL lets them.

    Raises:
        BackupFailedError: the file is there already, or cannot be written.
    """
    part = to.with_name(to.name + ".part")
    try:
        if to.exists():
            raise BackupFailedError(str(to), "a file of that name is there already")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        source = opener.reader()
        try:
            with closing(sqlite3.connect(part, isolation_level=None)) as target:
                source.backup(target)
                _seal(target, taken_at)
        finally:
            close(source)
        _sync(part)
        part.rename(to)
        _sync(to.parent)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise BackupFailedError(str(to), str(error)) from error


def _seal(target: sqlite3.Connection, taken_at: datetime) -> None:
    target.execute("PRAGMA journal_mode = DELETE")
    values = ("backup", micros(taken_at))
    target.execute("INSERT INTO standing (name, at) VALUES (?, ?)", values)
    (verdict,) = target.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


def restore(backup: Path, database: Path, now: datetime, *, replace: bool) -> datetime:
    """Put a backup in a database's place; what stood there is set aside, never removed.

    Gives when the backup was taken. Whoever opens it next finds out what was sent since.

    Raises:
        RestoreRefusedError: it is no backup, or something is in its place.
        DatabaseInUseError: a gateway runs on the database.
    """
    taken_at = _taken_at(backup)
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(database)
    lock.take()
    try:
        if database.exists() and database.stat().st_size and not replace:
            raise RestoreRefusedError(
                f"{database} holds a database. With --replace it is set aside, not removed."
            )
        part = database.with_name(database.name + ".part")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        shutil.copyfile(backup, part)
        _sync(part)
        _set_aside(database, f"{now:%Y%m%dT%H%M%S}")
        part.rename(database)
        _sync(database.parent)
    finally:
        lock.give_back()
    return taken_at


def _taken_at(backup: Path) -> datetime:
    """Read when a backup was taken, and all of its pages."""
    try:
        with closing(sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True)) as source:
            (verdict,) = source.execute("PRAGMA integrity_check(1)").fetchone()
            rows = source.execute("SELECT at FROM standing WHERE name = 'backup'").fetchall()
    except (OSError, sqlite3.Error) as error:
        raise RestoreRefusedError(f"{backup} is no backup of a gateway: {error}.") from error
    if verdict != "ok" or not rows:
        reason = f"damaged ({verdict})" if verdict != "ok" else "not one that a gateway wrote"
        raise RestoreRefusedError(f"{backup} cannot be restored: it is {reason}.")
    return moment(rows[0][0])


def _set_aside(database: Path, when: str) -> None:
    for end in _BESIDE:
        with suppress(FileNotFoundError):
            database.with_name(database.name + end).rename(
                database.with_name(f"{database.name}.before-{when}{end}")
            )


def _sync(path: Path) -> None:
    """Have the disk keep a file, or a folder's entries."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
