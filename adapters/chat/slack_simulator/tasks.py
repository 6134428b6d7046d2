"""Work that outlives the request which began it."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Tasks:
    """Owns background tasks: keeps them alive, counts them, ends them together.

    A TaskGroup does not fit: the server enters and leaves its life in different tasks.
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._failures: list[BaseException] = []

    def __len__(self) -> int:
        return len(self._running)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start `work` now; its failure is logged, and raised again by `close`."""
        task = asyncio.create_task(work)  # noqa: TID251 - the owner of the tasks is here
        self._running.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.error("simulator.task_failed", exc_info=failure)
            self._failures.append(failure)

    async def close(self) -> None:
        """Cancel what runs and wait for its end.

        Raises:
            BaseExceptionGroup: a task had failed: a fault of the simulator itself.
        """
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._failures:
            raise BaseExceptionGroup("background work of the Slack simulator", self._failures)
