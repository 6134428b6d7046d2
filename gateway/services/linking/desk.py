"""`/page link`, `/page unlink`, `/page settings`, and the buttons that go with them."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.errors import FactValue, PagerError, StoreUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.inbound import ChatAction
from gateway.domain.outbound import Notice
from gateway.domain.pages import Person
from gateway.domain.people import PersonLink
from gateway.ports.accounts import Grant
from gateway.ports.clock import Clock
from gateway.services.linking.codes import Codes
from gateway.services.linking.links import AGAIN_S, Links
from gateway.services.linking.requests import LinkRequest, LinkRequests, Stage
from gateway.services.linking.signing_in import SignIn, decided_key
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.wishes import Told

LINK_ACTIONS = frozenset(
    {Action.LINK_ME, Action.SIGN_IN, Action.LINK, Action.LINK_CANCEL, Action.UNLINK}
)


@dataclass(frozen=True)
class LinkDesk:
    """Where people link and unlink themselves."""

    people: People
    permission: Permission
    links: Links
    requests: LinkRequests
    sign_in: SignIn
    codes: Codes
    clock: Clock

    async def run(self) -> None:
        """Follow links, and end what nobody answers, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.links.run(), name="links")
            group.create_task(self._tidy(), name="link requests")

    async def _tidy(self) -> None:
        while True:
            with suppress(StoreUnavailableError, PagerError):
                await self.sign_in.tidy()
            await self.clock.sleep(AGAIN_S)

    # --- asking ----------------------------------------------------------------------------

    async def offer(self, person: Person) -> Told:
        """Answer `/page link`: how to link, or who one is already."""
        own = self.people.extension_of(person.user)
        if own:
            by_settings = self.people.link_of(person.user) is None
            return _told("link.is", {"number": own}, () if by_settings else ((Action.UNLINK, ""),))
        facts: dict[str, FactValue] = {"sender": self.people.shared}
        address = await self.sign_in.open(person)
        if address is None:
            return _told("link.by_code", {**facts, "number": self.people.known(person.user)})
        return _told("link.offer", facts, ((Action.SIGN_IN, address),))

    async def unlink(self, person: Person) -> Told:
        """Answer `/page unlink`."""
        link = self.people.link_of(person.user)
        if link is None:
            known = self.people.known(person.user)
            return _told("link.by_admin" if known else "link.none", {"number": known})
        await self.links.end(link)
        return _told("link.removed", {"number": link.extension, "sender": self.people.shared})

    async def by_code(self, person: Person, typed: str) -> Told:
        """Answer `/page link 104` and `/page link 123456`: page a code, or take it back."""
        if self.people.extension_of(person.user):
            return await self.offer(person)
        if not await self.codes.awaits(person, typed):
            number = ExtensionNumber(typed)
            return self.codes.barred(person, number) or await self.codes.send(person, number)
        taken = await self.codes.enter(person, typed)
        if isinstance(taken, Told):
            return taken
        await self.links.make(taken)
        return _told("link.known", {"number": taken.extension, "sender": self.people.shared})

    async def settings(self, person: Person) -> Told:
        """Answer `/page settings`: who one is here, and the button that changes it."""
        own, known = self.people.extension_of(person.user), self.people.known(person.user)
        facts: dict[str, FactValue] = {"number": own or known, "sender": self.people.shared}
        if own is None:
            return _told("settings.shared", facts, ((Action.LINK_ME, ""),))
        linked = self.people.link_of(person.user) is not None
        return _told("settings.own", facts, ((Action.UNLINK, ""),) if linked else ())

    async def press(self, action: ChatAction) -> Told:
        """Answer a button; links are offered to those who may page, and made by who began."""
        denied = self.permission.to_ask(action.person)
        if denied:
            return Told(Notice(denied.code, denied.facts))
        match action.action:
            case Action.LINK_ME:
                return await self.offer(action.person)
            case Action.UNLINK:
                return await self.unlink(action.person)
            case Action.LINK | Action.LINK_CANCEL:
                return await self._decide(action)
            case _:  # the chat has opened the address itself
                return Told()

    # --- deciding --------------------------------------------------------------------------

    async def _decide(self, action: ChatAction) -> Told:
        request = await self.requests.find(action.value, Stage.ANSWERED)
        if request is None or request.grant is None:
            return await self._over(action.person)
        person = action.person
        if (person.workspace, person.user) != (request.workspace, request.user):
            return _told("link.not_yours")
        extension = request.grant.extension
        if action.action == Action.LINK_CANCEL:
            told = await self._let_go(request.grant, "link.cancelled")
        elif extension == self.people.shared or not self.people.may_have(person.user, extension):
            told = await self._let_go(request.grant, "link.reserved")
        else:
            told = await self._link(request, request.grant)
        await self.requests.close(request)
        return told or await self._over(person)

    async def _over(self, person: Person) -> Told:
        if self.people.link_of(person.user):
            return await self.offer(person)
        return _told("link.over", {}, ((Action.LINK_ME, ""),), replace=True)

    async def _let_go(self, grant: Grant, key: str) -> Told | None:
        """Sign out again; `None` if another press decided otherwise."""
        if not await self.sign_in.let_go(grant):
            return None
        return _told(key, {"number": grant.extension}, replace=True)

    async def _link(self, request: LinkRequest, grant: Grant) -> Told | None:
        link = PersonLink(
            request.workspace,
            request.user,
            request.user_name,
            grant.extension,
            grant.name,
            self.clock.now(),
            grant.credential,
        )
        if not await self.links.make(link, decided_key(grant)):
            return None
        facts: dict[str, FactValue] = {"number": grant.extension, "name": grant.name}
        return _told("link.done", facts, replace=True)


def _told(
    key: str,
    facts: dict[str, FactValue] | None = None,
    actions: tuple[tuple[str, str], ...] = (),
    *,
    replace: bool = False,
) -> Told:
    return Told(Notice(key, facts or {}, actions), replace=replace)
