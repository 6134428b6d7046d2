"""Pausing over the control door, as `gateway pause` and `gateway resume` ask for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from gateway.web.pausing import pause_routes
from tests.services.acme import Acme, running_acme
from tests.web.sockets import served


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme() as acme:
        yield acme


@pytest.fixture
async def door(acme: Acme, tmp_path: Path) -> AsyncIterator[ClientSession]:
    async with served(tmp_path / "s", *pause_routes(acme.core.pausing)) as session:
        yield session


async def test_sending_is_paused_and_goes_on(acme: Acme, door: ClientSession) -> None:
    """Each answer says how it stands; who paused first stays named."""
    now = {"by": "ada", "since": acme.clock.now().isoformat()}
    for by in ("ada", "bo"):
        async with door.post("/-/pause", json={"by": by}) as answer:
            assert await answer.json() == {"paused": now}
    for _ in range(2):
        async with door.post("/-/resume", json={"by": "bo"}) as answer:
            assert await answer.json() == {"paused": None}
    acts = [(each.act, each.who, each.origin) for each in await acme.store.audit_newest(9)]
    assert acts == [("sending.resumed", "bo", "control"), ("sending.paused", "ada", "control")]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"by": " "}'])
async def test_who_pauses_says_who_they_are(acme: Acme, door: ClientSession, body: bytes) -> None:
    """Otherwise nothing happens."""
    async with door.post("/-/pause", data=body) as answer:
        assert answer.status == 400
    assert acme.core.pausing.now is None
