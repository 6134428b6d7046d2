"""What the gateway asks of a pager whose users allow us to send as them."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.ids import ExtensionNumber
from gateway.domain.people import PersonLink


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody allowed: the tokens stay with the pager, under `credential`."""

    credential: str
    extension: ExtensionNumber
    name: str


class Accounts(Protocol):
    """People's own accounts with the pager, as far as they let us in (OAuth with PKCE)."""

    def start_page(self, ticket: str) -> str | None:
        """Write the address of our page where signing in begins; `None` if nobody reaches us."""
        ...

    def sign_in_page(self, state: str, challenge: str) -> str:
        """Write the pager's address where somebody says yes; `challenge` is PKCE's, S256."""
        ...

    async def redeem(self, code: str, verifier: str) -> Grant | None:
        """Exchange what the pager's page sent back. The tokens are on disk when this returns.

        `None` when somebody of another company said yes: nothing is kept of it.

        Raises:
            LinkEndedError: the code is used, too old, or another browser's.
            PagerError: it cannot be done now.
        """
        ...

    def use(self, links: Iterable[PersonLink]) -> None:
        """Send and read with exactly these credentials, beside those of the settings."""
        ...

    async def revoke(self, credential: str) -> None:
        """Sign out and forget the tokens; a pager that does not listen changes nothing about it.

        Raises:
            PagerUnavailableError: the tokens could not be forgotten; the store is away.
        """
        ...

    def ended(self) -> AsyncIterator[str]:
        """Yield credentials in use that the pager has ended."""
        ...
