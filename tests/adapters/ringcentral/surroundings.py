"""What the adapter is given in its tests: time that is moved, memory, and ears."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.test_utils import TestServer
from typing_extensions import override

from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import DraftId, Ref
from gateway.ports.ids import Ids
from gateway.ports.vault import Vault
from tests.fakes.clock import MovedClock
from tests.fakes.observer import Ears as Ears  # noqa: PLC0414 - one of the surroundings


def real_time() -> MovedClock:
    """A clock that starts at the real time, which servers go by."""
    return MovedClock(datetime.now(UTC))  # noqa: TID251 - same


@dataclass
class Memory(Vault):
    """A vault without a disk; it fails like a database that is down (`away`) or full."""

    values: dict[str, str] = field(default_factory=dict)
    away: bool = False
    full: bool = False

    @override
    async def get(self, name: str) -> str | None:
        self._check(self.away)
        return self.values.get(name)

    @override
    async def put(self, name: str, value: str) -> None:
        self._check(self.away or self.full)
        self.values[name] = value

    @override
    async def swap(self, name: str, was: str | None, now: str | None) -> bool:
        self._check(self.away or self.full)
        if self.values.get(name) != was:
            return False
        self.values.pop(name, None)
        if now is not None:
            self.values[name] = now
        return True

    @override
    async def forget(self, name: str) -> None:
        self._check(self.away)
        self.values.pop(name, None)

    def _check(self, fails: object) -> None:
        if fails:
            raise StoreUnavailableError


@dataclass
class SeededIds(Ids):
    """Always the same ones."""

    source: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  a test

    @override
    def ref(self, prefix: str) -> Ref:
        return Ref(f"{prefix}_{self.source.randrange(16**4):04X}")

    @override
    def draft(self) -> DraftId:
        return DraftId(f"{self.source.randrange(16**20):020x}")

    @override
    def secret(self) -> str:
        return f"{self.source.randrange(16**64):064x}"

    @override
    def jitter(self) -> float:
        return self.source.random()


Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Scripted:
    """A server that answers as told, in order, and keeps what it was asked."""

    url: str = ""
    answers: list[Answering] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)

    def then(self, *answers: web.Response | Answering) -> None:
        """Queue answers."""
        self.answers += [_always(a) if isinstance(a, web.Response) else a for a in answers]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Give the next answer."""
        body = await request.text()
        self.requests.append((request.method, request.path_qs, dict(request.headers), body))
        return await self.answers.pop(0)(request)


def _always(response: web.Response) -> Answering:
    async def answer(_: web.Request) -> web.StreamResponse:
        return response

    return answer


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    """Serve a script on loopback."""
    script = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.answer)
    async with TestServer(app) as server:
        script.url = str(server.make_url("")).rstrip("/")
        yield script


async def reset(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def said(status: int, code: str, **more: str) -> web.Response:
    """Refuse in RingCentral's words."""
    error = {"errorCode": code, "message": "Eine Meldung, die niemand liest", **more}
    body = {**error, "errors": [error]}
    return web.json_response(body, status=status, headers={"RCRequestId": "trace-1"})
