"""A wish to link, on its way from `/page link` to the button that makes it so.

There is one per person; a newer one takes its place. It lives in the vault, because it holds
secrets and because the browser may come back to another process. Each stage has a new secret and
is left by a swap, so whatever carries one (an address, a state, a button) works once.
"""

import hmac
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from gateway.domain.ids import ChatUserId, WorkspaceId
from gateway.domain.pages import Person
from gateway.ports.accounts import Grant
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.vault import Vault

REQUEST_LIFE = timedelta(minutes=10)


class Stage(StrEnum):
    """How far it came."""

    ASKED = "asked"  # the address of our start page is out
    STARTED = "started"  # a browser is at RingCentral's page
    ANSWERED = "answered"  # somebody said yes there; the chat asks who it was


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """One person's wish. `browser` is what its cookie must say, `verifier` PKCE's."""

    workspace: WorkspaceId
    user: ChatUserId
    user_name: str
    stage: Stage
    secret: str = field(repr=False)
    expires_at: datetime
    browser: str = field(default="", repr=False)
    verifier: str = field(default="", repr=False)
    grant: Grant | None = None

    @property
    def ticket(self) -> str:
        """What finds it again, for whoever was given it."""
        return f"{slot_of(self.workspace, self.user)}.{self.secret}"

    def stored(self) -> str:
        """Write it for the vault, always alike."""
        return json.dumps({**asdict(self), "expires_at": self.expires_at.isoformat()})

    @classmethod
    def restored(cls, stored: str | None) -> "LinkRequest | None":
        """Read it from the vault; `None` if nothing usable is there."""
        try:
            facts = json.loads(stored or "")
            grant = facts.pop("grant")
            return cls(
                **{
                    **facts,
                    "stage": Stage(facts["stage"]),
                    "expires_at": datetime.fromisoformat(facts["expires_at"]),
                    "grant": Grant(**grant) if grant else None,
                }
            )
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True)
class LinkRequests:
    """Keeps them, and lets each stage be left once."""

    vault: Vault
    clock: Clock
    ids: Ids

    async def open(self, person: Person) -> tuple[LinkRequest, LinkRequest | None]:
        """Begin anew; also gives the one it takes the place of."""
        request = LinkRequest(
            person.workspace,
            person.user,
            person.name,
            Stage.ASKED,
            self.ids.secret(),
            self.clock.now() + REQUEST_LIFE,
        )
        name = _name(slot_of(person.workspace, person.user))
        stands = await self.vault.get(name)
        await self.vault.put(name, request.stored())
        return request, LinkRequest.restored(stands)

    async def find(self, ticket: str, stage: Stage, *, expired: bool = False) -> LinkRequest | None:
        """Find what a ticket stands for, if it is at this stage and as old as wanted."""
        slot, _, secret = ticket.partition(".")
        if len(slot) != _SLOT_LENGTH:
            return None
        request = LinkRequest.restored(await self.vault.get(_name(slot)))
        if request is None or request.stage is not stage or not same(secret, request.secret):
            return None
        return request if (self.clock.now() >= request.expires_at) == expired else None

    async def move(self, was: LinkRequest, now: LinkRequest) -> LinkRequest | None:
        """Go to the next stage under a new secret; `None` if somebody was faster."""
        moved = replace(now, secret=self.ids.secret())
        name = _name(slot_of(was.workspace, was.user))
        return moved if await self.vault.swap(name, was.stored(), moved.stored()) else None

    async def answer(self, closed: LinkRequest, grant: Grant) -> LinkRequest | None:
        """Let the chat ask; `None` if the person began anew meanwhile."""
        answered = LinkRequest(
            closed.workspace,
            closed.user,
            closed.user_name,
            Stage.ANSWERED,
            self.ids.secret(),
            self.clock.now() + REQUEST_LIFE,
            grant=grant,
        )
        name = _name(slot_of(closed.workspace, closed.user))
        return answered if await self.vault.swap(name, None, answered.stored()) else None

    async def close(self, request: LinkRequest) -> bool:
        """End it; `False` if somebody was faster."""
        name = _name(slot_of(request.workspace, request.user))
        return await self.vault.swap(name, request.stored(), None)


_SLOT_LENGTH = 32


def slot_of(workspace: WorkspaceId, user: ChatUserId) -> str:
    """Name a person's place, the same each time; it tells no stranger who it is."""
    return sha256(f"{workspace}\0{user}".encode()).hexdigest()[:_SLOT_LENGTH]


def same(given: str, secret: str) -> bool:
    """Compare in constant time, whatever was given."""
    return hmac.compare_digest(given.encode(errors="replace"), secret.encode())


def _name(slot: str) -> str:
    return f"linking.{slot}"
