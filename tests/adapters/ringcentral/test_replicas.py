"""Two gateways on one database share what a person granted: one refresh, whoever needs it first."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters.pager.ringcentral import RingCentralPager, open_ringcentral
from adapters.storage import open_store
from gateway.domain.errors import LinkEndedError
from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.people import PersonLink
from gateway.ports.accounts import Grant
from gateway.ports.pager import OutgoingPage
from gateway.system import SystemClock
from tests.adapters.ringcentral.company import Company, running_company
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

pytestmark = pytest.mark.postgresql

BO, AVERY = ExtensionNumber("102"), ExtensionNumber("101")
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@dataclass
class Replicas:
    """Two adapters, each with its own connection to the vault, and the company they speak to."""

    company: Company
    both: tuple[RingCentralPager, ...]

    async def link(self) -> Grant:
        """Let the first be granted what both use."""
        page = urlsplit(self.both[0].accounts.sign_in_page("state", CHALLENGE))
        form = {**dict(parse_qsl(page.query)), "extension": BO}
        address = f"{page.scheme}://{page.netloc}{page.path}"
        async with self.company.http.post(address, data=form, allow_redirects=False) as answer:
            code = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["code"]
        grant = await self.both[0].accounts.redeem(code, VERIFIER)
        assert grant is not None
        user, now = ChatUserId("U0BO"), self.company.clock.now()
        team = WorkspaceId("T0ACME")
        link = PersonLink(team, user, "Bo", BO, "Bo Chen", now, grant.credential)
        for each in self.both:
            each.accounts.use((link,))
        return grant

    async def page(self, *texts: str) -> None:
        """Send as Bo from both at once."""
        pages = [OutgoingPage(BO, (AVERY,), text) for text in texts]
        turns = [self.both[n % 2] for n in range(len(pages))]
        sends = (pager.send(page) for pager, page in zip(turns, pages, strict=True))
        await asyncio.gather(*sends)

    async def token_calls(self) -> int:
        exchanges = (await self.company.admin("GET", "exchanges?after=0"))["records"]
        return sum(str(each["path"]).endswith("/oauth/token") for each in exchanges)


@pytest.fixture
def database(postgresql: PostgresServer) -> str:
    """The address of an empty database."""
    postgresql.execute("DROP DATABASE IF EXISTS replicas")
    postgresql.execute("CREATE DATABASE replicas")
    return postgresql.url("replicas")


@pytest.fixture
async def replicas(database: str) -> AsyncIterator[Replicas]:
    async with AsyncExitStack() as stack:
        clock = SystemClock()  # databases and servers do not wait for a clock of ours
        company = await stack.enter_async_context(running_company())
        settings = company.settings(public_url="http://127.0.0.1:9")
        both = []
        for _ in range(2):
            opened = await stack.enter_async_context(
                await open_store(database, migrate=True, clock=clock)
            )
            both.append(
                await stack.enter_async_context(
                    open_ringcentral(
                        settings,
                        clock=clock,
                        ids=company.ids,
                        vault=await opened.vault([b"k" * 32]),
                        observer=company.ears,
                    )
                )
            )
        yield Replicas(company, tuple(both))


async def test_one_refresh_serves_both(replicas: Replicas) -> None:
    """However many calls found the token too old; the refresh token was used once."""
    await replicas.link()
    await replicas.page("one", "two")
    before = await replicas.token_calls()
    await replicas.company.fault("expire_token", extension=BO)
    await replicas.page(*(f"page {n}" for n in range(8)))
    assert await replicas.token_calls() == before + 1
    assert len(await replicas.company.accepted()) == 10


async def test_what_one_revokes_is_over_for_the_other(replicas: Replicas) -> None:
    """It finds out by itself, and sends nothing."""
    grant = await replicas.link()
    await replicas.page("one", "two")
    await replicas.both[0].accounts.revoke(grant.credential)
    with pytest.raises(LinkEndedError):
        await replicas.both[1].send(OutgoingPage(BO, (AVERY,), "three"))
    assert "three" not in await replicas.company.accepted()
