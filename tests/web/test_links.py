"""Links over the control door: who linked themselves, and an operator who ends it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from gateway.domain.ids import ExtensionNumber
from gateway.domain.people import PersonLink
from gateway.text.words import Words
from gateway.web.links import link_routes
from tests.services.acme import ACME, BO, Acme, running_acme
from tests.web.sockets import served


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme() as acme:
        bo = ExtensionNumber("102")
        acme.accounts.sessions["credential-1"] = bo
        link = PersonLink(ACME, BO, "Bo", bo, "Bo Chen", acme.clock.now(), "credential-1")
        await acme.core.linking.links.make(link)
        yield acme


@pytest.fixture
async def door(acme: Acme, tmp_path: Path) -> AsyncIterator[ClientSession]:
    routes = link_routes(acme.core.linking.links, Words.load())
    async with served(tmp_path / "s", *routes) as session:
        yield session


async def test_links_are_listed_without_what_they_send_with(
    acme: Acme, door: ClientSession
) -> None:
    """Whose extension, since when; the credential's name is nobody's business."""
    async with door.get("/-/links") as answer:
        listed = await answer.json()
    assert listed == {
        "links": [
            {
                "extension": "102",
                "name": "Bo Chen",
                "user": "U0BO",
                "user_name": "Bo",
                "sends": True,
                "linked_at": acme.clock.now().isoformat(),
            }
        ]
    }


async def test_an_operator_ends_a_link_and_its_person_is_told(
    acme: Acme, door: ClientSession
) -> None:
    """Signed out at the pager, and on record under the operator's name."""
    async with door.post("/-/links/102/revoke", json={"by": "dana"}) as answer:
        assert answer.status == 200
    assert acme.accounts.sessions == {}
    assert acme.people.linked == ()
    await acme.work()
    assert "An admin disconnected you from extension 102." in acme.told(BO)
    (record, *_) = await acme.store.audit_newest(1)
    assert (record.act, record.ref, record.who) == ("person.unlinked", "102", "dana")


async def test_what_nobody_linked_cannot_be_ended(door: ClientSession) -> None:
    """404, with what to look at."""
    async with door.post("/-/links/104/revoke", json={"by": "dana"}) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"]["code"] == "link.unknown"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"by": " "}', b'{"by": 7}'])
async def test_who_ends_a_link_says_who_they_are(
    acme: Acme, door: ClientSession, body: bytes
) -> None:
    """Otherwise nothing happens."""
    async with door.post("/-/links/102/revoke", data=body) as answer:
        assert answer.status == 400
    assert len(acme.people.linked) == 1
