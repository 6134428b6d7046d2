"""Silences over the control door, on a real database: what is taken, refused and remembered."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from adapters.storage import open_store
from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.silences import Silence
from gateway.ports.store import Store
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.silencing import Silencing, Wanted
from gateway.text.words import Words
from gateway.web.silences import silence_routes
from tests.acceptance.alert_rules import RULES
from tests.fakes.clock import MovedClock
from tests.fakes.ids import CountedIds
from tests.fakes.observer import Ears
from tests.web.sockets import served

Json = dict[str, Any]
WANTED = {
    "matchers": ["alertname=DiskFull", 'host=~"db-.*"'],
    "author": "dana",
    "comment": "swapping the disk",
    "for": "2h",
}


@dataclass
class Desk:
    """Somebody who asks, and what stands behind the door."""

    session: ClientSession
    store: Store
    clock: MovedClock
    ears: Ears
    silencing: Silencing

    async def post(self, path: str, body: object) -> tuple[int, Json]:
        async with self.session.post(path, json=body) as answer:
            return answer.status, await answer.json()

    async def listed(self, query: str = "") -> list[Json]:
        async with self.session.get(f"/-/silences{query}") as answer:
            silences: list[Json] = (await answer.json())["silences"]
            return silences

    async def add(self, **changed: object) -> Json:
        _, body = await self.post("/-/silences", {**WANTED, **changed})
        added: Json = body["silence"]
        return added


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock, ears = MovedClock(), Ears()
    of_file = Silence(
        "silences.0",
        parse_matchers("team=web"),
        "ops",
        "migration",
        clock.now(),
        clock.now() + timedelta(hours=1),
    )
    book = RuleBook(replace(RULES, silences=(of_file,)))
    async with await open_store("sqlite://", migrate=True, clock=clock) as opened:
        silencing = Silencing(opened.store, clock, CountedIds(), ears, book)
        routes = silence_routes(silencing, Words.load(), clock)
        async with served(tmp_path / "s", *routes) as session:
            yield Desk(session, opened.store, clock, ears, silencing)


async def test_silence_is_added_listed_and_remembered_with_its_author(desk: Desk) -> None:
    """Matchers come back in one canonical form; the file's silences are listed, too."""
    status, body = await desk.post("/-/silences", WANTED)
    added = body["silence"]
    assert status == 201
    assert added["matchers"] == ['alertname="DiskFull"', 'host=~"db-.*"']
    assert (added["state"], added["author"], added["of_file"]) == ("active", "dana", False)
    first, second = await desk.listed()
    assert (first["id"], first["of_file"]) == ("silences.0", True)
    assert second == added
    assert desk.ears.events("silence.added") == [{"silence": added["id"], "by": "dana"}]


async def test_every_change_leaves_who_and_when(desk: Desk) -> None:
    """Added by one, made longer by a second, ended by a third."""
    added = await desk.add()
    desk.clock.move(60)
    await desk.post(f"/-/silences/{added['id']}/extend", {"by": "bo", "for": "5h"})
    desk.clock.move(60)
    _, body = await desk.post(f"/-/silences/{added['id']}/expire", {"by": "avery"})
    ended = body["silence"]
    assert ended["state"] == "expired"
    deeds = [(entry["deed"], entry["by"]) for entry in ended["history"]]
    assert deeds == [("added", "dana"), ("extended", "bo"), ("expired", "avery")]
    assert len({entry["at"] for entry in ended["history"]}) == 3
    assert ended["id"] not in [each["id"] for each in await desk.listed()]
    assert ended in await desk.listed("?ended=1")


