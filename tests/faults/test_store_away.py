"""The database cannot write for a while: nothing is half stored, all are told, all recovers."""

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.faults.checker import broken_promises
from tests.faults.company import Company, Service, running_company
from tests.faults.rehearsal import USERS, play, settled
from tests.faults.senders import Ack, Senders
from tests.faults.serving import DoAt, serving
from tests.faults.upstream import read_upstream
from tests.faults.waiting import until

NOT_TAKEN = "Not sent. The gateway can't take pages right now."
SLACK_RETRIES_S = 61.0

Outage = Callable[[Company, Service], AbstractContextManager[None]]


@contextmanager
def stranger(company: Company) -> Iterator[sqlite3.Connection]:
    """Open the database behind the service's back."""
    connection = sqlite3.connect(company.database, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def locked(company: Company, _: Service) -> Iterator[None]:
    """Hold the write lock, as a backup or a stray shell may do."""
    with stranger(company) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def full(_: Company, service: Service) -> Iterator[None]:
    """Let the process's files grow no more: every write fails, its logs' too."""
    pid = service.process.pid or 0
    usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)


OUTAGES = pytest.mark.parametrize("outage", [locked, full])


@OUTAGES
async def test_command_that_was_not_recorded_says_so(outage: Outage, tmp_path: Path) -> None:
    """Its author reads at once that nothing was sent, and can send it again afterwards."""
    async with running_company(tmp_path) as company, company.service() as service:
        senders = Senders(company)
        with outage(company, service):
            lost = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.page_surely("U0DANA", "102", "C0PERSON")
        await settled(company, senders.log)
        upstream = await read_upstream(company, USERS)
    assert lost.ack is Ack.NOT_RECORDED
    assert any(lost.token in told and NOT_TAKEN in told for told in upstream.told["U0DANA"])
    assert broken_promises(senders.log, upstream) == []


@OUTAGES
async def test_event_that_was_not_recorded_comes_again(outage: Outage, tmp_path: Path) -> None:
    """Slack is told to come again, and the reply is sent once when the database is back."""
    async with running_company(tmp_path) as company, company.service() as service:
        senders = Senders(company)
        page = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.root(page)
        await settled(company, senders.log)
        with outage(company, service):
            said = await senders.say("U0DANA", page)
            statuses = await company.attempts_to_tell(said.ts, 2)
        await company.slack_waits(SLACK_RETRIES_S)
        await settled(company, senders.log)
        assert statuses == [503, 503]
        assert broken_promises(senders.log, await read_upstream(company, USERS)) == []


@OUTAGES
async def test_outage_in_the_middle_of_everything(outage: Outage, tmp_path: Path) -> None:
    """Outcomes are kept in memory until they can be recorded; nothing is repeated for that."""
    async with running_company(tmp_path) as company, company.service() as service:
        senders = Senders(company)
        async with asyncio.TaskGroup() as group:
            group.create_task(play(senders))
            for _ in range(3):
                await senders.page_surely("U0JOSE", "118", "C0FROZEN")
                with outage(company, service):
                    await senders.page("U0JOSE", "118", "C0FROZEN")
                await company.slack_waits(SLACK_RETRIES_S)
        await settled(company, senders.log)
        assert broken_promises(senders.log, await read_upstream(company, USERS)) == []


@pytest.mark.parametrize("point", ["delivery.claimed", "delivery.attempting", "delivery.answered"])
async def test_database_goes_away_in_the_middle_of_a_delivery(
    point: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a delivery stands then, it goes on within seconds once the database is back."""
    async with running_company(tmp_path) as company:
        company.database.touch()
        with stranger(company) as connection:
            outage = DoAt(point, lambda: connection.execute("BEGIN IMMEDIATE"))
            async with serving(company, monkeypatch, outage) as served:
                senders = Senders(company)
                await senders.page("U0DANA", "102", "C0PERSON")
                await until(served.witness.trouble, "trouble with the database")
                connection.execute("ROLLBACK")
                await senders.root(senders.log.paged[0], patience_s=5.0)
                await settled(company, senders.log)
                assert broken_promises(senders.log, await read_upstream(company, USERS)) == []
