"""What SQLite's file may do to us, and what is promised all the same."""

import asyncio
import os
import shutil
import sqlite3
import stat
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from adapters.storage import StorageError, open_store
from adapters.storage.engine import Make, Outcome, Row, Script, Statement
from adapters.storage.opening import upgrade
from adapters.storage.sqlite.engine import SqliteEngine, open_sqlite
from adapters.storage.sqlite.file import BUSY_TIMEOUT_S
from adapters.storage.sqlite.threads import ScriptThread
from adapters.storage.store import SqlStore
from gateway.domain.errors import FactValue, StoreUnavailableError
from gateway.ports.changes import NewPage
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit
from tests.adapters.storage.faulty_sqlite import (
    FaultyConnection,
    always,
    faulty,
    once,
    sqlite_error,
)
from tests.contract.store.values import ADA, NOW, REF, WORKSPACE, enqueue, page
from tests.fakes.clock import MovedClock

FULL = sqlite_error("SQLITE_FULL")
COUNTER = "PRAGMA user_version = "


class Heard(Observer):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.events.append(" ".join([event, *map(str, facts.values())]))


@dataclass
class Fragile:
    """A store whose connection can be made to fail."""

    path: Path
    store: Store
    engine: SqliteEngine
    connection: type[FaultyConnection]
    heard: Heard


@pytest.fixture
async def fragile(tmp_path: Path) -> AsyncIterator[Fragile]:
    connection, heard = faulty(), Heard()
    path = tmp_path / "gateway.db"
    engine = await open_sqlite(path, heard, connection)
    await upgrade(engine)
    store = SqlStore(engine, MovedClock().now)
    yield Fragile(path, store, engine, connection, heard)
    connection.plan()
    await engine.close()


def unit(number: int = 0) -> Unit:
    return Unit((NewPage(page(f"pg_{number}")), enqueue(ref=f"pg_{number}")), once=f"k{number}")


def pragma(text: str) -> Script[list[Row]]:
    return list((yield Statement(text)()))


# --- opening -----------------------------------------------------------------------------------


async def test_every_commit_waits_for_the_disk(fragile: Fragile) -> None:
    """WAL with full synchronisation, as the writing connection itself says."""
    ((mode,),) = await fragile.engine.write(lambda: pragma("PRAGMA journal_mode"))
    ((synchronous,),) = await fragile.engine.write(lambda: pragma("PRAGMA synchronous"))
    assert (mode, synchronous) == ("wal", 2)


async def test_a_connection_that_would_lose_messages_is_refused(tmp_path: Path) -> None:
    """If FULL cannot be had, nothing is accepted at all."""

    class Careless(sqlite3.Connection):
        @override
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            careless = sql.replace("synchronous = FULL", "synchronous = NORMAL")
            return super().execute(careless, parameters)

    with pytest.raises(StorageError, match="would lose accepted messages"):
        await open_sqlite(tmp_path / "gateway.db", Heard(), Careless)


async def test_a_second_gateway_on_the_file_is_refused_in_words(fragile: Fragile) -> None:
    """It hears who has it; the first one is not disturbed; afterwards the file is free."""
    url = f"sqlite:///{fragile.path}"
    with pytest.raises(StorageError, match=rf"another gateway \(process {os.getpid()}\)"):
        await open_store(url, migrate=True, clock=MovedClock())
    assert await fragile.store.commit(unit()) is Committed.DONE
    await fragile.engine.close()
    async with await open_store(url, migrate=False, clock=MovedClock()) as next_one:
        assert await next_one.store.commit(unit()) is Committed.REPEATED


async def test_only_the_owner_may_read_the_files(fragile: Fragile) -> None:
    """Page texts and sealed tokens are nobody else's business."""
    await fragile.store.commit(unit())
    files = sorted(fragile.path.parent.iterdir())
    assert [f.name.removeprefix("gateway.db") for f in files] == ["", "-shm", "-wal", ".lock"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}


async def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    """The default address works on a fresh machine."""
    path = tmp_path / "var" / "gateway" / "gateway.db"
    async with await open_store(f"sqlite:///{path}", migrate=True, clock=MovedClock()):
        assert path.exists()


@pytest.mark.parametrize(
    "content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 9000]
)
async def test_what_is_no_database_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """Never recreated in silence: the file is kept, and the words name the backup."""
    path = tmp_path / "gateway.db"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="restore the last backup"):
        await open_store(f"sqlite:///{path}", migrate=True, clock=MovedClock())
    assert path.read_bytes() == content


async def test_a_damaged_file_is_not_opened(tmp_path: Path) -> None:
    """Pages overwritten in the middle are found before anything is served."""
    path = tmp_path / "gateway.db"
    url = f"sqlite:///{path}"
    async with await open_store(url, migrate=True, clock=MovedClock()) as opened:
        for number in range(200):
            await opened.store.commit(unit(number))
    whole = bytearray(path.read_bytes())
    half = len(whole) // 2
    whole[half : half + 3 * 4096] = os.urandom(3 * 4096)
    path.write_bytes(whole)
    with pytest.raises(StorageError, match=r"damaged|malformed"):
        await open_store(url, migrate=True, clock=MovedClock())
    assert path.read_bytes() == bytes(whole)


