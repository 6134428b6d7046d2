"""Group commit on PostgreSQL: what waits while a transaction runs shares the next one."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg

from adapters.storage.engine import Make, Outcome, T, Undo, followed_by, hand_over, unavailable
from adapters.storage.health import Health
from adapters.storage.postgresql.connections import connect_writer, drive, is_away
from adapters.storage.postgresql.transactions import Work, transact
from gateway.domain.errors import StoreUnavailableError

_MOST_AT_ONCE = 64
_PATIENCE_S = 3.0
"""How long a script waits for its turn; whoever asked has to answer somebody."""
_MIGRATION_S = 3600.0
_CONFLICT_TRIES = 3


class _Job(NamedTuple):
    make: Make[Any]
    last: Make[None] | None
    future: asyncio.Future[Any]
    patience: asyncio.TimerHandle


class Writer:
    """Runs scripts on one connection of its own, in the order in which they came.

    One connection, because two of one process would wait for each other's lanes; the round trips
    are shared by everything that waits.
    """

    def __init__(self, name: str, url: str, connection: asyncpg.Connection, health: Health) -> None:
        self._name = name
        self._url = url
        self._connection = connection
        self._health = health
        self._waiting: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run())  # noqa: TID251 - close() awaits it

    @property
    def pid(self) -> int:
        """The server's name for our connection, by which we know our own notifications."""
        return int(self._connection.get_server_pid())

    async def run(self, make: Make[T], last: Make[None] | None = None) -> T:
        """Run a script in a transaction; what it returns is on disk."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._hand_in(make, last, future)
        return await future

    def post(self, make: Make[Any]) -> None:
        """Run a script some time; nobody hears how it ended."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.exception())
        self._hand_in(make, None, future)

    async def run_alone(self, make: Make[T]) -> T:
        """Run one script on a connection of its own, however long it takes: a migration."""
        try:
            connection = await connect_writer(self._url)
            try:
                # The replica that migrates first is waited for.
                await connection.execute("SET lock_timeout = 0")
                work: Work[T] = lambda c: drive(make(), c)  # noqa: E731 - named for its type
                return await transact(connection, self._url, work, within_s=_MIGRATION_S)
            finally:
                connection.terminate()
        except Exception as error:
            raise unavailable(error) if is_away(error) else error from error

    async def close(self) -> None:
        """Finish what was handed in, then hang up."""
        self._closing = True
        self._arrived.set()
        await self._task
        self._connection.terminate()

    def _hand_in(
        self, make: Make[Any], last: Make[None] | None, future: asyncio.Future[Any]
    ) -> None:
        if self._closing:
            _give_up(future)
            return
        patience = asyncio.get_running_loop().call_later(_PATIENCE_S, _give_up, future)
        self._waiting.append(_Job(make, last, future, patience))
        self._arrived.set()

    # --- batches ---

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            await self._arrived.wait()
            self._arrived.clear()
            while batch := self._take():
                outcomes = await self._outcomes(batch)
                for job, outcome in zip(batch, outcomes, strict=True):
                    hand_over(outcome, job.future)

    def _take(self) -> list[_Job]:
        """Take what waits, without those whose callers are gone."""
        batch: list[_Job] = []
        while self._waiting and len(batch) < _MOST_AT_ONCE:
            job = self._waiting.popleft()
            job.patience.cancel()
            if not job.future.done():
                batch.append(job)
        return batch

    async def _outcomes(self, jobs: Sequence[_Job]) -> list[Outcome]:
        try:
            together = await self._together(jobs) if len(jobs) > 1 else None
            return together or [await self._alone(followed_by(j.make, j.last)) for j in jobs]
        except Exception as error:  # noqa: BLE001 - the worker loop: the task must not die
            return [Outcome(error=unavailable(error)) for _ in jobs]

    async def _together(self, jobs: Sequence[_Job]) -> list[Outcome] | None:
        """Run all in one transaction; `None` when one of them does not go through.

        Savepoints would cost each script two round trips for what hardly ever happens.
        """

        async def work(connection: asyncpg.Connection) -> list[Outcome]:
            outcomes = [Outcome(await drive(job.make(), connection)) for job in jobs]
            for last in {job.last for job in jobs if job.last}:
                await drive(last(), connection)
            return outcomes

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
            except asyncpg.TransactionRollbackError:
                continue  # two replicas collided and the server chose us to step back
            except asyncpg.LockNotAvailableError as error:
                return Outcome(error=unavailable(error))
            except Exception as error:  # noqa: BLE001 - a script's own fault, for its caller
                return Outcome(error=error)
        return Outcome(error=StoreUnavailableError())

    async def _durably(self, work: Work[T]) -> T:
        """Run `work` in a transaction, once more if the connection turns out to be dead."""
        try:
            try:
                return await self._transact(work)
            except Exception as error:
                if not is_away(error):
                    raise
                return await self._transact(work)
        except Exception as error:
            if is_away(error):
                self._health.failed(type(error).__name__)
                raise unavailable(error) from error
            raise

    async def _transact(self, work: Work[T]) -> T:
        if self._connection.is_closed():
            self._connection = await connect_writer(self._url)
        try:
            result = await transact(self._connection, self._url, work, self._name)
        except Exception as error:
            if is_away(error):
                self._connection.terminate()
            raise
        self._health.fine()
        return result


def _give_up(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(StoreUnavailableError())
