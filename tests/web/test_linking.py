"""The pages on the way to RingCentral where browsers reach us by HTTPS, as they do in earnest."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.services.linking.signing_in import SignIn
from gateway.text.words import Words
from gateway.web.app import PublicDoors, public_app
from gateway.web.linking import LinkDoor
from tests.fakes.observer import Ears
from tests.services.acme import BO, Acme, running_acme

START, BACK = "/ringcentral/oauth/start/", "/ringcentral/oauth/callback"


@dataclass
class Door:
    """The public listener, and what is behind it."""

    client: "TestClient[web.Request, web.Application]"
    acme: Acme

    @property
    def sign_in(self) -> SignIn:
        return self.acme.core.linking.sign_in

    async def ticket(self) -> str:
        address = await self.sign_in.open(self.acme.person(BO))
        assert address is not None
        return address.rpartition("/")[2]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with running_acme() as acme:
        routes = tuple(LinkDoor(acme.core.linking.sign_in, Words.load()).routes())
        app = public_app(PublicDoors(linking=routes), Ears())
        async with TestClient(TestServer(app)) as client:
            yield Door(client, acme)


async def test_the_cookie_is_this_hosts_alone(door: Door) -> None:
    """`__Host-`: no other host can set it, and no plain connection sees it."""
    going = await door.client.post(START + await door.ticket(), allow_redirects=False)
    cookie = going.headers["Set-Cookie"]
    assert going.status == 303
    assert cookie.startswith("__Host-page-link=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


async def test_no_secret_is_in_the_address_we_lead_to(door: Door) -> None:
    """Only what RingCentral has to bring back, and a digest of what it has not to know."""
    ticket = await door.ticket()
    going = await door.client.post(START + ticket, allow_redirects=False)
    address, cookie = going.headers["Location"], going.headers["Set-Cookie"]
    assert ticket.partition(".")[2] not in address
    assert cookie.partition("=")[2].partition(";")[0] not in address


async def test_the_form_may_be_led_on_by_ringcentral(door: Door) -> None:
    """Its sign-in is on other hosts, and browsers hold redirects to the policy of our page."""
    page = await door.client.get(START + await door.ticket())
    assert "form-action 'self' https:;" in page.headers["Content-Security-Policy"]
    over = await door.client.get(BACK)
    assert "form-action 'self';" in over.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "query",
    ["", "?state=x&code=y", "?code=y", f"?state={'x' * 5000}&code=y", "?state=%00&code=%00"],
)
async def test_whatever_comes_back_is_answered_in_words(door: Door, query: str) -> None:
    """Nothing of it is shown, and nothing breaks."""
    answer = await door.client.get(BACK + query)
    assert answer.status == 400
    assert "This link is over" in await answer.text()


@pytest.mark.parametrize("ticket", ["x", "x.y", "%00", "x" * 5000, "%F0%9F%94%A5"])
async def test_an_unknown_ticket_is_over(door: Door, ticket: str) -> None:
    """Whether somebody looks or presses."""
    assert (await door.client.get(START + ticket)).status == 400
    assert (await door.client.post(START + ticket)).status == 400
