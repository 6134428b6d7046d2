"""Time and waiting, so that tests move both."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Read the wall clock, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Read a clock that never goes back, in seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero and less only yield to the loop."""
        ...
