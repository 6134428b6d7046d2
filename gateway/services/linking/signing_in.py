"""Linking by the pager's own sign-in page: who asked, who said yes there, and both in one place.

A browser proves that somebody may sign in as an extension; it does not prove who asked in the
chat. So the browser that comes back must be the one that left (a cookie), and the chat asks the
person who began, naming both sides. Without their button nothing is linked.

Source: RFC 6749 and 7636 (PKCE), RFC 9700 (mix-up, injection).
"""

import base64
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from gateway.domain.actions import Action
from gateway.domain.errors import FactValue, LinkEndedError, PagerError
from gateway.domain.ids import Ref
from gateway.domain.outbound import Notice, Whisper
from gateway.domain.pages import Person
from gateway.ports.accounts import Accounts, Grant
from gateway.ports.changes import Enqueue
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit
from gateway.services.lanes import tell_lane
from gateway.services.linking.book import sign_out
from gateway.services.linking.requests import LinkRequest, LinkRequests, Stage, same


class Verdict(StrEnum):
    """What the browser that came back is told."""

    ASKED_IN_CHAT = "asked_in_chat"
    OVER = "over"
    DECLINED = "declined"
    FOREIGN = "foreign"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser goes, and what its cookie has to hold until it is back."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a way back ended: who is asked in the chat, and who signed in."""

    verdict: Verdict
    user_name: str = ""
    grant: Grant | None = None


@dataclass(frozen=True)
class SignIn:
    """Leads a browser to the pager and back."""

    store: Store
    accounts: Accounts
    requests: LinkRequests
    clock: Clock
    ids: Ids
    observer: Observer
    _asked: dict[str, datetime] = field(default_factory=dict, init=False)
    """Questions this process put, by their tickets: when each is over."""

    async def open(self, person: Person) -> str | None:
        """Begin; gives the address of the start page, or `None` if there is no such way."""
        if self.accounts.start_page("") is None:
            return None
        request, before = await self.requests.open(person)
        if before and before.grant:
            await self.let_go(before.grant)
        return self.accounts.start_page(request.ticket)

    async def knows(self, ticket: str) -> bool:
        """Whether somebody here is on the way with it, on this side of the pager's page or that."""
        stages = (Stage.ASKED, Stage.STARTED)
        return any([await self.requests.find(ticket, stage) for stage in stages])

    async def asked(self, ticket: str) -> LinkRequest | None:
        """Tell for whom a start page is; looking at it changes nothing."""
        return await self.requests.find(ticket, Stage.ASKED)

    async def depart(self, ticket: str) -> Departure | None:
        """Send a browser to the pager's page; a ticket takes one browser there."""
        request = await self.requests.find(ticket, Stage.ASKED)
        if request is None:
            return None
        browser, verifier = self.ids.secret(), self.ids.secret()
        leaving = replace(request, stage=Stage.STARTED, browser=browser, verifier=verifier)
        moved = await self.requests.move(request, leaving)
        if moved is None:
            return None
        address = self.accounts.sign_in_page(moved.ticket, _challenge(verifier))
        return Departure(address, browser)

    async def come_back(self, state: str, code: str, browser: str) -> Arrival:
        """Take what the pager's page sent along; an empty code means that somebody said no.

        Whatever is wrong ends the wish: a state works once, also for whoever stole it.
        """
        arrival = await self._arrive(state, code, browser)
        self.observer.saw("link.answered", verdict=arrival.verdict.value)
        return arrival

    async def _arrive(self, state: str, code: str, browser: str) -> Arrival:
        request = await self.requests.find(state, Stage.STARTED)
        if request is None or not await self.requests.close(request):
            return Arrival(Verdict.OVER)
        if not same(browser, request.browser):
            return Arrival(Verdict.OVER)
        if not code:
            return Arrival(Verdict.DECLINED)
        try:
            grant = await self.accounts.redeem(code, request.verifier)
        except LinkEndedError:
            return Arrival(Verdict.OVER)
        except PagerError:
            return Arrival(Verdict.UNAVAILABLE)
        if grant is None:
            return Arrival(Verdict.FOREIGN)
        return Arrival(await self._ask(request, grant), request.user_name, grant)

    async def _ask(self, request: LinkRequest, grant: Grant) -> Verdict:
        """Ask in the chat, where only the person who began can answer."""
        answered = await self.requests.answer(request, grant)
        if answered is None:
            await self.let_go(grant)
            return Verdict.OVER
        facts: dict[str, FactValue] = {
            "user": request.user,
            "number": grant.extension,
            "name": grant.name,
        }
        buttons = ((Action.LINK, answered.ticket), (Action.LINK_CANCEL, answered.ticket))
        whisper = Whisper(
            request.workspace, request.user, None, Notice("link.confirm", facts, buttons)
        )
        lane = tell_lane(Ref(""), request.user)
        told = Enqueue(lane, Ref(""), whisper, self.clock.now(), priority=1)
        await self.store.commit(Unit((told,)))
        self._asked[answered.ticket] = answered.expires_at
        return Verdict.ASKED_IN_CHAT

    async def tidy(self) -> None:
        """Sign out of what nobody answered in time.

        A process that ends before forgets to; then the session dies of age, within a week.
        """
        now = self.clock.now()
        for ticket in [each for each, over in self._asked.items() if over <= now]:
            request = await self.requests.find(ticket, Stage.ANSWERED, expired=True)
            if request and request.grant:
                await self.let_go(request.grant)
                await self.requests.close(request)
            del self._asked[ticket]

    async def let_go(self, grant: Grant) -> bool:
        """Sign out of what nobody links; `False` if it was decided otherwise meanwhile.

        Raises:
            StoreUnavailableError: nothing was decided.
        """
        decided = await self.store.commit(Unit(once=decided_key(grant)))
        if decided is Committed.DONE:
            await sign_out(self.accounts, grant.credential)
        return decided is Committed.DONE


def decided_key(grant: Grant) -> str:
    """Name the inbox key under which a grant is linked or let go, once."""
    return f"link:{grant.credential}"


def _challenge(verifier: str) -> str:
    """Make PKCE's challenge, S256."""
    digest = sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
