"""Content for the chat, with names filled in at the last moment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from gateway.domain.content import Content, Paragraph, Span
from gateway.domain.deliveries import DeliveryState
from gateway.domain.errors import FactValue
from gateway.domain.outbound import Notice, SendPage
from gateway.domain.pages import Origin, Page, PageState, Person
from gateway.ports.store import Store
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People
from gateway.text.words import Words


class Cards(Protocol):
    """Draws what stands behind a page that nobody typed, such as an incident."""

    async def card(self, page: Page) -> Content | None:
        """Draw it; `None` when there is nothing behind the page."""
        ...


@dataclass(frozen=True)
class Teller:
    """Makes what is shown from facts, directory and catalogue."""

    words: Words
    store: Store
    directory: DirectoryKeeper
    people: People
    cards: Cards | None = None
    give_up_after_s: float = 1800.0

    def content(self, notice: Notice, reader: Person | None = None) -> Content:
        """Put a notice into words; those of `reader`, when nobody else sees it."""
        return self.words.to(reader).content(notice)

    def said(self, text: str) -> Content:
        """Show somebody's own words as they are."""
        lines = tuple((Span(line),) for line in text.splitlines() or [""])
        return Content(text, (Paragraph(lines),))

    async def status(self, page: Page) -> Content:
        """Draw the status message of a page as it stands now."""
        return self.words.thread(await self._status(page), page)

    async def _status(self, page: Page) -> Content:
        if page.origin is Origin.ALERT and self.cards and (card := await self.cards.card(page)):
            return card
        facts = await self._waiting(page) if page.state is PageState.WAITING else {}
        return self.words.status(page, self.directory.current, facts)

    async def _waiting(self, page: Page) -> dict[str, FactValue]:
        """Tell a waiting author their place in line, how long we try, and whom to call instead."""
        for delivery in await self.store.deliveries(page.ref):
            match delivery.outbound:
                case SendPage(sender=sender) if delivery.state is DeliveryState.READY:
                    ahead = await self.store.waiting_before(delivery.id, sender)
                    until = delivery.patient_since + timedelta(seconds=self.give_up_after_s)
                    return {
                        "position": ahead + 1,
                        "at": delivery.due_at.isoformat(),
                        "until": until.isoformat(),
                        "number": page.to[0] if len(page.to) == 1 else None,
                    }
                case _:
                    continue
        return {}
