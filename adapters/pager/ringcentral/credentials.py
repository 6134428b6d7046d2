"""What lets us sign in, and what we get for it. None of it shows in a repr."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.shelf import fingerprint

LIFE_BEFORE_RENEWAL = 0.78
LIFE_JITTER = 0.04
"""Renewal begins at about 80 % of a token's life, and not for all senders at the same moment."""


@dataclass(frozen=True, slots=True)
class App:
    """Our registration with RingCentral."""

    client_id: str
    client_secret: str = field(repr=False)

    @property
    def authorization(self) -> str:
        """The Basic header of token calls."""
        pair = f"{self.client_id}:{self.client_secret}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


@dataclass(frozen=True, slots=True)
class Credential:
    """What lets us sign in as one extension. `name` is safe for logs and survives restarts."""

    name: str
    app: App
    jwt: str = field(repr=False)

    @classmethod
    def of(cls, server_url: str, app: App, jwt: str) -> Self:
        """Name a credential by its fingerprint."""
        return cls(fingerprint(server_url, app.client_id, jwt), app, jwt)

    @property
    def ends_at(self) -> datetime | None:
        """When the JWT ends, by its own word; `None` if it has no end, or is none."""
        claims = self.jwt.split(".")[1:2]
        try:
            padded = claims[0] + "=" * (-len(claims[0]) % 4)
            told = json.loads(base64.urlsafe_b64decode(padded))["exp"]
            return datetime.fromtimestamp(int(told), UTC)
        except (IndexError, KeyError, ValueError, TypeError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token and, usually, the refresh token behind it."""

    access: str = field(repr=False)
    renew_at: datetime
    expires_at: datetime
    refresh: str = field(repr=False)
    refresh_until: datetime

    @classmethod
    def read(cls, answer: wire.Record, now: datetime, jitter: float) -> Self:
        """Read a token answer; `jitter` is between 0 and 1."""
        life = timedelta(seconds=wire.seconds(answer, "expires_in"))
        refresh_life = timedelta(seconds=wire.seconds(answer, "refresh_token_expires_in", 0))
        return cls(
            access=_token(wire.text(answer, "access_token")),
            renew_at=now + life * (LIFE_BEFORE_RENEWAL + LIFE_JITTER * jitter),
            expires_at=now + life,
            refresh=_token(wire.text(answer, "refresh_token", "")),
            refresh_until=now + refresh_life,
        )

    def stored(self) -> str:
        """Write it for the vault."""
        return json.dumps(
            {
                "access": self.access,
                "renew_at": wire.iso(self.renew_at),
                "expires_at": wire.iso(self.expires_at),
                "refresh": self.refresh,
                "refresh_until": wire.iso(self.refresh_until),
            }
        )

    @classmethod
    def restored(cls, stored: str | None) -> Self | None:
        """Read it from the vault; `None` if nothing usable is there."""
        try:
            pair = wire.parse((stored or "").encode())
            return cls(
                access=wire.text(pair, "access"),
                renew_at=wire.moment(pair, "renew_at"),
                expires_at=wire.moment(pair, "expires_at"),
                refresh=wire.text(pair, "refresh"),
                refresh_until=wire.moment(pair, "refresh_until"),
            )
        except wire.WireError:
            return None


def _token(value: str) -> str:
    """Refuse what must not go into a header."""
    if not value.isascii() or not all(c.isprintable() and c != " " for c in value):
        raise wire.WireError("a token is not printable")
    return value
