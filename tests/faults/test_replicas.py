"""Several processes on one PostgreSQL race, freeze, die and are replaced; nothing shows it."""

import asyncio
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import asyncpg
import pytest

from tests.faults.ablations import ALL
from tests.faults.checker import broken_promises
from tests.faults.company import KILLED, Company, running_company
from tests.faults.killable import Kill
from tests.faults.promises import Broken
from tests.faults.rehearsal import USERS, play, settled
from tests.faults.replicas import NGINX, Replica, balanced, replicas
from tests.faults.senders import Senders
from tests.faults.storm import Storm
from tests.faults.test_hanging_pager import sent
from tests.faults.upstream import read_upstream
from tests.faults.waiting import until
from tests.postgresql import PostgresServer, find_binaries

pytestmark = pytest.mark.postgresql
LEASE_S = 2.0
PER_S = 50.0
COUNT = 250
"""Five seconds of commands, in which three replicas are restarted."""


async def _judged(company: Company, senders: Senders) -> list[Broken]:
    await settled(company, senders.log)
    return broken_promises(senders.log, await read_upstream(company, USERS))


async def test_three_replicas_work_as_one(new_database: str, tmp_path: Path) -> None:
    """They race for every delivery and every mailbox; each promise is kept."""
    async with running_company(tmp_path, new_database) as company, replicas(company, 3) as three:
        for each in three:
            await each.start()
        senders = Senders(company)
        await play(senders)
        assert await _judged(company, senders) == []


@pytest.mark.parametrize("point", ["delivery.claimed", "delivery.attempting", "delivery.answered"])
async def test_another_takes_over_from_one_that_died(
    point: str, new_database: str, tmp_path: Path
) -> None:
    """Within seconds and with leases of a minute and a half: the dead are known to be dead."""
    async with running_company(tmp_path, new_database) as company, replicas(company, 2) as two:
        dying = await two[0].start(Kill(point))
        senders = Senders(company)
        page = await senders.page("U0DANA", "102", "C0PERSON")
        assert await dying.ended() == KILLED
        await two[1].start()
        await senders.root(page, patience_s=15.0)
        await two[0].start()
        assert await _judged(company, senders) == []


async def _freezes(company: Company, two: list[Replica], without: frozenset[str]) -> Senders:
    """One freezes with an attempt begun, until long after another has sent the page instead."""
    frozen = await two[0].start(Kill("delivery.attempting", 1, SIGSTOP), without, LEASE_S)
    senders = Senders(company)
    page = await senders.page("U0DANA", "102", "C0PERSON")
    await two[1].start(None, without, LEASE_S)

    async def is_sent() -> bool | None:
        texts = [record["text"] for record in await company.pager_door.log()]
        return True if any(page.token in text for text in texts) else None

    await until(is_sent, "the page, sent by the other")
    assert frozen.is_alive
    os.kill(frozen.process.pid or 0, SIGCONT)
    return senders


async def test_a_frozen_replica_writes_nothing(new_database: str, tmp_path: Path) -> None:
    """Waking up after its lease it sends nothing and records nothing; the other has done it."""
    async with running_company(tmp_path, new_database) as company, replicas(company, 2) as two:
        senders = await _freezes(company, two, frozenset())
        await senders.page("U0AVERY", "118", "C0SHARED")
        assert await _judged(company, senders) == []


async def test_without_the_fence_it_sends_again(new_database: str, tmp_path: Path) -> None:
    """That is what the fence is for."""
    without = frozenset({"fence"})
    async with running_company(tmp_path, new_database) as company, replicas(company, 2) as two:
        senders = await _freezes(company, two, without)
        found = await _judged(company, senders)
    assert ALL["fence"].breaks in {each.promise for each in found}


@asynccontextmanager
async def _every_row_locked(url: str) -> AsyncIterator[None]:
    """Hold what a replica might hold that froze in the middle of its work."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            named = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            for (table,) in await connection.fetch(named):
                await connection.execute(f"SELECT FROM {table} FOR UPDATE")
            yield
    finally:
        await connection.close()


async def test_a_replica_starts_beside_a_frozen_one(new_database: str, tmp_path: Path) -> None:
    """Whatever the other holds locked, and for as long as it does."""
    async with running_company(tmp_path, new_database) as company, replicas(company, 2) as two:
        dying = await two[0].start(Kill("delivery.attempting"))
        senders = Senders(company)
        await senders.page("U0DANA", "102", "C0PERSON")
        assert await dying.ended() == KILLED
        async with _every_row_locked(new_database):
            await two[1].start()
        await two[0].start()
        assert await _judged(company, senders) == []


async def _all_sent(company: Company, storm: Storm) -> Counter[str] | None:
    found = await sent(company)
    return found if len(found) == len(storm.accepted) else None


@pytest.mark.skipif(NGINX is None, reason="NOT TESTED behind nginx: it is not installed")
async def test_rolling_restart_fails_no_request(new_database: str, tmp_path: Path) -> None:
    """Fifty commands a second through a balancer, and every replica is replaced meanwhile."""
    async with running_company(tmp_path, new_database) as company, replicas(company, 3) as three:
        for each in three:
            await each.start()
        async with balanced(company, three) as url:
            storm = Storm(company.session, f"{url}/slack/events", company.slack.signing_secret)
            async with asyncio.TaskGroup() as group:
                group.create_task(storm.blow(COUNT, PER_S))
                for each in three:
                    await each.restart()
        found = await until(lambda: _all_sent(company, storm), "everything accepted, sent")
    assert (storm.failed, storm.refused) == ([], [])
    assert found == Counter(storm.accepted)


@pytest.fixture
def servers() -> Iterator[list[PostgresServer]]:
    """Servers of a test's own, which it creates; gone afterwards."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("NOT TESTED on PostgreSQL: no server is installed")
    made = [PostgresServer(binaries) for _ in range(2)]
    yield made
    for each in made:
        with suppress(subprocess.CalledProcessError):
            each.stop("immediate")
        shutil.rmtree(each.folder)


async def _survives(company: Company, outage: Callable[[], object]) -> list[Broken]:
    """Let two replicas work, and something happen to the database in the middle of traffic."""
    async with replicas(company, 2) as two:
        for each in two:
            await each.start()
        senders = Senders(company)
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(play(senders))
            await asyncio.wait([playing], timeout=0.7)
            await asyncio.to_thread(outage)
        await company.slack_waits(61.0)
        return await _judged(company, senders)


async def test_one_server_crash_stops_no_replica(
    servers: list[PostgresServer], tmp_path: Path
) -> None:
    """PostgreSQL is killed and comes back, twice."""
    server = servers[0]
    await asyncio.to_thread(server.create)

    def outage() -> None:
        for _ in range(2):
            server.stop("immediate")
            server.start()

    async with running_company(tmp_path, server.url()) as company:
        assert await _survives(company, outage) == []


async def test_standby_takes_over(servers: list[PostgresServer], tmp_path: Path) -> None:
    """The primary dies, its synchronous standby is promoted: its address leads to both."""
    primary, standby = servers
    await asyncio.to_thread(primary.create)
    await asyncio.to_thread(standby.follow, primary)

    def outage() -> None:
        primary.stop("immediate")
        standby.promote()

    # In this order whoever does not ask for the primary reads what the standby has not replayed.
    url = f"postgresql://gateway@/postgres?host={standby.folder},{primary.folder}"
    async with running_company(tmp_path, url) as company:
        assert await _survives(company, outage) == []
