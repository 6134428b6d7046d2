"""People's own accounts: the same promises from the fake and from RingCentral's dialect."""

import base64
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from typing_extensions import override

from adapters.pager.ringcentral import RingCentralPager
from gateway.domain.errors import LinkEndedError
from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.people import PersonLink
from gateway.ports.accounts import Accounts, Grant
from gateway.ports.pager import OutgoingPage, Pager
from tests.adapters.ringcentral.company import Company, running_company
from tests.fakes.accounts import FakeAccounts
from tests.fakes.clock import MovedClock
from tests.fakes.pager import small_company

BO, AVERY = ExtensionNumber("102"), ExtensionNumber("101")
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@dataclass
class Side(ABC):
    """A pager, its accounts, and somebody who says yes on its page."""

    accounts: Accounts
    pager: Pager
    clock: MovedClock

    @abstractmethod
    async def say_yes(self, extension: ExtensionNumber) -> tuple[str, str]:
        """Sign in on the page; gives the state and the code that come back."""

    @abstractmethod
    async def end(self, extension: ExtensionNumber) -> None:
        """End an extension's sessions at the pager."""

    async def granted(self, extension: ExtensionNumber = BO) -> Grant:
        _, code = await self.say_yes(extension)
        grant = await self.accounts.redeem(code, VERIFIER)
        assert grant is not None
        return grant

    async def uses(self, *grants: Grant) -> None:
        self.accounts.use(tuple(self.link(grant) for grant in grants))

    def link(self, grant: Grant) -> PersonLink:
        user, workspace = ChatUserId("U0BO"), WorkspaceId("T0ACME")
        now, number = self.clock.now(), grant.extension
        return PersonLink(workspace, user, "Bo", number, grant.name, now, grant.credential)

    async def senders(self) -> set[str]:
        return {box.extension for box in await self.pager.mailboxes()}


@dataclass
class FakeSide(Side):
    @override
    async def say_yes(self, extension: ExtensionNumber) -> tuple[str, str]:
        assert isinstance(self.accounts, FakeAccounts)
        return self.accounts.say_yes(self.accounts.sign_in_page("the-state", CHALLENGE), extension)

    @override
    async def end(self, extension: ExtensionNumber) -> None:
        assert isinstance(self.accounts, FakeAccounts)
        self.accounts.end(extension)


@dataclass
class RealSide(Side):
    company: Company

    @override
    async def say_yes(self, extension: ExtensionNumber) -> tuple[str, str]:
        page = urlsplit(self.accounts.sign_in_page("the-state", CHALLENGE))
        form = {**dict(parse_qsl(page.query)), "extension": extension}
        address = f"{page.scheme}://{page.netloc}{page.path}"
        async with self.company.http.post(address, data=form, allow_redirects=False) as answer:
            back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        return back["state"], back["code"]

    @override
    async def end(self, extension: ExtensionNumber) -> None:
        await self.company.fault("revoke", extension=extension)
        # A pager that has ended something says so when it is asked.
        with pytest.raises(LinkEndedError):
            await self.pager.send(OutgoingPage(extension, (AVERY,), "Ping"))


@asynccontextmanager
async def a_fake() -> AsyncIterator[Side]:
    clock = MovedClock()
    company = small_company(clock)
    yield FakeSide(FakeAccounts(company), company, clock)


@asynccontextmanager
async def a_real_one() -> AsyncIterator[Side]:
    async with (
        running_company() as company,
        company.open(public_url="http://127.0.0.1:9") as pager,
    ):
        assert isinstance(pager, RingCentralPager)
        yield RealSide(pager.accounts, pager, company.clock, company)


@pytest.fixture(params=[a_fake, a_real_one], ids=["fake", "ringcentral"])
async def side(request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    async with request.param() as side:
        yield side


@pytest.mark.parametrize("settings", [{}, {"public_url": "http://127.0.0.1:9", "sign_in": False}])
async def test_without_a_way_back_nobody_is_sent_away(settings: dict[str, Any]) -> None:
    """No public address, or an app without that grant."""
    async with running_company() as company, company.open(**settings) as pager:
        assert pager.accounts.start_page("ticket") is None


async def test_a_grant_says_whose_it_is(side: Side) -> None:
    """Number and name come from the pager, and the state comes back as it was."""
    state, code = await side.say_yes(BO)
    grant = await side.accounts.redeem(code, VERIFIER)
    assert state == "the-state"
    assert grant is not None
    assert (grant.extension, grant.name) == (BO, "Bo Chen")


async def test_a_grant_is_not_used_before_it_is_wanted(side: Side) -> None:
    """From then on its extension sends; afterwards it does not."""
    grant = await side.granted()
    assert await side.senders() == {"700"}
    await side.uses(grant)
    assert await side.senders() == {"700", "102"}
    receipt = await side.pager.send(OutgoingPage(BO, (AVERY,), "As myself"))
    assert receipt.message
    await side.uses()
    assert await side.senders() == {"700"}


async def test_a_code_works_once(side: Side) -> None:
    """Whoever comes second gets nothing."""
    _, code = await side.say_yes(BO)
    await side.accounts.redeem(code, VERIFIER)
    with pytest.raises(LinkEndedError):
        await side.accounts.redeem(code, VERIFIER)


async def test_a_code_wants_its_verifier(side: Side) -> None:
    """A stolen code is of no use (PKCE)."""
    _, code = await side.say_yes(BO)
    with pytest.raises(LinkEndedError):
        await side.accounts.redeem(code, "w" * 43)


async def test_two_grants_of_one_extension_are_two(side: Side) -> None:
    """Revoking one leaves the other in use."""
    old = await side.granted()
    await side.uses(old)
    new = await side.granted()
    assert new.credential != old.credential
    await side.accounts.revoke(new.credential)
    await side.pager.send(OutgoingPage(BO, (AVERY,), "Still here"))


async def test_what_is_revoked_does_not_send(side: Side) -> None:
    """Also when somebody goes on using it; revoking it twice is fine."""
    grant = await side.granted()
    await side.accounts.revoke(grant.credential)
    await side.accounts.revoke(grant.credential)
    await side.uses()
    assert await side.senders() == {"700"}


async def test_an_end_at_the_pager_is_heard(side: Side) -> None:
    """Once, for a credential in use."""
    grant = await side.granted()
    await side.uses(grant)
    await side.pager.send(OutgoingPage(BO, (AVERY,), "Before"))
    await side.end(BO)
    ended = side.accounts.ended()
    assert await anext(ended) == grant.credential