async def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    """A folder in the place of the file."""
    with pytest.raises(StorageError, match="cannot be used"):
        await open_store(f"sqlite:///{tmp_path}", migrate=True, clock=MovedClock())


async def test_a_lock_that_cannot_be_taken_is_explained(tmp_path: Path) -> None:
    """A folder in the place of the file beside it."""
    (tmp_path / "gateway.db.lock").mkdir()
    with pytest.raises(StorageError, match="cannot be used: Is a directory"):
        await open_sqlite(tmp_path / "gateway.db", Heard())


async def test_a_full_disk_at_the_start_is_not_called_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite says "disk I/O error", and somebody would put a backup in its place for it."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=0))
    connection = faulty()
    connection.plan(always("PRAGMA journal_mode = WAL", "SQLITE_IOERR"))
    with pytest.raises(StorageError, match=r"its disk is full\. Make room"):
        await open_sqlite(tmp_path / "gateway.db", Heard(), connection)


# --- group commit ------------------------------------------------------------------------------


async def test_those_who_wait_together_sync_together(fragile: Fragile) -> None:
    """A hundred units at once take a few commits, not a hundred."""
    fragile.connection.seen.clear()
    results = await asyncio.gather(*(fragile.store.commit(unit(n)) for n in range(100)))
    assert set(results) == {Committed.DONE}
    assert fragile.connection.seen.count("COMMIT") < 20


async def test_nothing_to_write_waits_for_no_disk(fragile: Fragile) -> None:
    """An idle dispatcher's question leaves the file as it is."""
    await fragile.store.commit(unit())
    await fragile.store.claim(NOW, 10, 30)
    size = fragile.path.with_name("gateway.db-wal").stat().st_size
    assert await fragile.store.claim(NOW, 10, 30) == ()
    assert await fragile.store.commit(unit()) is Committed.REPEATED
    assert fragile.path.with_name("gateway.db-wal").stat().st_size == size


async def test_a_caller_who_is_gone_does_not_hold_up_the_rest(fragile: Fragile) -> None:
    """A cancelled commit is still written, and its neighbours hear of theirs."""
    gone = asyncio.ensure_future(fragile.store.commit(unit(1)))  # noqa: TID251 - a test's own task
    stays = asyncio.ensure_future(fragile.store.commit(unit(2)))  # noqa: TID251 - same
    await asyncio.wait([gone, stays], timeout=0)
    gone.cancel()
    assert await stays is Committed.DONE
    assert await fragile.store.commit(unit(1)) is Committed.REPEATED


# --- faults ------------------------------------------------------------------------------------


async def test_a_full_disk_is_said_and_nothing_is_half_stored(fragile: Fragile) -> None:
    """Refused as a whole; accepted again as soon as there is room."""
    await fragile.engine.write(lambda: pragma("PRAGMA max_page_count = 1"))
    large = Unit(tuple(NewPage(page(f"pg_{n}", text="x" * 1000)) for n in range(300)), once="k")
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await fragile.store.commit(large)
    assert await fragile.store.pages_of(WORKSPACE, ADA, 10) == ()
    await fragile.engine.write(lambda: pragma("PRAGMA max_page_count = 100000"))
    assert await fragile.store.commit(large) is Committed.DONE
    assert fragile.heard.events == ["store.write_failed SQLITE_FULL", "store.recovered"]


async def test_a_full_disk_is_full_until_something_was_written(fragile: Fragile) -> None:
    """A question that changes nothing does not show that there is room again."""
    fragile.connection.plan(before=lambda sql: FULL if sql.startswith(COUNTER) else None)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await fragile.store.commit(unit())
        with pytest.raises(StoreUnavailableError):
            await fragile.store.claim(NOW, 10, 30)
    assert fragile.engine.trouble == "SQLITE_FULL"
    fragile.connection.plan()
    assert await fragile.store.claim(NOW, 10, 30) == ()
    assert fragile.engine.trouble == ""
    assert fragile.heard.events == ["store.write_failed SQLITE_FULL", "store.recovered"]


@pytest.mark.parametrize("name", ["SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_FULL"])
async def test_a_commit_that_failed_is_not_stored(fragile: Fragile, name: str) -> None:
    """The caller hears that it was not recorded, and the same unit may come again."""
    fragile.connection.plan(before=once("COMMIT", name))
    with pytest.raises(StoreUnavailableError):
        await fragile.store.commit(unit())
    assert await fragile.store.page(REF) is None
    assert await fragile.store.commit(unit()) is Committed.DONE


@pytest.mark.parametrize("name", ["SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC"])
async def test_a_commit_that_failed_but_is_there_is_done(fragile: Fragile, name: str) -> None:
    """The file is opened again and tells; a caller must not hear "not recorded" of what is."""
    fragile.connection.plan(after=once("COMMIT", name))
    assert await fragile.store.commit(unit()) is Committed.DONE
    assert await fragile.store.commit(unit()) is Committed.REPEATED


