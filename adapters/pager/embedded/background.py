"""Work that outlives the request that caused it: notifications, reminders, a closed door."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)


class Background:
    """Owns tasks; ending it cancels them. A task that fails is logged, the others go on."""

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None
        self._owner: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Be ready to take work."""
        ready = asyncio.Event()
        # A task group must be entered and left by one task, and neither start-up nor shutdown
        # is sure to be it; so one task does nothing else.
        self._owner = asyncio.create_task(self._own(ready))  # noqa: TID251  owns the task group
        await ready.wait()

    async def _own(self, ready: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as self._group:
            ready.set()
            await asyncio.Event().wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside everything else."""
        if self._group is None:
            raise RuntimeError("Background work before start")
        self._group.create_task(_guarded(work))

    async def stop(self) -> None:
        """Cancel what still runs and wait for it."""
        if self._owner is not None:
            self._owner.cancel()
            with suppress(asyncio.CancelledError):
                await self._owner


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        # The loop of last resort: one broken notification must not stop the others.
        log.exception("background.failed")
