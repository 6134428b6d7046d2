"""Small secrets and facts an adapter must find again after a restart."""

from typing import Protocol


class Vault(Protocol):
    """Named values, encrypted at rest, each bound to its name.

    Used for token pairs, penalty deadlines and subscription ids. A value is on disk when `put`
    returns: a refreshed token pair is put before it is first used, because the old one is dead.
    """

    async def get(self, name: str) -> str | None:
        """Read a value; `None` when there is none."""
        ...

    async def put(self, name: str, value: str) -> None:
        """Write a value durably."""
        ...

    async def swap(self, name: str, was: str | None, now: str | None) -> bool:
        """Write `now` over `was`, or nothing if it reads otherwise meanwhile; `None` is no value.

        Decides between processes: of several that try, one is told that it was done.
        """
        ...

    async def forget(self, name: str) -> None:
        """Remove a value; unknown names are fine."""
        ...
