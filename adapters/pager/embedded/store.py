"""The pager's memory: one SQLite connection on one thread, with shared commits.

Why a thread: with `synchronous=FULL` a commit waits for the disk (half a millisecond, sometimes
many), and the event loop must not. Work that arrives while a commit runs is collected and shares
the next one, so durability costs one disk wait per batch instead of one per page: thousands of
pages per second stay possible. An awaited `run` returns only after its commit, so whatever the
pager has answered survives kill -9.

Why one connection: nothing else writes or checkpoints, reads see every commit, and exclusive
locking makes a second process on the same file fail at its start instead of later.
"""

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

SCHEMA_VERSION = 1
FIRST_MESSAGE_ID = 1_724_099_040_000  # above 2^31: clients that keep 32 bits must notice at once
BATCH = 256

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE edit (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE session (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE subscription (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE conversation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  last_at INTEGER NOT NULL
);
CREATE TABLE place (
  conversation INTEGER NOT NULL,
  extension INTEGER NOT NULL,
  PRIMARY KEY (conversation, extension)
) WITHOUT ROWID;
CREATE TABLE page (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL,
  text TEXT NOT NULL,
  to_department INTEGER NOT NULL,
  is_reply INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE TABLE message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox INTEGER NOT NULL,
  page INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  direction TEXT NOT NULL,
  read_status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  indexed_at INTEGER NOT NULL,
  deleted_at INTEGER
);
CREATE VIEW copy AS
  SELECT m.*, p.sender, p.recipients, p.text, p.to_department
  FROM message m JOIN page p ON p.id = m.page;
CREATE INDEX message_by_time ON message (mailbox, created_at);
CREATE INDEX message_by_change ON message (mailbox, indexed_at);
CREATE INDEX message_by_conversation ON message (mailbox, conversation_id);
CREATE INDEX message_by_page ON message (page);
"""


class StoreError(Exception):
    """The data file cannot be used; the text says why."""


@dataclass(slots=True)
class _Job:
    work: Callable[[sqlite3.Connection], Any]
    done: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


class Store:
    """Runs work against the database, one piece after the other, durable when it returns."""

    def __init__(self, connection: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._loop = loop
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="pager-store", daemon=True)

    @classmethod
    async def open(cls, path: Path | None) -> "Store":
        """Open or create the file (`None`: memory).

        Raises:
            StoreError: another process holds the file, or it is not one of ours.
        """
        loop = asyncio.get_running_loop()
        connection = await loop.run_in_executor(None, open_database, path)
        store = cls(connection, loop)
        store._thread.start()
        return store

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a transaction of its own and return its result once it is on disk.

        `work` runs on the store's thread: it may touch only the connection and immutable values.
        If it raises, its changes are undone and the exception is raised here.
        """
        job = _Job(work, self._loop.create_future())
        self._jobs.put(job)
        result: T = await job.done
        return result

    async def close(self) -> None:
        """Finish what was accepted, then close the file."""
        self._jobs.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _serve(self) -> None:
        while (jobs := self._next_batch())[0] is not None:
            batch = [job for job in jobs if job is not None]
            self._commit(batch)
            self._loop.call_soon_threadsafe(_settle, batch)
            if jobs[-1] is None:
                break
        self._connection.close()

    def _next_batch(self) -> list[_Job | None]:
        batch = [self._jobs.get()]
        while batch[-1] is not None and len(batch) < BATCH:
            try:
                batch.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return batch

    def _commit(self, batch: list[_Job]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._attempt(job)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            for job in batch:
                job.error = job.error or error

    def _roll_back(self) -> None:
        # On a full disk SQLite may have undone everything by itself already.
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")

    def _attempt(self, job: _Job) -> None:
        self._connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(self._connection)
        except Exception as error:  # noqa: BLE001  handed to whoever awaits this job
            job.error = error
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")


def _settle(batch: list[_Job]) -> None:
    for job in batch:
        if job.done.done():
            continue  # the caller went away; what was stored stays stored
        if job.error is None:
            job.done.set_result(job.result)
        else:
            job.done.set_exception(job.error)


def open_database(path: Path | None) -> sqlite3.Connection:
    """Open the database with its durability settings and create the tables if they are missing.

    It holds every message, so a new file is readable by our user only.
    """
    try:
        if path:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, timeout=1.0
        )
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"Cannot open {path}: {error}") from error
    try:
        _check_version(connection)
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.row_factory = sqlite3.Row
        _create_tables(connection)
    except sqlite3.Error as error:
        connection.close()
        in_use = "locked" in str(error)
        reason = "it is in use by another company pager" if in_use else str(error)
        raise StoreError(f"Cannot use {path}: {reason}") from error
    return connection


def _check_version(connection: sqlite3.Connection) -> None:
    """Leave a file alone that this version does not understand."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError("it was written by a newer version")


def _create_tables(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('message', ?)", (FIRST_MESSAGE_ID,)
        )
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    connection.execute("COMMIT")
