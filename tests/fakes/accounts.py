"""Accounts of a pager in memory: somebody says yes, and a session begins."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from typing_extensions import override

from gateway.domain.errors import LinkEndedError, PagerError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.people import PersonLink
from gateway.ports.accounts import Accounts, Grant
from tests.fakes.pager import FakePager

FOREIGN = ExtensionNumber("9999")
"""An extension of another company."""


@dataclass
class FakeAccounts(Accounts):
    """`away` is an outage of the token endpoint; `public` false is a gateway nobody reaches."""

    pager: FakePager
    public: bool = True
    away: PagerError | None = None
    sessions: dict[str, ExtensionNumber] = field(default_factory=dict)
    _codes: dict[str, tuple[ExtensionNumber, str]] = field(default_factory=dict)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)
    _own: tuple[ExtensionNumber, ...] = ()
    _in_use: set[str] = field(default_factory=set)
    _over: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        """Remember who sends without asking."""
        self._own = self.pager.senders

    def say_yes(self, address: str, extension: ExtensionNumber) -> tuple[str, str]:
        """Consent on the pager's page, as this extension; gives the state and a code."""
        query = parse_qs(urlsplit(address).query)
        code = f"code-{next(self._count)}"
        self._codes[code] = (extension, query["code_challenge"][0])
        return query["state"][0], code

    def end(self, extension: ExtensionNumber) -> None:
        """End every session of an extension, at the pager."""
        for credential in [c for c, number in self.sessions.items() if number == extension]:
            del self.sessions[credential]
            if credential in self._in_use:
                self._over.put_nowait(credential)

    @override
    def start_page(self, ticket: str) -> str | None:
        return f"https://pages.example.com/start/{ticket}" if self.public else None

    @override
    def sign_in_page(self, state: str, challenge: str) -> str:
        query = {"state": state, "code_challenge": challenge, "code_challenge_method": "S256"}
        return f"https://pager.example.com/authorize?{urlencode(query)}"

    @override
    async def redeem(self, code: str, verifier: str) -> Grant | None:
        if self.away:
            raise self.away
        extension, challenge = self._codes.pop(code, (None, ""))
        digest = base64.urlsafe_b64encode(sha256(verifier.encode()).digest())
        if extension is None or digest.decode().rstrip("=") != challenge:
            raise LinkEndedError
        if extension == FOREIGN:
            return None
        credential = f"credential-{code}"
        self.sessions[credential] = extension
        return Grant(credential, extension, self.pager.people[extension].name)

    @override
    def use(self, links: Iterable[PersonLink]) -> None:
        granted = [link for link in links if link.credential]
        self._in_use = {link.credential for link in granted}
        self.pager.senders = (*self._own, *(link.extension for link in granted))

    @override
    async def revoke(self, credential: str) -> None:
        if self.away:
            raise self.away
        self.sessions.pop(credential, None)

    @override
    async def ended(self) -> AsyncIterator[str]:
        while True:
            yield await self._over.get()