async def test_a_commit_without_memory_is_looked_for(fragile: Fragile) -> None:
    """SQLite says so by a MemoryError, which tells nothing about the transaction."""

    def no_memory(sql: str) -> BaseException | None:
        return MemoryError() if sql == "COMMIT" else None

    fragile.connection.plan(after=no_memory)
    assert await fragile.store.commit(unit()) is Committed.DONE


async def test_a_transaction_that_could_not_be_taken_back_ends(fragile: Fragile) -> None:
    """Nothing of it is recorded, and the next one is not kept from beginning."""

    def no_memory(sql: str) -> BaseException | None:
        return MemoryError() if sql.startswith(COUNTER) or sql == "ROLLBACK" else None

    fragile.connection.plan(before=no_memory)
    with pytest.raises(StoreUnavailableError):
        await fragile.store.commit(unit(1))
    fragile.connection.plan()
    assert await fragile.store.commit(unit(2)) is Committed.DONE
    assert await fragile.store.page(page("pg_1").ref) is None


async def test_the_thread_outlives_what_it_could_not_do() -> None:
    """Its callers would wait for ever; they are told, and the next one is served."""
    works = iter((MemoryError(), [Outcome([("done",)])]))

    def work(_: Sequence[Make[Any]]) -> list[Outcome]:
        done = next(works)
        if isinstance(done, BaseException):
            raise done
        return done

    thread = ScriptThread("frail", work)
    with pytest.raises(StoreUnavailableError):
        await thread.run(lambda: pragma("any"))
    assert await thread.run(lambda: pragma("any")) == [("done",)]
    await thread.close()


async def test_a_disk_that_does_not_sync_stops_the_store(fragile: Fragile) -> None:
    """The first failed sync may pass; after the second nothing is served, also no question."""
    fragile.connection.plan(before=always("COMMIT", "SQLITE_IOERR_FSYNC"))
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await fragile.store.commit(unit())
    fragile.connection.plan()
    with pytest.raises(StoreUnavailableError):
        await fragile.store.commit(unit())
    with pytest.raises(StoreUnavailableError):
        await fragile.store.counts()
    assert "store.stopped SQLITE_IOERR_FSYNC" in fragile.heard.events


async def test_damage_found_while_running_stops_the_store(fragile: Fragile) -> None:
    """A file that is not what it was is never served as healthy."""
    counting = "SELECT state, COUNT(*) FROM deliveries"

    def damaged(sql: str) -> BaseException | None:
        return always(sql, "SQLITE_CORRUPT")(sql) if counting in sql else None

    fragile.connection.plan(before=damaged)
    with pytest.raises(StoreUnavailableError):
        await fragile.store.counts()
    with pytest.raises(StoreUnavailableError):
        await fragile.store.commit(unit())
    assert fragile.heard.events[0] == "store.stopped SQLITE_CORRUPT"


async def test_a_strangers_lock_is_answered_within_three_seconds(fragile: Fragile) -> None:
    """Somebody's shell holds the write lock: refused in time, recorded again afterwards."""
    await fragile.store.commit(unit(0))
    stranger = sqlite3.connect(fragile.path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    results = await asyncio.gather(
        *(fragile.store.commit(unit(n)) for n in range(1, 9)), return_exceptions=True
    )
    assert {type(result) for result in results} == {StoreUnavailableError}
    assert loop.time() - begun < 2 * BUSY_TIMEOUT_S + 0.5 < 3
    assert await fragile.store.page(page("pg_0").ref) is not None
    stranger.execute("ROLLBACK")
    stranger.close()
    assert await fragile.store.commit(unit(1)) is Committed.DONE


async def test_a_strangers_lock_that_is_short_is_waited_for(fragile: Fragile) -> None:
    """A backup's moment does not refuse anybody."""
    stranger = sqlite3.connect(fragile.path, isolation_level=None, check_same_thread=False)
    stranger.execute("BEGIN IMMEDIATE")
    commit = asyncio.ensure_future(fragile.store.commit(unit()))  # noqa: TID251 - a test's own task
    await asyncio.wait([commit], timeout=0.2)
    assert not commit.done()
    stranger.execute("ROLLBACK")
    stranger.close()
    assert await commit is Committed.DONE


async def test_an_outage_is_said_once_and_so_is_its_end(fragile: Fragile) -> None:
    """Ten refused commits make one line in the log, and the first good one another."""
    fragile.connection.plan(before=always("BEGIN IMMEDIATE", "SQLITE_BUSY"))
    for _ in range(10):
        with pytest.raises(StoreUnavailableError):
            await fragile.store.commit(unit())
    fragile.connection.plan()
    await fragile.store.commit(unit())
    assert fragile.heard.events == ["store.write_failed SQLITE_BUSY", "store.recovered"]
