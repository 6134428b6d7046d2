"""Drills: a department is paged, and who answers is told. Nothing is wrong; the page says so."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.addressing import check_reach
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.ids import ChannelId, ExtensionNumber, Ref
from gateway.domain.outbound import PostChatReply
from gateway.domain.pages import Page, PageState
from gateway.ports.changes import Audit
from gateway.ports.clock import Clock
from gateway.ports.orders import NotTaken, OrderDesk, PageOrder
from gateway.ports.store import Store, Unit
from gateway.services.clients import DRILL
from gateway.services.directory_sync import DirectoryKeeper
from gateway.text.words import Words


@dataclass(frozen=True, slots=True)
class Drilled:
    """Somebody who was paged; `answered_at` is their first answer of any kind, if there is one."""

    number: ExtensionNumber
    name: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Drill:
    """How a drill stands. Everybody the page reached is listed, by number."""

    ref: Ref
    state: PageState
    people: tuple[Drilled, ...]


@dataclass(frozen=True)
class Drilling:
    """Begins drills and tells how they stand. Answers stand in the operators' channel."""

    channel: ChannelId | None
    orders: OrderDesk
    store: Store
    directory: DirectoryKeeper
    words: Words
    clock: Clock

    async def begin(self, key: str, to: str, minutes: int, by: str) -> Ref | NotTaken:
        """Page `to`: a department, or any name that `/page` understands; equal keys page once.

        Raises:
            StoreUnavailableError: nobody was paged.
        """
        text = self.words.sentence("drill.text", minutes=minutes)
        digest = f"{to}\n{minutes}"
        order = PageOrder(DRILL, key, digest, (to,), text, self.channel)
        taken = await self.orders.take(order)
        if isinstance(taken, NotTaken):
            return taken
        begun = AuditEntry(Act.DRILL_BEGUN, taken.ref, Actor(by, "control"), self.clock.now())
        await self.store.commit(Unit((Audit(begun),), once=f"drill:{taken.ref}"))
        return taken.ref

    async def look(self, ref: Ref) -> Drill | None:
        """Tell who has answered; `None` when this is no drill.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        page = await self.store.page(ref)
        if page is None or page.author_name != DRILL or page.author:
            return None
        return Drill(ref, page.state, await self._people(page))

    async def _people(self, page: Page) -> tuple[Drilled, ...]:
        answers: dict[str, datetime] = {}
        for delivery in await self.store.deliveries(page.ref):
            if isinstance(delivery.outbound, PostChatReply) and delivery.outbound.author:
                answers.setdefault(delivery.outbound.author, delivery.created_at)
        directory = self.directory.current
        reached = sorted(check_reach(page.to, directory).receivers)
        entries = ((number, directory.extension(number)) for number in reached)
        return tuple(
            Drilled(number, entry.name if entry else "", answers.get(number))
            for number, entry in entries
        )
