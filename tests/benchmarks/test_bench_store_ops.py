"""What a durable record costs against bare sqlite3, and what a claim costs in a full database.

CPU seconds of the whole process, writer thread included; wall times on shared machines say little.
"""

import asyncio
import sqlite3
import statistics
import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adapters.storage import open_store
from adapters.storage.sqlite.file import Opener
from adapters.storage.sqlite.scripts import drive
from adapters.storage.units import commit_unit
from gateway.domain.ids import Ref
from gateway.ports.changes import NewPage, Settle
from gateway.ports.store import Committed, Store, Unit
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, in_turns, in_turns_async
from tests.contract.store.values import NOW, enqueue, held, page, send, sent, update
from tests.fakes.clock import MovedClock

pytestmark = pytest.mark.benchmark

ROUNDS = 7
EVENTS = 2000
COMMITTERS = 32

Recorded = list[list[tuple[str, Any]]]


def accepted(number: int) -> Unit:
    """What a `/page` command commits: key, page, the send and the status message."""
    ref = Ref(f"pg_{number}")
    to_pager = enqueue(f"pager {number}", send(), ref=ref)
    to_chat = enqueue(f"chat {number}", update(), ref=ref)
    return Unit((NewPage(page(ref)), to_pager, to_chat), once=f"key {number}")


UNITS = [accepted(number) for number in range(EVENTS)]


class Recorder:
    """Runs scripts and keeps every statement with its parameters, to be replayed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.statements: list[tuple[str, Any]] = []

    def execute(self, text: str, parameters: Any = ()) -> sqlite3.Cursor:
        self.statements.append((text, parameters))
        return self._connection.execute(text, parameters)


def fresh(folder: Path, name: str) -> Path:
    path = folder / f"{name}.db"

    async def migrate() -> None:
        async with await open_store(f"sqlite:///{path}", migrate=True, clock=MovedClock()):
            pass

    asyncio.run(migrate())
    return path


def record(folder: Path) -> Recorded:
    """Find out which statements the units come down to."""
    connection = Opener(fresh(folder, "recorded")).writer()
    recorded: Recorded = []
    for unit in UNITS:
        recorder = Recorder(connection)
        drive(commit_unit(unit, NOW), recorder)  # type: ignore[arg-type]  # execute is all it needs
        recorded.append(recorder.statements)
    connection.close()
    return recorded


def replay(path: Path, recorded: Recorded) -> float:
    """CPU of the floor: the same statements on bare sqlite3, in transactions of 32 units."""
    connection = Opener(path).writer()
    begun = time.process_time()
    for start in range(0, len(recorded), COMMITTERS):
        connection.execute("BEGIN IMMEDIATE")
        for statements in recorded[start : start + COMMITTERS]:
            for text, parameters in statements:
                connection.execute(text, parameters).fetchall()
        connection.execute("COMMIT")
    cost = time.process_time() - begun
    connection.close()
    return cost


async def commit_all(store: Store) -> None:
    waiting = iter(UNITS)

    async def committer() -> None:
        for unit in waiting:
            assert await store.commit(unit) is Committed.DONE

    await asyncio.gather(*(committer() for _ in range(COMMITTERS)))


def through_the_store(path: Path) -> float:
    """CPU of the commits alone, without opening and closing."""

    async def measured() -> float:
        async with await open_store(
            f"sqlite:///{path}", migrate=False, clock=MovedClock()
        ) as opened:
            begun = time.process_time()
            await commit_all(opened.store)
            return time.process_time() - begun

    return asyncio.run(measured())


def test_accepting_costs_little_more_than_its_rows(bench: Bench, tmp_path: Path) -> None:
    """32 committers through the store take at most three times the CPU of bare sqlite3."""
    recorded = record(tmp_path)
    files = (fresh(tmp_path, str(number)) for number in count())

    def floor() -> float:
        return replay(next(files), recorded)

    times = in_turns(
        {FLOOR: floor, AGAIN: floor, OURS: lambda: through_the_store(next(files))}, ROUNDS
    )
    bench.note("accepted events a CPU second", EVENTS / statistics.median(times[OURS]), "")
    bench.ratio(times, most=2.0, gate=3.0)


# --- claims ------------------------------------------------------------------------------------


async def fill(store: Store, count: int) -> None:
    """Half of the deliveries finished, half blocked behind a held one."""
    for start in range(0, count // 2, 500):
        rows = tuple(enqueue(f"done {n}", ref=Ref("pg_OLD")) for n in range(start, start + 500))
        await store.commit(Unit(rows))
        claims = await store.claim(NOW, 500, 30)
        await asyncio.gather(*(store.begin(claim, NOW) for claim in claims))
        await asyncio.gather(
            *(store.commit(Unit((Settle(c.delivery.id, sent()),), fence=c)) for c in claims)
        )
    for lane in range(count // 2 // 500):
        await store.commit(Unit((enqueue(f"blocked {lane}"),)))
        (claim,) = await store.claim(NOW, 1, 30)
        await store.begin(claim, NOW)
        await store.commit(Unit((Settle(claim.delivery.id, held()),), fence=claim))
        await store.commit(Unit(tuple(enqueue(f"blocked {lane}") for _ in range(499))))


async def claim_all(store: Store, wave: int) -> float:
    """CPU seconds to claim 256 due lanes, 16 at a time, among whatever else there is."""
    await store.commit(Unit(tuple(enqueue(f"due {wave}/{n}") for n in range(256))))
    begun = time.process_time()
    claimed = 0
    while claimed < 256:
        claimed += len(await store.claim(NOW, 16, 30))
    return time.process_time() - begun


@pytest.mark.parametrize("rows", [200_000])
async def test_a_claim_costs_the_same_in_a_full_database(
    bench: Bench, tmp_path: Path, rows: int
) -> None:
    """200 000 finished or blocked deliveries make a claim at most half as dear again."""
    waves = count()
    paths = [tmp_path / "empty.db", tmp_path / "full.db"]
    empty, full = [
        await open_store(f"sqlite:///{path}", migrate=True, clock=MovedClock()) for path in paths
    ]
    async with empty, full:
        await fill(full.store, rows)
        times = await in_turns_async(
            {
                FLOOR: lambda: claim_all(empty.store, next(waves)),
                AGAIN: lambda: claim_all(empty.store, next(waves)),
                OURS: lambda: claim_all(full.store, next(waves)),
            },
            ROUNDS,
        )
    bench.ratio(times, most=1.15, gate=1.5)
