"""Work that one process does for all that share a database."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from gateway.ports.leadership import Leadership


async def while_leading(
    leadership: Leadership, work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Do it from the beginning whenever this process comes to lead; never ends."""
    while True:
        await leadership.gained()
        async with asyncio.TaskGroup() as group:
            working = group.create_task(work())
            await leadership.lost()
            working.cancel()
