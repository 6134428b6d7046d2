"""Several replicas on one PostgreSQL: who died is known at once, and one of them leads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from adapters.storage import OpenStore
from gateway.domain.deliveries import DeliveryState
from gateway.ports.store import Committed
from tests.adapters.storage.test_postgresql import opened_at
from tests.contract.store.values import NOW, enqueue, later, put, sent, settle, states, take
from tests.faults.waiting import until
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

pytestmark = pytest.mark.postgresql
AN_HOUR_S = 3600.0


class Replicas:
    """Some that are open on one database; each can be made to die."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack

    async def another(self) -> OpenStore:
        return await self._stack.enter_async_context(await opened_at(self._url))

    async def end_session(self, of: OpenStore) -> None:
        """Do what the server does with a session whose process was killed."""
        connection = await asyncpg.connect(self._url)
        await connection.fetchval("SELECT pg_terminate_backend($1)", of.engine.holder)
        await connection.close()


@pytest.fixture
async def replicas(postgresql: PostgresServer) -> AsyncIterator[Replicas]:
    await asyncio.to_thread(postgresql.execute, "DROP DATABASE IF EXISTS presence")
    await asyncio.to_thread(postgresql.execute, "CREATE DATABASE presence")
    async with AsyncExitStack() as stack:
        yield Replicas(postgresql.url("presence"), stack)


async def test_leases_of_the_dead_end_at_once(replicas: Replicas) -> None:
    """Whoever looks twice and finds no session of the holder's takes over; long leases or not."""
    dying, living = await replicas.another(), await replicas.another()
    await put(living.store, enqueue("one"), enqueue("two"))
    ((first,), (second,)) = [await each.store.claim(NOW, 1, AN_HOUR_S) for each in (dying, living)]
    await dying.store.begin(first, NOW)
    await dying.close()

    async def taken_over() -> bool | None:
        return True if await living.store.recover(later(1), everything=False) else None

    await until(taken_over, "the lease of the dead one ended", patience_s=5.0)
    assert sorted(await states(living.store)) == [DeliveryState.CLAIMED, DeliveryState.UNKNOWN]
    assert await settle(living.store, second, sent()) is Committed.DONE
    assert await settle(living.store, first, sent()) is Committed.STALE


async def test_a_lost_session_is_no_death(replicas: Replicas) -> None:
    """Whoever is back a moment later, under its old name, keeps what it holds."""
    blinking, looking = await replicas.another(), await replicas.another()
    await put(looking.store, enqueue())
    claim = await take(blinking.store, NOW, AN_HOUR_S)
    await blinking.engine.leadership.gained()
    await replicas.end_session(blinking)
    await blinking.engine.leadership.lost()
    assert await looking.store.recover(later(1), everything=False) == 0

    async def back() -> bool | None:
        return True if blinking.engine.holder else None

    await until(back, "the session again")
    for _ in range(3):
        assert await looking.store.recover(later(1), everything=False) == 0
    assert await settle(blinking.store, claim, sent()) is Committed.DONE


async def test_one_leads_and_another_takes_over(replicas: Replicas) -> None:
    """Three replicas, one leader; when it ends, one of the others leads within seconds."""
    three = [await replicas.another() for _ in range(3)]

    def leaders() -> list[OpenStore]:
        return [each for each in three if each.engine.leadership.leads]

    async def one_leads() -> OpenStore | None:
        return next(iter(leaders()), None)

    first = await until(one_leads, "a leader")
    assert leaders() == [first]
    await replicas.end_session(first)
    await first.engine.leadership.lost()
    await until(one_leads, "another leader", patience_s=5.0)
    assert len(leaders()) == 1
