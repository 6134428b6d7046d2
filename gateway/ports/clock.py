"""Time and waiting, so that tests move both."""

from datetime import datetime, timedelta
from typing import Protocol

CLOCKS_DIFFER = timedelta(minutes=11)
"""A foreign system's time may be so far off ours. Where it is held against ours, something else
says surely what is meant: a reference, a key, or the words."""


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
