"""Waiting for something to be so, on real time: other processes do not move with a test's clock."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from aiohttp import ClientError, ClientSession

from gateway.system import SystemClock

PATIENCE_S = 60.0
_PAUSE_S = 0.02

T = TypeVar("T")


class NotSeenError(AssertionError):
    """What should have been so was not, within the patience of a test."""


async def until(
    look: Callable[[], Awaitable[T | None]], what: str, patience_s: float = PATIENCE_S
) -> T:
    """Look again and again until there is something to see; the pauses are short.

    Raises:
        NotSeenError: naming `what`.
    """
    clock = SystemClock()
    deadline = clock.monotonic() + patience_s
    while (found := await look()) is None:
        if clock.monotonic() > deadline:
            raise NotSeenError(f"not seen within {patience_s:.0f} s: {what}")
        await clock.sleep(_PAUSE_S)
    return found


async def listening(session: ClientSession, url: str, who: str) -> None:
    """Wait until somebody answers at an address, whatever they say."""

    async def look() -> bool | None:
        with suppress(ClientError):
            async with session.get(url):
                return True
        return None

    await until(look, f"{who} listening")
