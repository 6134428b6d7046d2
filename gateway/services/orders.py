"""Pages that programs ask for: the same rules as for people, and one answer for one key.

A repeat is known by the client's key. What was taken is kept under it, in the transaction that
accepted the page; what was not taken leaves nothing behind, so the key stays free.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from math import ceil
from weakref import WeakValueDictionary

from typing_extensions import override

from gateway.domain.addressing import AddressBook, Resolved, resolve
from gateway.domain.commands import Typed
from gateway.domain.directory import Extension
from gateway.domain.errors import (
    AmbiguousRecipientError,
    FactValue,
    GatewayError,
    UnknownRecipientError,
)
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.pages import Fault, Origin, Page, Person
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints
from gateway.ports.observer import Observer
from gateway.ports.orders import NotTaken, OrderDesk, PageOrder, PageReport, Taken
from gateway.ports.store import Store
from gateway.services.accepting import Accepted, Accepting, Denied, NoSender, Repeated
from gateway.services.asking import Asked
from gateway.services.clients import Client, Clients, Scope
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.refusals import Refusal, refusal_facts
from gateway.services.reports import Reports
from gateway.services.wishes import Question, Wish
from gateway.text.words import Words

_A_MINUTE_S = 60.0

Numbers = tuple[ExtensionNumber, ...]


@dataclass(frozen=True)
class Orders(OrderDesk):
    """Takes orders of known clients; who they are was proved before."""

    workspace: WorkspaceId
    store: Store
    clock: Clock
    observer: Observer
    directory: DirectoryKeeper
    clients: Clients
    accepting: Accepting
    reports: Reports
    words: Words
    faults: FaultPoints
    _asked: dict[str, deque[float]] = field(default_factory=dict, init=False)
    _locks: MutableMapping[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False
    )

    @override
    async def take(self, order: PageOrder) -> Taken | NotTaken:
        """Take one order of a key at a time: a repeat waits for the answer to the first."""
        key = _once(order)
        await self.faults.at("order.heard")
        async with self._locks.setdefault(key, asyncio.Lock()):
            answer = await self._answered(order, key) or await self._take(order, key)
        await self.faults.at("order.recorded")
        code = answer.code if isinstance(answer, NotTaken) else ""
        ref = answer.ref if isinstance(answer, Taken) else ""
        self.observer.saw("api.answered", client=order.client, page_id=ref, error_code=code)
        return answer

    @override
    async def look(self, client: str, ref: Ref) -> PageReport | None:
        page = await self.store.page(ref)
        if page is None or page.origin is not Origin.API or page.author_name != client:
            return None
        return await self.reports.of(page)

    # --- what was answered before ---------------------------------------------------------------

    async def _answered(self, order: PageOrder, key: str) -> Taken | NotTaken | None:
        kept = await self.store.answer(key)
        if kept is None:
            return None
        ref, _, digest = kept.partition(" ")
        page = await self.store.page(Ref(ref))
        if digest != order.digest or page is None:
            return self._not_taken("api.key_reused", where="Idempotency-Key")
        return _taken(page)

    # --- something new ----------------------------------------------------------------------------

    async def _take(self, order: PageOrder, key: str) -> Taken | NotTaken:
        client = self.clients.known[order.client]
        too_soon = self._too_soon(client)
        if too_soon:
            return too_soon
        if order.channel and order.channel not in client.channels:
            return self._denied(Fault("policy.denied", {"rule": "channel"}), "channel")
        to = self._recipients(client, order.to)
        if isinstance(to, NotTaken):
            return to
        wish = self._wish(order, client, to, key)
        match await self.accepting.accept(wish):
            case Accepted(page):
                return _taken(page)
            case Repeated():  # another replica was faster
                answered = await self._answered(order, key)
                return answered or self._not_taken("api.key_reused", where="Idempotency-Key")
            case Asked(_, "page.too_many" as full, _, facts):
                return self._not_taken(full, dict(facts), retry_after_s=self._seconds_to(facts))
            case Asked(_, question, _, facts):
                where = "to" if question == "recipient.nobody_left" else "text"
                return self._not_taken(question, dict(facts), where)
            case Denied(fault, sender):
                return self._refused(wish, fault, sender)
            case NoSender():
                return self._not_taken("gateway.not_recorded", retry_after_s=5)

    def _wish(self, order: PageOrder, client: Client, to: Numbers, key: str) -> Wish:
        """Wish for a page; what an operator allowed is not asked about again."""
        asked = {Question.SIZE, Question.FLAGGED, Question.REPEAT}
        return Wish(
            key=key,
            person=Person(self.workspace, ChatUserId(""), client.name),
            channel=order.channel or ChannelId(""),
            to=to,
            text=order.text,
            origin=Origin.API,
            send_as=client.sender,
            agreed=frozenset(asked | {Question.LENGTH} if order.split else asked),
            digest=order.digest,
        )

    def _seconds_to(self, facts: Mapping[str, FactValue]) -> int:
        """Tell how long it takes until there is room again."""
        left = datetime.fromisoformat(str(facts["at"])) - self.clock.now()
        return max(ceil(left.total_seconds()), 1)

    def _too_soon(self, client: Client) -> NotTaken | None:
        """Count an order, or say when the next one is welcome."""
        now = self.clock.monotonic()
        asked = self._asked.setdefault(client.name, deque())
        while asked and now - asked[0] >= _A_MINUTE_S:
            asked.popleft()
        if len(asked) < client.per_minute:
            asked.append(now)
            return None
        wait_s = ceil(_A_MINUTE_S - (now - asked[0]))
        facts: dict[str, FactValue] = {"limit": client.per_minute}
        return self._not_taken("api.too_many", facts, retry_after_s=max(wait_s, 1))

    # --- recipients -------------------------------------------------------------------------------

    def _recipients(self, client: Client, words: tuple[str, ...]) -> Numbers | NotTaken:
        """Look up every word; a client hears of nobody whom it may not page."""
        found: dict[ExtensionNumber, None] = {}
        scope = self.clients.scope(client)
        book = AddressBook(self.directory.current, self.directory.search.near)
        for place, word in enumerate(words):
            where = f"to[{place}]"
            match resolve((Typed(word),), book):
                case Resolved(numbers) if scope.holds(numbers):
                    found.update(dict.fromkeys(numbers))
                case Resolved():
                    return self._denied(Fault("policy.denied", {"rule": "recipient"}), where)
                case doubt:
                    return self._doubt(scope, doubt.error, where)
        return tuple(found)

    def _doubt(self, scope: Scope, error: GatewayError, where: str) -> NotTaken:
        choices = tuple(each for each in self._meant(error) if scope.holds((each.number,)))
        if scope.numbers is not None and not choices:
            return self._denied(Fault("policy.denied", {"rule": "recipient"}), where)
        facts = {
            **error.facts(),
            "choices": [self.words.choice(entry) for entry in choices],
            "unread": not self.directory.known,
        }
        return self._not_taken(error.code, facts, where, choices)

    def _meant(self, error: GatewayError) -> tuple[Extension, ...]:
        match error:
            case AmbiguousRecipientError(choices=near) | UnknownRecipientError(near=near):
                found = (self.directory.current.extension(number) for number in near)
                return tuple(entry for entry in found if entry)
            case _:
                return ()

    # --- words ------------------------------------------------------------------------------------

    def _refused(self, wish: Wish, fault: Fault, sender: ExtensionNumber | None) -> NotTaken:
        page = self.accepting.page_of(wish, Ref(""), sender or ExtensionNumber(""), parts=1)
        refusal = Refusal(page, fault, page.sender)
        facts = refusal_facts(refusal, self.directory.current, self.accepting.people)
        return self._not_taken(fault.code, facts, "to" if fault.facts.get("foreseen") else "")

    def _denied(self, fault: Fault, where: str = "") -> NotTaken:
        return self._not_taken(fault.code, dict(fault.facts), where)

    def _not_taken(
        self,
        code: str,
        facts: dict[str, FactValue] | None = None,
        where: str = "",
        choices: tuple[Extension, ...] = (),
        retry_after_s: int | None = None,
    ) -> NotTaken:
        told = self.words.explained(code, facts or {})
        return NotTaken(code, told.message, told.next, where, choices, retry_after_s)


def _once(order: PageOrder) -> str:
    """Name the inbox key of an order; what a client calls it stays in its own room."""
    return f"api:{order.client}:{sha256(order.key.encode()).hexdigest()}"


def _taken(page: Page) -> Taken:
    return Taken(page.ref, page.to, page.parts, page.created_at)