async def test_silence_of_later_is_pending(desk: Desk) -> None:
    """Maintenance tonight can be said in the morning; it lasts from its own beginning."""
    starts = desk.clock.now() + timedelta(hours=3)
    added = await desk.add(starts_at=starts.isoformat())
    assert added["state"] == "pending"
    assert added["ends_at"] == (starts + timedelta(hours=2)).isoformat()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"matchers": []}, "silence.no_matchers"),
        ({"matchers": ['team=~".*"']}, "silence.matches_everything"),
        ({"matchers": ["team!=web"]}, "silence.matches_everything"),
        ({"matchers": ["team"]}, "silence.matcher"),
        ({"author": "  "}, "silence.no_author"),
        ({"comment": ""}, "silence.no_comment"),
        ({"for": "0"}, "silence.ends_before_it_starts"),
        ({"for": "soon"}, "silence.duration"),
        ({"starts_at": "2020-01-01T00:00:00Z"}, "silence.already_expired"),
        ({"starts_at": "tomorrow"}, "silence.request"),
        ({"for_ever": True}, "silence.request"),
    ],
)
async def test_silence_that_cannot_be_is_refused_in_words(
    desk: Desk, changed: Json, code: str
) -> None:
    """Nothing is kept of it."""
    status, body = await desk.post("/-/silences", {**WANTED, **changed})
    assert (status in {400, 409}, body["error"]["code"]) == (True, code)
    assert body["error"]["message"].strip()
    assert len(await desk.listed("?ended=1")) == 1


@pytest.mark.parametrize(
    ("id_", "status", "code"),
    [("sl_9999", 404, "silence.unknown"), ("silences.0", 400, "silence.in_the_file")],
)
async def test_only_kept_silences_can_be_changed(
    desk: Desk, id_: str, status: int, code: str
) -> None:
    """The file's are the file's, and unknown ones are said to be unknown."""
    found = await desk.post(f"/-/silences/{id_}/expire", {"by": "bo"})
    assert (found[0], found[1]["error"]["code"]) == (status, code)


async def test_silence_that_is_over_stays_over(desk: Desk) -> None:
    """Its record tells what happened; what is wanted now is another silence."""
    added = await desk.add()
    desk.clock.move(7200)
    status, body = await desk.post(f"/-/silences/{added['id']}/extend", {"by": "bo", "for": "1h"})
    assert (status, body["error"]["code"]) == (409, "silence.already_expired")


async def test_of_two_processes_both_changes_are_remembered(desk: Desk) -> None:
    """Both read the same record; whoever writes second decides again on the newer one."""
    added = await desk.add()
    other = Silencing(desk.store, desk.clock, CountedIds(), Ears(), RuleBook(RULES))
    until = desk.clock.now() + timedelta(hours=8)
    await asyncio.gather(
        other.extend(added["id"], until, "bo"),
        desk.silencing.extend(added["id"], until, "avery"),
    )
    _, kept = await desk.listed()
    assert sorted(entry["by"] for entry in kept["history"]) == ["avery", "bo", "dana"]


async def test_what_one_process_adds_another_obeys(desk: Desk) -> None:
    """Nothing is remembered between two looks but what the database says."""
    other = Silencing(desk.store, desk.clock, CountedIds(), Ears(), RuleBook(RULES))
    assert await other.in_force() == ()
    added = await desk.add()
    assert [each.id for each in await other.in_force()] == [added["id"]]
    await desk.silencing.expire(added["id"], "bo")
    assert await other.in_force() == ()


async def test_repeat_of_one_deed_adds_no_second_silence(desk: Desk) -> None:
    """A chat platform may bring one press twice."""
    wanted = Wanted(parse_matchers("a=b"), "dana", "why", timedelta(hours=1))
    for _ in range(2):
        await desk.silencing.add(wanted, key="press-1")
    assert len(await desk.listed()) == 2


async def test_gateway_without_alerts_says_so(tmp_path: Path) -> None:
    """Instead of taking silences that mute nothing."""
    routes = silence_routes(None, Words.load(), MovedClock())
    async with served(tmp_path / "s", *routes) as session:
        answer = await session.get("/-/silences")
        assert answer.status == 404
        assert "routing.file" in (await answer.json())["error"]["message"]
