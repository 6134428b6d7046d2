"""Events over the control door, a line of JSON each, until one side ends."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession

from gateway.services.live_events import LiveEvents, Seen
from gateway.web.tail import tail_routes
from tests.fakes.clock import MovedClock
from tests.fakes.observer import Ears
from tests.web.sockets import served


@pytest.fixture
def live() -> LiveEvents:
    return LiveEvents(Ears(), MovedClock(), most=5)


@pytest.fixture
async def door(live: LiveEvents, tmp_path: Path) -> AsyncIterator[ClientSession]:
    def told(seen: Seen) -> Mapping[str, object]:
        level = "warning" if seen.event.endswith("failed") else "info"
        return {"at": seen.at, "level": level, "event": seen.event, **seen.facts}

    async with served(tmp_path / "s", *tail_routes(live, told)) as session:
        yield session


async def rest(answer: ClientResponse) -> list[str]:
    """Read the names of what comes, to the end."""
    return [json.loads(line)["event"] async for line in answer.content]


def happen(live: LiveEvents) -> None:
    live.saw("page.accepted", page_id="pg_1")
    live.saw("pager.call_failed", call="send")
    live.saw("page.sent", page_id="pg_2")


@pytest.mark.parametrize(
    ("query", "heard"),
    [
        ({}, ["page.accepted", "pager.call_failed", "page.sent"]),
        ({"kind": "page"}, ["page.accepted", "page.sent"]),
        ({"kind": "page.sent"}, ["page.sent"]),
        ({"ref": "pg_1"}, ["page.accepted"]),
        ({"level": "warning"}, ["pager.call_failed"]),
        ({"kind": "page", "ref": "pg_3"}, []),
    ],
)
async def test_events_come_as_they_are_asked_for(
    live: LiveEvents, door: ClientSession, query: dict[str, str], heard: list[str]
) -> None:
    """By kind, by reference, from a level on; the last line says that it was the last."""
    async with door.get("/-/events", params=query) as answer:
        happen(live)
        live.close()
        assert await rest(answer) == [*heard, "tail.ended"]


async def test_who_reads_too_slowly_is_told_what_is_missed(
    live: LiveEvents, door: ClientSession
) -> None:
    """And has to begin anew; whoever sees something waits for nobody."""
    async with door.get("/-/events") as answer:
        for _ in range(3):
            happen(live)
        last = [json.loads(line) async for line in answer.content][-1]
    assert last == {"event": "tail.left_behind", "missed": 9}


async def test_a_level_that_is_none_is_refused(door: ClientSession) -> None:
    """With those that are."""
    async with door.get("/-/events", params={"level": "loud"}) as answer:
        assert answer.status == 400
        assert "warning" in (await answer.json())["error"]["message"]
