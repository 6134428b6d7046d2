"""Our names in the vault, and its outages in the pager's words."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.domain.errors import PagerUnavailableError, StoreUnavailableError
from gateway.ports.vault import Vault


class Shelf:
    """The vault as this adapter uses it.

    Every method raises `PagerUnavailableError` when the store is away: nothing left this machine,
    try again. (`StoreUnavailableError` would read as a refusal of the page.)
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def get(self, name: str) -> str | None:
        """Read a value; `None` when there is none."""
        with _as_pager_error():
            return await self._vault.get(f"ringcentral.{name}")

    async def put(self, name: str, value: str) -> None:
        """Write a value; it is on disk when this returns."""
        with _as_pager_error():
            await self._vault.put(f"ringcentral.{name}", value)

    async def swap(self, name: str, was: str | None, now: str | None) -> bool:
        """Write over what is expected to be there; `False` if something else is."""
        with _as_pager_error():
            full = f"ringcentral.{name}"
            return await self._vault.swap(full, was, now)

    async def forget(self, name: str) -> None:
        """Remove a value."""
        with _as_pager_error():
            await self._vault.forget(f"ringcentral.{name}")


@contextmanager
def _as_pager_error() -> Iterator[None]:
    try:
        yield
    except StoreUnavailableError as error:
        raise PagerUnavailableError from error


def fingerprint(*secrets: str) -> str:
    """Name a credential without telling it: a changed one has another name, and finds nothing."""
    return hashlib.sha256("\0".join(secrets).encode()).hexdigest()[:16]
