"""The addresses RingCentral may call us at, one per mailbox, shared by all our processes.

Each subscription has an unguessable path and a verification token of its own. They are in the
vault before RingCentral hears of them, so that any process can answer the handshake.
"""

import hmac
import json
from dataclasses import dataclass, field
from typing import Self

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.senders import Account, Senders
from adapters.pager.ringcentral.shelf import Shelf
from gateway.domain.errors import PagerUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.ports.clock import Clock

RELOAD_S = 1.0
"""Strangers who try paths must not read the vault more often than this."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of ours. `subscription` is empty while RingCentral is being asked for it."""

    mailbox: ExtensionNumber
    secret: str = field(repr=False)
    token: str = field(repr=False)
    subscription: str = ""

    @property
    def pending(self) -> bool:
        """Whether a handshake may come."""
        return not self.subscription

    def stored(self) -> dict[str, str]:
        """Write it for the vault."""
        return {
            "mailbox": self.mailbox,
            "secret": self.secret,
            "token": self.token,
            "subscription": self.subscription,
        }

    @classmethod
    def restored(cls, record: wire.Record) -> Self:
        """Read it from the vault."""
        return cls(
            mailbox=ExtensionNumber(wire.text(record, "mailbox")),
            secret=wire.text(record, "secret"),
            token=wire.text(record, "token"),
            subscription=wire.text(record, "subscription"),
        )


class Hooks:
    """Every mailbox's webhooks: the working one, and a new one while it is being made."""

    def __init__(self, senders: Senders, shelf: Shelf, clock: Clock) -> None:
        self._senders = senders
        self._shelf = shelf
        self._clock = clock
        self._known: dict[str, tuple[Hook, ...]] = {}
        self._loaded_at = float("-inf")

    async def of(self, account: Account) -> tuple[Hook, ...]:
        """Read a mailbox's webhooks.

        Raises:
            PagerUnavailableError: the vault is away.
        """
        stored = await self._shelf.get(_name(account))
        self._known[account.sender.name] = hooks = _restored(stored)
        return hooks

    async def save(self, account: Account, hooks: tuple[Hook, ...]) -> None:
        """Replace a mailbox's webhooks.

        Raises:
            PagerUnavailableError: the vault is away.
        """
        await self._shelf.put(_name(account), json.dumps({"records": [h.stored() for h in hooks]}))
        self._known[account.sender.name] = hooks

    async def find(self, secret: str) -> Hook | None:
        """Find the webhook behind a path.

        An unknown or pending one may have changed in another process: then we look again.
        """
        hook = self._find(secret)
        if hook is None or hook.pending:
            await self._reload()
            hook = self._find(secret)
        return hook

    def forget_all_but(self, names: set[str]) -> None:
        """Forget the webhooks of senders that are no more."""
        for gone in self._known.keys() - names:
            del self._known[gone]

    def _find(self, secret: str) -> Hook | None:
        found = None
        for hooks in self._known.values():
            for hook in hooks:
                if same(secret, hook.secret):
                    found = hook
        return found

    async def _reload(self) -> None:
        now = self._clock.monotonic()
        if now - self._loaded_at < RELOAD_S:
            return
        self._loaded_at = now
        for account in self._senders.accounts:
            try:
                await self.of(account)
            except PagerUnavailableError:
                return


def same(given: str, secret: str) -> bool:
    """Compare in constant time, whatever was given."""
    return hmac.compare_digest(given.encode(errors="replace"), secret.encode())


def _name(account: Account) -> str:
    return f"webhooks.{account.sender.name}"


def _restored(stored: str | None) -> tuple[Hook, ...]:
    try:
        return tuple(map(Hook.restored, wire.records(wire.parse((stored or "").encode()))))
    except wire.WireError:
        return ()
