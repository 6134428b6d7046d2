"""`/page link`, `/page unlink`, the buttons of both, and links that end by themselves."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.deliveries import Notice, Whisper
from gateway.domain.errors import FactValue, PagerError, StoreUnavailableError
from gateway.domain.ids import ChatUserId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.inbound import ChatAction
from gateway.domain.pages import Person
from gateway.domain.people import PersonLink
from gateway.ports.accounts import Accounts, Grant
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Audit, Change, Enqueue, LinkPerson, Store, Unit, UnlinkPerson
from gateway.services.lanes import tell_lane
from gateway.services.linking.book import LinkBook
from gateway.services.linking.codes import Codes
from gateway.services.linking.requests import LinkRequest, LinkRequests, Stage
from gateway.services.linking.signing_in import SignIn
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.wishes import Told

LINK_ACTIONS = frozenset(
    {Action.LINK_ME, Action.SIGN_IN, Action.LINK, Action.LINK_CANCEL, Action.UNLINK}
)
_LOOK_EVERY_S = 5.0
"""So long another process's links may be unknown here; who is in doubt is looked up at once."""
_PATIENCE_S = 2.0
_SETTLE_S = 3.0
"""Another process signs out a moment before it says that the link is over."""
_WORKSPACE = Actor("workspace", "chat")
_PAGER = Actor("pager", "pager")


