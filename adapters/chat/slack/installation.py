"""What lets us speak in a workspace: a token an operator gave, or one the workspace gave itself.

The second kind may live for twelve hours only. Then a refresh token, which works once, gives the
next pair: processes take turns at it through the vault, and a pair is stored before it is used.
Slack, "Installing with OAuth" and "Using token rotation".
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from typing_extensions import override

from gateway.domain.errors import (
    ChatError,
    ChatSignedOutError,
    ChatUnavailableError,
    StoreUnavailableError,
)
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.vault import Vault

NAME = "slack.installation"
_AHEAD = timedelta(hours=2)
_TURN = timedelta(seconds=30)
"""Longer than a call to Slack may take; a turn whose process died ends by itself."""
_EVERY_S = 60.0
_STORE_PAUSE_S = 1.0


class Installation(Protocol):
    """The app's place in one workspace."""

    @property
    def present(self) -> bool:
        """Whether there is a token at all."""
        ...

    async def token(self) -> str:
        """Give the token for a call.

        Raises:
            ChatError: there is none, or none at the moment.
        """
        ...

    async def renewed(self, refused: str) -> bool:
        """Whether there is another token now that Slack called this one expired."""
        ...

    async def end(self) -> None:
        """Forget what there is: the workspace took it back.

        Raises:
            StoreUnavailableError: it is still there.
        """
        ...

    async def keep(self) -> None:
        """Look after it until cancelled."""
        ...


class GivenToken(Installation):
    """A token from the settings. When it has ended, only a restart brings another."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._ended = False

    @property
    @override
    def present(self) -> bool:
        return not self._ended

    @override
    async def token(self) -> str:
        return self._token

    @override
    async def renewed(self, refused: str) -> bool:
        return False

    @override
    async def end(self) -> None:
        self._ended = True

    @override
    async def keep(self) -> None:
        """Do nothing: it does not change."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A token as Slack gave it; without `refresh` it lives until it is revoked."""

    token: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: str = ""
    turn_until: str = ""

    def stored(self) -> str:
        """Write it for the vault, always alike."""
        return json.dumps(asdict(self))

    @classmethod
    def restored(cls, stored: str | None) -> "Grant | None":
        """Read it from the vault; `None` if nothing is there."""
        return cls(**json.loads(stored)) if stored else None

    def ends_before(self, moment: datetime) -> bool:
        """Whether it is no good at that moment."""
        return bool(self.expires_at) and datetime.fromisoformat(self.expires_at) <= moment

    def is_taken(self, now: datetime) -> bool:
        """Whether some process is renewing it."""
        return bool(self.turn_until) and datetime.fromisoformat(self.turn_until) > now


Renew = Callable[[str], Awaitable[Grant]]
"""Exchange a refresh token at Slack; raises `ChatError`."""


class OwnInstallation(Installation):
    """A token that the workspace gave by installing the app; kept in the vault."""

    def __init__(self, vault: Vault, renew: Renew, clock: Clock, observer: Observer) -> None:
        self._vault = vault
        self._renew = renew
        self._clock = clock
        self._observer = observer
        self._grant: Grant | None = None
        self._alone = asyncio.Lock()

    @property
    @override
    def present(self) -> bool:
        return self._grant is not None

    async def look(self) -> None:
        """Take up what is stored: another process may have installed, renewed or ended it.

        Raises:
            StoreUnavailableError: nothing could be read; what is known stands.
        """
        self._grant = Grant.restored(await self._vault.get(NAME))

    @override
    async def token(self) -> str:
        if self._grant is None:
            raise ChatSignedOutError("not_installed")
        if self._grant.ends_before(self._clock.now()):
            await self._renewed_once(self._grant)
        return self._usable()

    def _usable(self) -> str:
        if self._grant is None or self._grant.ends_before(self._clock.now()):
            raise ChatUnavailableError("token_expired")
        return self._grant.token

    @override
    async def renewed(self, refused: str) -> bool:
        grant = self._grant
        if grant is not None and grant.token == refused and grant.refresh:
            await self._renewed_once(grant)
        return self._grant is not None and self._grant.token != refused

    @override
    async def end(self) -> None:
        await self._vault.forget(NAME)
        self._grant = None

    async def begin(self, grant: Grant) -> None:
        """Keep what the workspace has just given.

        Raises:
            StoreUnavailableError: it is not kept.
        """
        await self._vault.put(NAME, grant.stored())
        self._grant = grant
        self._observer.saw("slack.installed")

    @override
    async def keep(self) -> None:
        while True:
            with suppress(StoreUnavailableError, ChatError):
                await self.look()
                if self._grant and self._grant.ends_before(self._clock.now() + _AHEAD):
                    await self._renewed_once(self._grant)
            await self._clock.sleep(_EVERY_S)

    async def _renewed_once(self, old: Grant) -> None:
        """Replace a grant, unless it is replaced already or somebody else is at it.

        Raises:
            ChatError: Slack gave no other.
        """
        async with self._alone:
            try:
                await self.look()
                stands = self._grant
                if stands is None or stands.token != old.token or not stands.refresh:
                    return
                if not stands.is_taken(now := self._clock.now()):
                    await self._take_turn(stands, (now + _TURN).isoformat())
            except StoreUnavailableError as error:
                raise ChatUnavailableError("vault_away") from error

    async def _take_turn(self, stands: Grant, until: str) -> None:
        taken = replace(stands, turn_until=until)
        if not await self._vault.swap(NAME, stands.stored(), taken.stored()):
            return
        try:
            fresh = await self._renew(stands.refresh)
        except ChatError as error:
            self._observer.saw("slack.token_unrenewed", error_code=error.code)
            await self._vault.swap(NAME, taken.stored(), stands.stored())
            raise
        if await self._stored(taken, fresh):
            self._grant = fresh
            self._observer.saw("slack.token_renewed")
        else:
            self._grant = None  # it was ended meanwhile

    async def _stored(self, taken: Grant, fresh: Grant) -> bool:
        """Store the new pair, however long that takes: the old one is worth nothing any more."""
        while True:
            with suppress(StoreUnavailableError):
                return await self._vault.swap(NAME, taken.stored(), fresh.stored())
            await self._clock.sleep(_STORE_PAUSE_S)
