"""Named points where a rehearsal may kill, delay or fail the process."""

from typing import Protocol


class FaultPoints(Protocol):
    """In production every point does nothing."""

    async def at(self, point: str) -> None:
        """Pass the point, for example `delivery.attempting`."""
        ...


class NoFaults:
    """The production implementation."""

    async def at(self, point: str) -> None:
        """Do nothing."""
