"""The card of an incident, drawn with what is true now."""

from dataclasses import dataclass

from gateway.domain.content import Content
from gateway.domain.pages import Page
from gateway.ports.clock import Clock
from gateway.services.alerts.desk import Desk
from gateway.services.alerts.pages import DIGEST
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.sums import AlertSums
from gateway.services.alerts.watch import Watch
from gateway.services.telling import Cards
from gateway.text.words import Words


@dataclass(frozen=True)
class IncidentCards(Cards):
    """Draws incidents."""

    clock: Clock
    desk: Desk
    watch: Watch
    reach: Reach
    book: RuleBook
    sums: AlertSums
    words: Words

    async def card(self, page: Page) -> Content | None:
        """Draw the incident or digest behind a page; `None` when it was forgotten."""
        found = await self.desk.read(page.ref)
        if found is None and page.ref.startswith(DIGEST):
            return await self._digest(page)
        if found is None:
            return None
        incident = found.incident
        step = self.watch.next_step(incident)
        following = self.reach.numbers(step.page, self.clock.now()) if step else ()
        route = self.book.rules.tree.route(incident.route)
        return self.words.incident(
            incident,
            paged=self.reach.shown(page.to),
            channel_only=not page.to,
            next_at=self.watch.next_at(incident),
            next_names=self.reach.shown(following),
            unowned=route is not None and not route.path,
        )

    async def _digest(self, page: Page) -> Content:
        found = await self.sums.lately()
        return self.words.digest(page, tuple(found.values()), await self.sums.pages_lately())
