"""Several workspaces in one PostgreSQL database: each has a schema, and hears nothing of others."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.storage import OpenStore, open_store
from gateway.ports.store import Committed, Unit
from tests.fakes.clock import MovedClock
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

pytestmark = pytest.mark.postgresql
KEY = b"k" * 32


@pytest.fixture
async def address(postgresql: PostgresServer) -> AsyncIterator[str]:
    await asyncio.to_thread(postgresql.execute, "CREATE DATABASE companies")
    yield postgresql.url("companies")
    await asyncio.to_thread(postgresql.execute, "DROP DATABASE companies WITH (FORCE)")


async def opened(address: str, schema: str) -> OpenStore:
    """Open a workspace's part of a database, made if it is new."""
    url = f"{address}&search_path={schema}" if schema else address
    return await open_store(url, migrate=True, clock=MovedClock())


async def test_rows_of_one_are_not_there_for_the_other(address: str) -> None:
    """Also not beside what a single workspace had before; and they are there after a restart."""
    async with (
        await opened(address, "") as first,
        await opened(address, "workspace_t0a") as a,
        await opened(address, "workspace_t0b") as b,
    ):
        vaults = [
            await each.vault([KEY], owner) for each, owner in ((first, ""), (a, "A"), (b, "B"))
        ]
        await vaults[1].put("token", "of A")
        assert [await vault.get("token") for vault in vaults] == [None, "of A", None]
        for store in (first.store, a.store, b.store):
            assert await store.commit(Unit(once="the-same-key")) is Committed.DONE
    async with await opened(address, "workspace_t0a") as again:
        assert await (await again.vault([KEY], "A")).get("token") == "of A"


async def test_each_has_a_leader(address: str) -> None:
    """Or the upkeep of one would wait for the end of the other."""
    async with (
        await opened(address, "workspace_t0a") as a,
        await opened(address, "workspace_t0b") as b,
        asyncio.timeout(10),
    ):
        await a.engine.leadership.gained()
        await b.engine.leadership.gained()


async def test_a_bell_rings_for_its_own(address: str) -> None:
    """A replica of the same workspace is woken, another workspace sleeps on."""
    async with (
        await opened(address, "workspace_t0a") as a,
        await opened(address, "workspace_t0a") as replica,
        await opened(address, "workspace_t0b") as b,
        asyncio.timeout(20),
    ):
        for each in (a, replica, b):
            await each.store.wait()  # rung once when it begins to listen
        sleeps = asyncio.create_task(b.store.wait())  # noqa: TID251 - ended below
        woken = asyncio.create_task(replica.store.wait())  # noqa: TID251 - ends
        a.engine.notify()
        await woken
        assert not sleeps.done()
        sleeps.cancel()
