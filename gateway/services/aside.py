"""What takes long, done beside the loop: whatever a person waits for comes in between."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_MANY = 200
"""So many alerts take some milliseconds; handing them to a thread takes a tenth of one."""


async def aside(work: Callable[[], T], size: float) -> T:
    """Do what changes nothing that others see; what is large, on a thread of its own.

    `size` is the number of alerts it is about, or a guess.
    """
    return await asyncio.to_thread(work) if size > _MANY else work()
