"""The directory over the control door: read again, searched, shown."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from gateway.domain.errors import PagerUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.text.words import Words
from gateway.web.directory import directory_routes
from tests.services.acme import Acme, running_acme
from tests.web.sockets import served

BO = ExtensionNumber("102")


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme() as acme:
        yield acme


@pytest.fixture
async def door(acme: Acme, tmp_path: Path) -> AsyncIterator[ClientSession]:
    async with served(tmp_path / "s", *directory_routes(acme.directory, Words.load())) as session:
        yield session


async def test_it_is_read_again_and_the_difference_is_told(acme: Acme, door: ClientSession) -> None:
    """A dry run tells the same and takes nothing up."""
    del acme.pager.people[BO]
    async with door.get("/-/directory/sync") as answer:
        tried = await answer.json()
    assert acme.directory.current.extension(BO)
    async with door.post("/-/directory/sync") as answer:
        synced = await answer.json()
    assert acme.directory.current.extension(BO) is None
    assert tried["change"] == synced["change"] == "extensions +0 -1 ~0, departments ~0"
    assert [each["name"] for each in synced["removed"]] == ["Bo Chen"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_pager_that_is_away_is_told(acme: Acme, door: ClientSession, method: str) -> None:
    """What was known before stays."""
    acme.pager.away = PagerUnavailableError()
    async with door.request(method, "/-/directory/sync") as answer:
        assert answer.status == 502
        assert (await answer.json())["error"]["code"] == "directory.unread"
    assert acme.directory.current.extension(BO)


async def test_a_department_shows_whom_a_page_leaves_out(door: ClientSession) -> None:
    """RingCentral says nothing about members who are disabled."""
    async with door.get("/-/directory", params={"name": "DBA"}) as answer:
        (shown,) = (await answer.json())["shown"]
    assert (shown["number"], shown["kind"]) == ("400", "department")
    assert [each["name"] for each in shown["active"]] == ["Avery Kim", "Bo Chen", "Dana Lee"]
    assert [(each["name"], each["status"]) for each in shown["inactive"]] == [
        ("Lee Park", "disabled")
    ]


async def test_people_are_found_by_what_somebody_remembers(door: ClientSession) -> None:
    """By the beginning of a name or number; shown with their departments."""
    async with door.get("/-/directory", params={"find": "jose"}) as answer:
        assert [each["number"] for each in (await answer.json())["found"]] == ["118"]
    async with door.get("/-/directory", params={"name": "118"}) as answer:
        (shown,) = (await answer.json())["shown"]
    assert shown["departments"] == ["Front Desk"]
    async with door.get("/-/directory", params={"name": "nobody"}) as answer:
        assert answer.status == 404
