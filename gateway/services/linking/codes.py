"""Linking by a code that is paged to the extension: it tells who somebody is, and lets nobody send.

For companies where people cannot sign in to the pager from here. The code is sent past the outbox:
it must not stand in a page's history, and a lost one is asked for again.
"""

import asyncio
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from gateway.domain.directory import ExtensionKind
from gateway.domain.errors import Disposition, FactValue, PagerError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.outbound import Notice
from gateway.domain.pager_text import clean_name
from gateway.domain.pages import Person
from gateway.domain.people import PersonLink
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.pager import OutgoingPage, Pager
from gateway.ports.vault import Vault
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.linking.requests import same, slot_of
from gateway.services.people import People
from gateway.services.wishes import Told
from gateway.text.words import Words

CODE_LIFE = timedelta(minutes=10)
CODE_DIGITS = 6
TRIES = 5
_PATIENCE_S = 2.0
"""Who typed the command hears from us within three seconds, also from a slow pager."""


@dataclass(frozen=True, slots=True)
class _Code:
    """A code on its way. It stays until it expires, or nobody could be kept from guessing."""

    number: ExtensionNumber
    code: str = field(repr=False)
    expires_at: datetime
    left: int = TRIES

    def stored(self) -> str:
        """Write it for the vault, always alike."""
        return json.dumps({**asdict(self), "expires_at": self.expires_at.isoformat()})

    @classmethod
    def restored(cls, stored: str | None) -> "_Code | None":
        """Read it from the vault; `None` if nothing usable is there."""
        try:
            facts = json.loads(stored or "")
            return cls(**{**facts, "expires_at": datetime.fromisoformat(facts["expires_at"])})
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True)
class Codes:
    """Sends codes and takes them back."""

    vault: Vault
    pager: Pager
    clock: Clock
    ids: Ids
    people: People
    directory: DirectoryKeeper
    words: Words

    async def awaits(self, person: Person, typed: str) -> bool:
        """Whether these digits are meant as a code: one is under way, and they are as many."""
        return len(typed) == CODE_DIGITS and await self._open(person) is not None

    def barred(self, person: Person, number: ExtensionNumber) -> Told | None:
        """Say why somebody cannot have this extension; `None` when they can."""
        extension = self.directory.current.extension(number)
        if not extension or not extension.reachable or extension.kind is not ExtensionKind.PERSON:
            return _told("link.unknown_number", {"number": number})
        if number == self.people.shared or not self.people.may_have(person.user, number):
            return _told("link.reserved", {"number": number})
        return None

    async def send(self, person: Person, number: ExtensionNumber) -> Told:
        """Page a code, unless one is under way: five guesses in ten minutes, whoever asks."""
        name = _name(person)
        stands = await self.vault.get(name)
        known = self._usable(stands)
        if known:
            return _told("link.code_open", _facts(known))
        code = _Code(number, _digits(self.ids.secret()), self.clock.now() + CODE_LIFE)
        if not await self.vault.swap(name, stands, code.stored()):
            return _told("link.code_open", _facts(code))
        if await self._paged(person, code):
            return _told("link.code_sent", _facts(code))
        await self.vault.swap(name, code.stored(), None)
        return _told("link.code_unsent", {"number": number})

    async def _paged(self, person: Person, code: _Code) -> bool:
        """Page it; an answer that is lost or late counts as yes."""
        if self.people.shared is None:
            return False
        text = self.words.sentence("page.code_text", code=code.code, name=clean_name(person.name))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self.pager.send(OutgoingPage(self.people.shared, (code.number,), text))
        except PagerError as error:
            return error.disposition is Disposition.MAY_HAVE_BEEN_SENT
        except TimeoutError:
            pass
        return True

    async def enter(self, person: Person, typed: str) -> PersonLink | Told:
        """Take a code. A try is used up before it is compared, also by many at once."""
        while code := await self._open(person):
            if not code.left:
                return _told("link.code_spent", _facts(code))
            tried = replace(code, left=code.left - 1)
            if await self.vault.swap(_name(person), code.stored(), tried.stored()):
                return await self._compare(person, typed, tried)
        return _told("link.code_over")

    async def _compare(self, person: Person, typed: str, code: _Code) -> PersonLink | Told:
        if not same(typed, code.code):
            key = "link.code_wrong" if code.left else "link.code_spent"
            return _told(key, {**_facts(code), "count": code.left})
        if not await self.vault.swap(_name(person), code.stored(), None):
            return _told("link.code_over")
        extension = self.directory.current.extension(code.number)
        name = extension.name if extension else code.number
        now = self.clock.now()
        return PersonLink(person.workspace, person.user, person.name, code.number, name, now)

    async def _open(self, person: Person) -> _Code | None:
        return self._usable(await self.vault.get(_name(person)))

    def _usable(self, stored: str | None) -> _Code | None:
        code = _Code.restored(stored)
        return code if code and self.clock.now() < code.expires_at else None


def _digits(secret: str) -> str:
    number = int.from_bytes(sha256(secret.encode()).digest()) % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}}"


def _name(person: Person) -> str:
    return f"link-code.{slot_of(person.workspace, person.user)}"


def _facts(code: _Code) -> dict[str, FactValue]:
    return {"number": code.number, "until": code.expires_at.isoformat()}


def _told(key: str, facts: dict[str, FactValue] | None = None) -> Told:
    return Told(Notice(key, facts or {}))
