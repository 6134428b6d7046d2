"""A page to ourselves now and then: whether the whole way works, before somebody needs it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.errors import GatewayError
from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.pages import Page, PageState
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.orders import NotTaken, OrderDesk, PageOrder
from gateway.ports.pager import Pager
from gateway.ports.store import Store
from gateway.services.clients import SELF_CHECK
from gateway.text.words import Words

_LOOKS_S = (0.5, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""A minute in all: a page that takes longer did not work, whatever becomes of it."""
_CLOCKS_DIFFER = timedelta(minutes=11)


@dataclass(frozen=True)
class Probing:
    """Pages `to`, from the shared sender, and tells how far that came and how long it took."""

    to: str
    every_s: float
    orders: OrderDesk
    store: Store
    pager: Pager
    words: Words
    clock: Clock
    ids: Ids
    observer: Observer

    async def run(self) -> None:
        """Probe until cancelled; not at once, because a start has enough to do."""
        while True:
            await self.clock.sleep(self.every_s)
            await self.probe()

    async def probe(self) -> None:
        """Send one page and follow it until the pager shows it. Does not raise."""
        try:
            await self._follow()
        except GatewayError as error:
            self._saw("failed", error_code=error.code)

    async def _follow(self) -> None:
        started = self.clock.monotonic()
        key, text = self.ids.draft(), self.words.sentence("probe.text")
        order = PageOrder(SELF_CHECK.name, key, key, (self.to,), text)
        taken = await self.orders.take(order)
        if isinstance(taken, NotTaken):
            self._saw("refused", error_code=taken.code)
            return
        page = await self._until(lambda: self._ended(taken.ref))
        if page is None or page.state is not PageState.SENT:
            code = page.fault.code if page and page.fault else ""
            self._saw("refused" if page else "late", page_id=taken.ref, error_code=code)
            return
        accepted_s = self.clock.monotonic() - started
        shown = await self._until(lambda: self._shown(page.sender, taken.ref, taken.at))
        self._saw(
            "seen" if shown else "unseen",
            page_id=taken.ref,
            accepted_ms=round(accepted_s * 1000),
            elapsed_ms=round((self.clock.monotonic() - started) * 1000),
        )

    async def _until(self, look: Callable[[], Awaitable[Page | None]]) -> Page | None:
        """Look again and again, not for ever."""
        for pause_s in _LOOKS_S:
            if found := await look():
                return found
            await self.clock.sleep(pause_s)
        return await look()

    async def _ended(self, ref: Ref) -> Page | None:
        page = await self.store.page(ref)
        return page if page and page.state.final else None

    async def _shown(self, sender: ExtensionNumber, ref: Ref, since: datetime) -> Page | None:
        """Find it where everybody's pages show up: in the sender's own mailbox."""
        until = self.clock.now() + _CLOCKS_DIFFER
        found = await self.pager.sent_between(sender, since - _CLOCKS_DIFFER, until)
        is_there = any(ref in message.text for message in found)
        return await self.store.page(ref) if is_there else None

    def _saw(self, outcome: str, **facts: str | int) -> None:
        self.observer.saw(f"probe.{outcome}", **facts)