@dataclass(frozen=True)
class LinkDesk:
    """Where people link themselves, and where links end."""

    store: Store
    people: People
    permission: Permission
    accounts: Accounts
    book: LinkBook
    requests: LinkRequests
    sign_in: SignIn
    codes: Codes
    clock: Clock
    observer: Observer

    async def run(self) -> None:
        """Keep up with other processes and with the pager until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_up(), name="links")
            group.create_task(self._hear_ends(), name="ended links")

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
        await self.end(link)
        return _told("link.removed", {"number": link.extension, "sender": self.people.shared})

    async def by_code(self, person: Person, typed: str) -> Told:
        """Answer `/page link 104` and `/page link 123456`: page a code, or take it back."""
        own = self.people.extension_of(person.user)
        if own:
            return await self.offer(person)
        if not await self.codes.awaits(person, typed):
            number = ExtensionNumber(typed)
            return self.codes.barred(person, number) or await self.codes.send(person, number)
        taken = await self.codes.enter(person, typed)
        if isinstance(taken, Told):
            return taken
        await self.make(taken)
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
            if self.people.link_of(action.person.user):
                return await self.offer(action.person)
            return _told("link.over", {}, ((Action.LINK_ME, ""),), replace=True)
        person = action.person
        if (person.workspace, person.user) != (request.workspace, request.user):
            return _told("link.not_yours")
        if action.action == Action.LINK_CANCEL:
            return await self._let_go(request, request.grant, "link.cancelled")
        extension = request.grant.extension
        if extension == self.people.shared or not self.people.may_have(person.user, extension):
            return await self._let_go(request, request.grant, "link.reserved")
        return await self._link(request, request.grant)

    async def _let_go(self, request: LinkRequest, grant: Grant, key: str) -> Told:
        await self.requests.close(request)
        await self._revoke(grant.credential)
        return _told(key, {"number": grant.extension}, replace=True)

    async def _link(self, request: LinkRequest, grant: Grant) -> Told:
        link = PersonLink(
            request.workspace,
            request.user,
            request.user_name,
            grant.extension,
            grant.name,
            self.clock.now(),
            grant.credential,
        )
        await self.make(link, f"link:{grant.credential}")
        await self.requests.close(request)
        facts: dict[str, FactValue] = {"number": grant.extension, "name": grant.name}
        return _told("link.done", facts, replace=True)

    async def make(self, link: PersonLink, once: str | None = None) -> None:
        """Make a link, whoever had the extension before; they are told.

        Raises:
            StoreUnavailableError: nothing was linked.
        """
        await self.book.refresh()
        before = tuple(
            other
            for other in self.people.linked
            if other.credential != link.credential
            and (other.user == link.user or other.extension == link.extension)
        )
        told = (self._taken(other) for other in before if other.user != link.user)
        noted = self._noted(Act.PERSON_LINKED, link, _themselves(link))
        await self.store.commit(Unit((LinkPerson(link), *told, noted), once=once))
        self.observer.saw("link.made", mailbox=link.extension)
        await self.book.refresh()
        for other in before:
            await self._sign_out(other)

    def _taken(self, other: PersonLink) -> Change:
        facts: dict[str, FactValue] = {"number": other.extension, "sender": self.people.shared}
        return self._tell(other, Notice("link.taken", facts, ((Action.LINK_ME, ""),)))

    # --- ending ----------------------------------------------------------------------------

    async def end(self, link: PersonLink, by: Actor | None = None, *told: Change) -> None:
        """Sign out, then forget: what dies in between is found ended later.

        Raises:
            StoreUnavailableError: the link stands.
        """
        await self._sign_out(link)
        noted = self._noted(Act.PERSON_UNLINKED, link, by or _themselves(link))
        await self.store.commit(Unit((UnlinkPerson(link), noted, *told)))
        self.observer.saw("link.ended", mailbox=link.extension)
        await self.book.refresh()

    async def end_all(self, workspace: WorkspaceId) -> None:
        """The app left this workspace: nobody of it is spoken for any more."""
        for link in await self.store.people(workspace):
            await self.end(link, _WORKSPACE)

    async def end_of(self, workspace: WorkspaceId, user: ChatUserId) -> None:
        """Somebody left the company's chat: nothing is sent as them any more."""
        for link in await self.store.people(workspace):
            if link.user == user:
                await self.end(link, _WORKSPACE)

    async def listed(self) -> tuple[PersonLink, ...]:
        """List who linked themselves, the newest last."""
        return await self.store.people(self.book.workspace)

    async def revoke(self, extension: ExtensionNumber, by: Actor) -> PersonLink | None:
        """End the link of an extension as an operator; its person is told. `None`: there is none.

        Raises:
            StoreUnavailableError: the link stands.
        """
        link = next((each for each in await self.listed() if each.extension == extension), None)
        if link is None:
            return None
        facts: dict[str, FactValue] = {"number": link.extension, "sender": self.people.shared}
        notice = Notice("link.revoked", facts, ((Action.LINK_ME, ""),))
        await self.end(link, by, self._tell(link, notice))
        return link

    async def _sign_out(self, link: PersonLink) -> None:
        if link.credential:
            await self._revoke(link.credential)

    async def _revoke(self, credential: str) -> None:
        """Sign out; who pressed a button does not wait for a pager that is slow."""
        with suppress(PagerError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self.accounts.revoke(credential)

    async def _hear_ends(self) -> None:
        async for credential in self.accounts.ended():
            await self.clock.sleep(_SETTLE_S)
            while not await self._turned_off(credential):
                await self.clock.sleep(_LOOK_EVERY_S)

    async def _turned_off(self, credential: str) -> bool:
        try:
            await self.lost(credential)
        except StoreUnavailableError:
            return False
        return True

    async def lost(self, credential: str) -> None:
        """The pager ended what somebody had allowed: turn their link off and tell them.

        Raises:
            StoreUnavailableError: the link stands.
        """
        await self.book.refresh()
        link = next((each for each in self.people.linked if each.credential == credential), None)
        if link is None:
            return
        facts: dict[str, FactValue] = {"number": link.extension, "sender": self.people.shared}
        notice = Notice("link.lost", facts, ((Action.LINK_ME, ""),))
        noted = self._noted(Act.PERSON_UNLINKED, link, _PAGER)
        changes = (UnlinkPerson(link), self._tell(link, notice), noted)
        await self.store.commit(Unit(changes, once=f"link.lost:{credential}"))
        self.observer.saw("link.lost", mailbox=link.extension)
        await self.book.refresh()

    async def _keep_up(self) -> None:
        while True:
            with suppress(StoreUnavailableError, PagerError):
                await self.book.refresh()
                await self.sign_in.tidy()
            await self.clock.sleep(_LOOK_EVERY_S)

    def _noted(self, act: Act, link: PersonLink, by: Actor) -> Audit:
        facts: dict[str, FactValue] = {"user": link.user}
        return Audit(AuditEntry(act, link.extension, by, self.clock.now(), facts))

    def _tell(self, link: PersonLink, notice: Notice) -> Enqueue:
        lane = tell_lane(Ref(""), ChatUserId(link.user))
        whisper = Whisper(link.workspace, link.user, None, notice)
        return Enqueue(lane, Ref(""), whisper, self.clock.now(), priority=1)


def _told(
    key: str,
    facts: dict[str, FactValue] | None = None,
    actions: tuple[tuple[str, str], ...] = (),
    *,
    replace: bool = False,
) -> Told:
    return Told(Notice(key, facts or {}, actions), replace=replace)


def _themselves(link: PersonLink) -> Actor:
    return Actor.of_person(link.workspace, link.user)
