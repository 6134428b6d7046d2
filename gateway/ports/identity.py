"""Who a person is, by the word of somebody else."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody was sent to an issuer with; what they come back with has to fit.

    `back` is the address that the issuer leads back to, letter for letter. `verifier` is PKCE's.
    """

    back: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, as their issuer vouches for them.

    `who` is what records call them. `names` are all by which a role may be given: theirs, and
    those of their groups.
    """

    who: str
    names: tuple[str, ...]


class Doubt(StrEnum):
    """Why nobody is vouched for."""

    AWAY = "away"
    """No whole answer came."""
    REFUSED = "refused"
    """The issuer gives nothing for that code."""
    UNPROVED = "unproved"
    """What it gave does not prove who this is."""
    ELSEWHERE = "elsewhere"
    """Somebody of another company."""


class Issuer(Protocol):
    """Signs people in on pages of its own, and vouches for them (OpenID Connect)."""

    name: str
    """What people call it."""

    async def page(self, state: str, errand: Errand) -> str | None:
        """Write the address where somebody signs in; `None` when the issuer is away."""
        ...

    async def redeem(self, code: str, errand: Errand) -> Identity | Doubt:
        """Exchange what the issuer's page sent back; it works once."""
        ...
