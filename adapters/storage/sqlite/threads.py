"""A thread that owns a connection and works through what it is handed."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, NamedTuple

from adapters.storage.engine import Make, Outcome, T, hand_over
from gateway.domain.errors import StoreUnavailableError

_MOST_AT_ONCE = 256


class _Job(NamedTuple):
    make: Make[Any]
    future: asyncio.Future[Any]


class ScriptThread:
    """Hands everything that waits to `work` at once, and the outcomes back to the loop at once."""

    def __init__(self, name: str, work: Callable[[Sequence[Make[Any]]], list[Outcome]]) -> None:
        self._work = work
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def run(self, make: Make[T]) -> T:
        """Run a script on the thread."""
        if self._closing:
            raise StoreUnavailableError
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Job(make, future))
        return await future

    async def close(self) -> None:
        """Finish what was handed in, then end the thread."""
        if not self._closing:
            self._closing = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        going_on = True
        while going_on:
            jobs: list[_Job] = []
            try:
                going_on = self._take(jobs)
                outcomes = self._work([job.make for job in jobs]) if jobs else []
            except Exception:  # noqa: BLE001 - out of memory, say; whom a dead thread serves waits for ever
                outcomes = None
            self._hand_back(jobs, outcomes)

    def _take(self, jobs: list[_Job]) -> bool:
        """Wait for one job, then take what else is there; False at the end."""
        while (job := self._queue.get()) is not None:
            jobs.append(job)
            if len(jobs) == _MOST_AT_ONCE or self._queue.empty():
                return True
        return False

    def _hand_back(self, jobs: list[_Job], outcomes: list[Outcome] | None) -> None:
        """Tell the loop, as often as it takes: everybody waits for it."""
        told = False
        while not told:
            with suppress(MemoryError):
                with suppress(RuntimeError):  # the loop was closed without closing the store
                    self._loop.call_soon_threadsafe(_deliver, jobs, outcomes)
                told = True


def _deliver(jobs: list[_Job], outcomes: list[Outcome] | None) -> None:
    """Tell each caller its outcome; `None` when the work itself came to nothing."""
    for job, outcome in zip(jobs, outcomes or map(_undone, jobs), strict=True):
        hand_over(outcome, job.future)


def _undone(_: _Job) -> Outcome:
    return Outcome(error=StoreUnavailableError())
