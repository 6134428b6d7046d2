"""The workspace's time: the wall clock plus whatever a driver has added to it."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime


class VirtualClock:
    """Time that flows with a wall clock and can be moved forward.

    `wall` is seconds since the epoch. A clock that does not flow stands still between `advance`s.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,  # noqa: TID251 - this clock is the seam
        *,
        flowing: bool = True,
    ) -> None:
        self._wall = wall
        self._flowing = flowing
        self._ahead_s = 0.0
        self._app_ahead_s = 0.0
        self._moved = asyncio.Event()

    @classmethod
    def standing_at(cls, moment: float) -> "VirtualClock":
        """A clock that moves only when told to."""
        return cls(lambda: moment, flowing=False)

    def now(self) -> float:
        """The workspace's time, in seconds since the epoch."""
        return self._wall() + self._ahead_s

    def app_now(self) -> float:
        """The time it is for the app: what requests are dated and signed with.

        An app whose clock did not jump with ours refuses what is dated 300 s ahead of it.
        """
        return self._wall() + self._app_ahead_s

    def advance(self, seconds: float, *, with_app: bool = False) -> None:
        """Move the workspace's time forward and wake whoever waits for a moment now passed.

        `with_app` says that somebody moves the app's clock, too.
        """
        self._ahead_s += seconds
        self._app_ahead_s += seconds if with_app else 0.0
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def wait_until(self, moment: float) -> None:
        """Return once `now()` has reached `moment`."""
        while (left_s := moment - self.now()) > 0:
            try:
                async with asyncio.timeout(left_s if self._flowing else None):
                    await self._moved.wait()
            except TimeoutError:
                continue


def iso(moment: float) -> str:
    """A moment as RFC 3339 in UTC, with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
