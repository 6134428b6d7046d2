"""What a server, a network and other replicas may do to us, and what is promised all the same."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from adapters.storage import OpenStore, StorageError, open_store
from gateway.domain.deliveries import DeliveryState
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import Ref
from gateway.ports.changes import Enqueue, NewPage, RecordAlert
from gateway.ports.store import AlertEvent, Committed, Store, Unit
from tests.adapters.storage.wire import Cut, Wire
from tests.contract.store.conftest import TABLES
from tests.contract.store.values import (
    NOW,
    REF,
    enqueue,
    later,
    page,
    put,
    send,
    sent,
    settle,
    states,
)
from tests.fakes.clock import MovedClock
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

pytestmark = pytest.mark.postgresql


async def opened_at(url: str) -> OpenStore:
    return await open_store(url, migrate=True, clock=MovedClock())


@pytest.fixture(scope="module")
def server(postgresql: PostgresServer) -> PostgresServer:
    postgresql.execute("CREATE DATABASE faults")
    return postgresql


@pytest.fixture
async def url(server: PostgresServer) -> str:
    url = server.url("faults")
    async with await opened_at(url):
        await asyncio.to_thread(server.execute, f"TRUNCATE {', '.join(TABLES)}", "faults")
    return url


@pytest.fixture
async def replicas(url: str) -> AsyncIterator[list[Store]]:
    """Three replicas on one database."""
    async with AsyncExitStack() as stack:
        yield [(await stack.enter_async_context(await opened_at(url))).store for _ in range(3)]


def unit(number: int, lane: str = "lane") -> Unit:
    ref = f"pg_{number}"
    return Unit((NewPage(page(ref)), enqueue(lane, ref=Ref(ref))), once=f"k{number}")


# --- several replicas --------------------------------------------------------------------------


async def test_replicas_race_and_each_delivery_goes_once(replicas: list[Store]) -> None:
    """Three claim, begin and settle as fast as they can: every delivery has one attempt."""
    await asyncio.gather(*(replicas[0].commit(unit(n, f"lane {n % 20}")) for n in range(200)))
    attempts: list[int] = []

    async def work(store: Store) -> None:
        while True:
            claims = await store.claim(NOW, 5, 30)
            if not claims and not await store.counts():
                return
            for claim in claims:
                if await store.begin(claim, NOW) is not None:
                    attempts.append(claim.delivery.id)
                    assert await settle(store, claim, sent()) is Committed.DONE

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(store) for store in replicas))
    assert sorted(attempts) == sorted(set(attempts))
    assert len(attempts) == 200


async def test_order_in_a_lane_is_the_order_of_commits(replicas: list[Store]) -> None:
    """A unit that was acknowledged before another began stands before it, on any replica."""

    async def commit(worker: int) -> None:
        for number in range(20):
            text = f"{worker}/{number}"
            await put(replicas[worker % 3], enqueue(outbound=send(text)))

    await asyncio.gather(*(commit(worker) for worker in range(6)))
    found = [d.outbound for d in await replicas[0].deliveries(REF)]
    for worker in range(6):
        mine = [send(f"{worker}/{number}") for number in range(20)]
        assert [outbound for outbound in found if outbound in mine] == mine


async def test_a_record_read_on_from_a_position_misses_nothing(replicas: list[Store]) -> None:
    """Entries of one group become readable in the order of their ids, whoever writes them."""
    written = 0

    async def write(store: Store, name: str) -> None:
        nonlocal written
        for number in range(60):
            entries = (RecordAlert("group", f"{name} {number} {n}", NOW) for n in range(3))
            await store.commit(Unit(tuple(entries)))
        written += 1

    async def read() -> list[str]:
        found: list[AlertEvent] = []
        complete = False
        new: tuple[AlertEvent, ...] = ()
        while new or not complete:
            complete = written == len(replicas)
            new = await replicas[0].alert_events("group", found[-1].id if found else 0, 100)
            found += new
        return [event.facts for event in found]

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        reading = group.create_task(read())
        for number, store in enumerate(replicas):
            group.create_task(write(store, f"replica {number}"))
    assert len(reading.result()) == 540


async def test_units_over_several_lanes_never_wait_in_a_circle(replicas: list[Store]) -> None:
    """Lanes are locked in one order, and what still collides is run again: nobody hears of it."""

    def crossing(number: int) -> tuple[Enqueue, ...]:
        lanes = ["a", "b", "c"] if number % 2 else ["c", "b", "a"]
        return tuple(enqueue(lane) for lane in lanes)

    async with asyncio.timeout(30):
        results = await asyncio.gather(
            *(replicas[n % 3].commit(Unit(crossing(n), once=f"k{n}")) for n in range(90))
        )
    assert set(results) == {Committed.DONE}
    assert len(await replicas[0].deliveries(REF)) == 270


async def test_a_commit_wakes_the_other_replicas(replicas: list[Store]) -> None:
    """A dispatcher elsewhere hears of it without asking."""
    first, second, third = replicas
    await first.wait()
    waiting = asyncio.gather(second.wait(), third.wait())
    async with asyncio.timeout(5):
        await waiting
    waiting = asyncio.gather(second.wait(), third.wait())
    await asyncio.wait([waiting], timeout=0.05)
    assert not waiting.done()
    await put(first, enqueue())
    async with asyncio.timeout(5):
        await waiting


async def test_notifications_are_coalesced(replicas: list[Store], url: str) -> None:
    """Many commits are announced a few times, at most every ten milliseconds."""
    heard: list[str] = []
    listener = await asyncpg.connect(url)
    await listener.add_listener("gateway_work", lambda *call: heard.append(str(call)))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for batch in range(20):
        await asyncio.gather(*(replicas[0].commit(unit(batch * 20 + n)) for n in range(20)))
    while not heard:
        await listener.execute("SELECT 1")
    assert len(heard) <= (loop.time() - begun) / 0.01 + 1
    assert len(heard) < 200
    await listener.close()


async def test_a_frozen_replica_holds_up_its_own_lane_only(replicas: list[Store], url: str) -> None:
    """Somebody stopped inside a transaction: its lane is refused in time, others go on."""
    await put(replicas[0], enqueue("frozen"))
    frozen = await asyncpg.connect(url)
    await frozen.execute("BEGIN")
    await frozen.execute("SELECT * FROM lanes WHERE lane = 'frozen' FOR UPDATE")
    both = asyncio.gather(
        replicas[0].commit(unit(1, "frozen")),
        *(replicas[0].commit(unit(n, f"lane {n}")) for n in range(2, 9)),
        return_exceptions=True,
    )
    async with asyncio.timeout(20):
        first, *others = await both
    assert isinstance(first, StoreUnavailableError)
    assert set(others) == {Committed.DONE}
    claims = await replicas[1].claim(NOW, 20, 30)
    assert "frozen" not in {claim.lane for claim in claims}
    frozen.terminate()
    assert await replicas[0].commit(unit(1, "frozen")) is Committed.DONE


# --- the server goes away ----------------------------------------------------------------------


async def test_a_restarted_server_is_not_noticed_between_commits(
    replicas: list[Store], server: PostgresServer
) -> None:
    """Connections found dead are replaced: no commit and no question fails for it."""
    await put(replicas[0], enqueue())
    await replicas[0].counts()
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    assert await replicas[0].counts() == {DeliveryState.READY: 1}
    await put(replicas[0], enqueue())
    assert await states(replicas[1]) == [DeliveryState.READY, DeliveryState.READY]


async def test_a_stopped_server_is_said_in_time_and_recovered_from(
    replicas: list[Store], server: PostgresServer
) -> None:
    """Writes and questions are refused within three seconds; waiters wake when it is back."""
    store = replicas[0]
    await put(store, enqueue())
    await store.wait()
    loop = asyncio.get_running_loop()
    await asyncio.to_thread(server.stop, "immediate")
    try:
        begun = loop.time()
        calls = [store.commit(unit(n)) for n in range(10)]
        results = await asyncio.gather(*calls, store.counts(), return_exceptions=True)
        assert {type(result) for result in results} == {StoreUnavailableError}
        assert loop.time() - begun < 3
    finally:
        await asyncio.to_thread(server.start)
    async with asyncio.timeout(10):
        await store.wait()
    assert await store.commit(unit(1)) is Committed.DONE


async def test_acknowledged_units_survive_crashes_of_the_server(
    url: str, server: PostgresServer
) -> None:
    """Three crashes under load; callers come back with their key; each unit is there once."""
    async with await opened_at(url) as opened:
        numbers = iter(range(300))
        acknowledged: list[int] = []
        crashed = asyncio.Event()

        async def sender() -> None:
            for number in numbers:
                while True:
                    try:
                        await opened.store.commit(unit(number, f"lane {number % 5}"))
                        break
                    except StoreUnavailableError:
                        await asyncio.wait_for(asyncio.shield(crashed.wait()), 30)
                acknowledged.append(number)

        async def crash() -> None:
            for enough in (50, 120, 200):
                while len(acknowledged) < enough:
                    await opened.store.counts()
                crashed.clear()
                await asyncio.to_thread(server.stop, "immediate")
                await asyncio.to_thread(server.start)
                crashed.set()

        async with asyncio.timeout(90), asyncio.TaskGroup() as group:
            group.create_task(crash())
            for _ in range(8):
                group.create_task(sender())
        assert sorted(acknowledged) == list(range(300))
        for number in range(300):
            assert len(await opened.store.deliveries(Ref(f"pg_{number}"))) == 1


# --- an unknown COMMIT -------------------------------------------------------------------------


@pytest.fixture
async def wire(server: PostgresServer, url: str) -> AsyncIterator[Wire]:
    """A wire to the database behind `url`, which is empty."""
    assert "faults" in url
    with tempfile.TemporaryDirectory(prefix="wire-") as folder:
        wire = Wire(server.folder, Path(folder))
        await wire.open()
        yield wire
        await wire.close()


@pytest.mark.parametrize("cut", ["before COMMIT", "after COMMIT"])
async def test_a_commit_whose_answer_was_lost_is_settled(wire: Wire, cut: Cut) -> None:
    """Whether it took place is asked by its transaction id: written once, answered DONE."""
    async with await opened_at(wire.url("faults")) as opened:
        wire.cut = cut
        results = await asyncio.gather(
            *(opened.store.commit(Unit((enqueue(),), once=f"k{n}")) for n in range(5)),
            opened.store.commit(Unit((enqueue("without a key"),))),
        )
        assert wire.cuts == 1
        assert set(results) == {Committed.DONE}
        assert len(await opened.store.deliveries(REF)) == 6


@pytest.mark.parametrize("cut", ["before COMMIT", "after COMMIT"])
async def test_an_outcome_whose_answer_was_lost_is_not_stale(wire: Wire, cut: Cut) -> None:
    """Without asking, the second try would meet its own first one and call itself stale."""
    async with await opened_at(wire.url("faults")) as opened:
        await put(opened.store, enqueue())
        (claim,) = await opened.store.claim(NOW, 1, 30)
        await opened.store.begin(claim, NOW)
        wire.cut = cut
        assert await settle(opened.store, claim, sent(later(1))) is Committed.DONE
        assert await states(opened.store) == [DeliveryState.SENT]


@pytest.fixture
async def successor(server: PostgresServer, url: str) -> AsyncIterator[PostgresServer]:
    """A server that took over before it heard of our last transactions, and went on without us."""
    assert "faults" in url
    successor = PostgresServer(server.binaries)
    await asyncio.to_thread(successor.copy, server)
    await asyncio.to_thread(successor.execute, "CREATE TABLE strangers (id INT)", "faults")
    for _ in range(50):
        strange = "INSERT INTO strangers VALUES (1)"
        await asyncio.to_thread(successor.execute, strange, "faults")
    yield successor
    await asyncio.to_thread(successor.remove)


async def test_another_transaction_with_our_number_is_not_ours(
    wire: Wire, successor: PostgresServer
) -> None:
    """A server that never heard of a number gives it out again; what had it first is lost there."""
    async with await opened_at(wire.url("faults")) as opened:
        wire.on_cut = lambda: wire.lead_to(successor.folder)
        wire.cut = "before COMMIT"
        assert await opened.store.commit(Unit((enqueue(),), once="k")) is Committed.DONE
        assert wire.cuts == 1
    async with await opened_at(successor.url("faults")) as taken_over:
        assert len(await taken_over.store.deliveries(REF)) == 1


# --- addresses ---------------------------------------------------------------------------------


async def test_a_wrong_database_is_explained(server: PostgresServer) -> None:
    """It answers, but not to us: an operator has to act, waiting would not help."""
    with pytest.raises(StorageError, match='"nowhere" does not exist'):
        await opened_at(server.url("nowhere"))


async def test_a_server_that_is_away_may_come_back(tmp_path: Path) -> None:
    """Nobody answers yet: the caller may try again."""
    with pytest.raises(StoreUnavailableError):
        await opened_at(f"postgresql://gateway@/faults?host={tmp_path}")


def test_a_missing_driver_names_its_extra() -> None:
    """PostgreSQL is an extra; without it the words say what to install."""
    program = """
import asyncio, sys
sys.modules["asyncpg"] = None
from adapters.storage import open_store, StorageError
from tests.fakes.clock import MovedClock
try:
    asyncio.run(open_store("postgresql://h/d", migrate=True, clock=MovedClock()))
except StorageError as error:
    print(error)
"""
    ran = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert "pip install 'pager-gateway[postgresql]'" in ran.stdout
