"""Group commit on PostgreSQL: what waits while a transaction runs shares the next one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import asyncpg

from adapters.storage.engine import Make, Outcome, T, Undo, hand_over, unavailable
from adapters.storage.health import Health
from adapters.storage.postgresql.connections import CONFLICTS, connect_writer, drive, is_away
from gateway.domain.errors import StoreUnavailableError

_MOST_AT_ONCE = 64
_PATIENCE_S = 3.0
"""How long a script waits for its turn; whoever asked has to answer somebody."""
_TRANSACTION_S = 30.0
_MIGRATION_S = 3600.0
_SETTLE_S = 10.0
_LOOK_EVERY_S = 0.1
_CONFLICT_TRIES = 3

_Work = Callable[[asyncpg.Connection], Awaitable[T]]


class _Job(NamedTuple):
    make: Make[Any]
    future: asyncio.Future[Any]
    patience: asyncio.TimerHandle


class Writer:
    """Runs scripts on one connection of its own, in the order in which they came.

    One connection, because two of one process would wait for each other's lanes; the round trips
    are shared by everything that waits.
    """

    def __init__(self, url: str, connection: asyncpg.Connection, health: Health) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = connection
        self._health = health
        self._waiting: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._closing = asyncio.Event()
        self._task = asyncio.create_task(self._run())  # noqa: TID251 - ends in close(), which awaits it

    @property
    def pid(self) -> int | None:
        """The server's name for our connection, by which we know our own notifications."""
        return None if self._connection is None else int(self._connection.get_server_pid())

    async def run(self, make: Make[T]) -> T:
        """Run a script in a transaction; what it returns is on disk."""
        if self._closing.is_set():
            raise StoreUnavailableError
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._hand_in(make, future)
        return await future

    def post(self, make: Make[Any]) -> None:
        """Run a script some time; nobody hears how it ended."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.exception())
        self._hand_in(make, future)

    async def run_alone(self, make: Make[T]) -> T:
        """Run one script on a connection of its own, however long it takes: a migration."""
        connection = await connect_writer(self._url)
        try:
            return await self._transaction(connection, lambda c: drive(make(), c), _MIGRATION_S)
        finally:
            connection.terminate()

    async def close(self) -> None:
        """Finish what was handed in, then hang up."""
        self._closing.set()
        self._arrived.set()
        await self._task
        self._hang_up()

    # --- batches ---

    def _hand_in(self, make: Make[Any], future: asyncio.Future[Any]) -> None:
        patience = asyncio.get_running_loop().call_later(_PATIENCE_S, _give_up, future)
        self._waiting.append(_Job(make, future, patience))
        self._arrived.set()

    async def _run(self) -> None:
        while not (self._closing.is_set() and not self._waiting):
            await self._arrived.wait()
            batch = self._take()
            if batch:
                outcomes = await self._outcomes([job.make for job in batch])
                for job, outcome in zip(batch, outcomes, strict=True):
                    hand_over(outcome, job.future)

    def _take(self) -> list[_Job]:
        batch: list[_Job] = []
        while self._waiting and len(batch) < _MOST_AT_ONCE:
            job = self._waiting.popleft()
            job.patience.cancel()
            if not job.future.done():
                batch.append(job)
        if not self._waiting and not self._closing.is_set():
            self._arrived.clear()
        return batch

    async def _outcomes(self, makes: Sequence[Make[Any]]) -> list[Outcome]:
        try:
            if len(makes) > 1:
                together = await self._together(makes)
                if together is not None:
                    return together
            return [await self._alone(make) for make in makes]
        except Exception as error:  # noqa: BLE001 - the worker loop: the task must not die
            self._health.failed(type(error).__name__)
            return [Outcome(error=unavailable(error)) for _ in makes]

    async def _together(self, makes: Sequence[Make[Any]]) -> list[Outcome] | None:
        """Run all in one transaction; `None` when one of them does not go through.

        Savepoints would cost each script two round trips for what hardly ever happens.
        """

        async def work(connection: asyncpg.Connection) -> list[Outcome]:
            return [Outcome(await drive(make(), connection)) for make in makes]

        try:
            return await self._durably(work)
        except StoreUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - whatever it was, each is tried alone and keeps its own
            return None

    async def _alone(self, make: Make[Any]) -> Outcome:
        for _ in range(_CONFLICT_TRIES):
            try:
                return Outcome(await self._durably(lambda c: drive(make(), c)))
            except Undo as undo:
                return Outcome(undo.result)
            except CONFLICTS:
                continue
            except Exception as error:  # noqa: BLE001 - a script's own fault, for its caller
                return Outcome(error=error)
        return Outcome(error=StoreUnavailableError())

    # --- one transaction ---

    async def _durably(self, work: _Work[T]) -> T:
        """Run `work` in a transaction, once more if the connection turns out to be dead."""
        for again in (True, False):
            try:
                connection = await self._connected()
                result = await self._transaction(connection, work, _TRANSACTION_S)
            except Exception as error:
                if not is_away(error):
                    raise
                self._hang_up()
                if not again:
                    self._health.failed(type(error).__name__)
                    raise unavailable(error) from error
            else:
                self._health.fine()
                return result
        raise StoreUnavailableError

    async def _transaction(
        self, connection: asyncpg.Connection, work: _Work[T], within_s: float
    ) -> T:
        # Hanging up, not cancelling: a cancelled COMMIT skips waiting for the synchronous standby.
        patience = asyncio.get_running_loop().call_later(within_s, connection.terminate)
        try:
            await connection.execute("BEGIN")
            try:
                result = await work(connection)
                written = await connection.fetchval(
                    "SELECT CAST(pg_current_xact_id_if_assigned() AS TEXT)"
                )
            except BaseException:
                await _roll_back(connection)
                raise
            await self._commit(connection, written)
            return result
        finally:
            patience.cancel()

    async def _commit(self, connection: asyncpg.Connection, transaction: str | None) -> None:
        try:
            await connection.execute("COMMIT")
        except Exception as error:
            if not is_away(error) or transaction is None:
                raise
            self._hang_up()
            if not await self._was_committed(transaction):
                raise

    async def _was_committed(self, transaction: str) -> bool:
        """Ask the server how a transaction ended whose COMMIT was not answered.

        Raises:
            StoreUnavailableError: nobody could tell in time.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + _SETTLE_S
        while loop.time() < until:
            with suppress(Exception):
                status = await self._status(transaction)
                if status in {"committed", "aborted"}:
                    return status == "committed"
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _LOOK_EVERY_S)
        raise StoreUnavailableError

    async def _status(self, transaction: str) -> str:
        connection = await self._connected()
        try:
            return str(
                await connection.fetchval(
                    "SELECT pg_xact_status(CAST(CAST($1 AS TEXT) AS XID8))", transaction
                )
            )
        except asyncpg.InvalidParameterValueError:
            return "aborted"  # a promoted standby never heard of it
        except Exception:
            self._hang_up()
            raise

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect_writer(self._url)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def _roll_back(connection: asyncpg.Connection) -> None:
    with suppress(Exception):
        await connection.execute("ROLLBACK")


def _give_up(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(StoreUnavailableError())
