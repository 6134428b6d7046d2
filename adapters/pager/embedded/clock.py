"""The pager's own time: real, or standing still until it is moved."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ServerClock:
    """Milliseconds since 1970 UTC, which an administrator may move ahead.

    Everything the pager times (tokens, windows, notification lag, thread age) reads this clock, so
    moving it makes whatever has become due happen at once.
    """

    def __init__(self, *, frozen_at_ms: int | None = None) -> None:
        """Follow the system's time, or stand at `frozen_at_ms` until `advance` is called."""
        self._frozen_at_ms = frozen_at_ms
        self._ahead_ms = 0
        self._moved = asyncio.Event()

    def now_ms(self) -> int:
        """Return the present moment."""
        base = self._frozen_at_ms
        if base is None:
            base = int(time.time() * 1000)  # noqa: TID251  this class is the pager's clock seam
        return base + self._ahead_ms

    def advance(self, seconds: float) -> None:
        """Move ahead and wake everything that waits."""
        self._ahead_ms += round(seconds * 1000)
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait_until(self, due_ms: int) -> None:
        """Return once `due_ms` has come, by itself or because the clock was moved."""
        while (left_ms := due_ms - self.now_ms()) > 0:
            limit_s = left_ms / 1000 if self._frozen_at_ms is None else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), limit_s)


def iso(ms: int) -> str:
    """Write a moment the way RingCentral does: UTC with milliseconds and `Z`."""
    moment = EPOCH + timedelta(milliseconds=ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def iso_whole_second(ms: int) -> str:
    """Write a moment with `.000`, as `creationTime` is seen in recorded answers."""
    return iso(ms - ms % 1000)


def from_iso(text: str) -> int | None:
    """Read an ISO 8601 moment (UTC if it names no zone), or return `None`."""
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def http_date(ms: int) -> str:
    """Write a moment for the `Date` header."""
    return format_datetime(EPOCH + timedelta(seconds=ms // 1000), usegmt=True)
