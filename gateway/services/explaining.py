"""Why a page or an alert went the way it went, by its reference."""

import re
from dataclasses import dataclass

from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.explanations import DeliveryWhy, Explanation, PageWhy
from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.outbound import (
    Outbound,
    PostChatMessage,
    PostChatReply,
    React,
    SendFollowUp,
    SendPage,
    SendPageReply,
    UpdateChatMessage,
    Wake,
    Whisper,
)
from gateway.domain.pages import Page
from gateway.ports.store import Store
from gateway.services.alerts.explaining import AlertExplaining
from gateway.services.alerts.pages import DIGEST
from gateway.services.directory_sync import DirectoryKeeper

_PAGES = ("pg_", f"{DIGEST}_")
_ITEM = re.compile(r"(in_[0-9A-Z]+)(?:\.([0-9]{1,5}))?\Z")


@dataclass(frozen=True)
class Explaining:
    """Explains pages and digests, incidents, requests and their items (`in_….1`)."""

    store: Store
    directory: DirectoryKeeper
    alerts: AlertExplaining | None = None

    async def why(self, ref: Ref) -> Explanation | None:
        """Explain what a reference names; `None` when nobody knows it.

        Raises:
            StoreUnavailableError: the database cannot be read.
        """
        if ref.startswith(_PAGES):
            page = await self.store.page(ref)
            return await self.page(page) if page else None
        if self.alerts is None:
            return None
        if found := _ITEM.match(ref):
            place = int(found[2]) - 1 if found[2] else None
            return await self.alerts.request(Ref(found[1]), place)
        return await self.alerts.incident(ref, await self._deliveries(ref))

    async def page(self, page: Page) -> PageWhy:
        """Explain a page."""
        return PageWhy(
            ref=page.ref,
            state=page.state.value,
            author=page.author_name,
            sender=page.sender,
            to=self._names(page.to),
            created_at=page.created_at,
            changed_at=page.changed_at,
            sent_at=page.sent_at,
            replies=page.replies,
            error=page.fault.code if page.fault else "",
            deliveries=await self._deliveries(page.ref),
        )

    async def _deliveries(self, ref: Ref) -> tuple[DeliveryWhy, ...]:
        found = await self.store.deliveries(ref)
        return tuple(self._delivery(each) for each in found if not _is_clockwork(each.outbound))

    def _delivery(self, delivery: Delivery) -> DeliveryWhy:
        fault = delivery.fault
        return DeliveryWhy(
            id=delivery.id,
            kind=kind_of(delivery.outbound),
            to=self._names(_recipients(delivery.outbound)),
            state=delivery.state.value,
            attempts=delivery.attempt,
            looks=delivery.looks,
            created_at=delivery.created_at,
            started_at=delivery.started_at,
            due_at=None if delivery.state.final else delivery.due_at,
            error=fault.code if fault else "",
            vendor_code=str(fault.facts.get("vendor_code") or "") if fault else "",
            budget=_budget(delivery),
            trace=_trace_id(delivery.trace),
        )

    def _names(self, numbers: tuple[ExtensionNumber, ...]) -> tuple[str, ...]:
        return tuple(map(self.directory.current.name_of, numbers))


def _is_clockwork(outbound: Outbound) -> bool:
    """Times that came, and signs on messages: nobody asks for these."""
    return isinstance(outbound, Wake | React)


def _recipients(outbound: Outbound) -> tuple[ExtensionNumber, ...]:
    match outbound:
        case SendPage(to=to) | SendPageReply(afresh=to):
            return to
        case _:
            return ()


def _budget(delivery: Delivery) -> str:
    """Tell what the budget did with it; nothing for what the budget does not concern."""
    match delivery:
        case Delivery(outbound=SendPage(news=None) | SendFollowUp(news=None)):
            return ""
        case Delivery(outbound=SendPage() | SendFollowUp(), state=DeliveryState.CANCELLED):
            return "digested"
        case Delivery(outbound=SendPage() | SendFollowUp(), state=DeliveryState.READY, attempt=0):
            return "waiting"
        case _:
            return ""


def _trace_id(traceparent: str) -> str:
    """Take the trace's id out of a `traceparent`."""
    _, _, rest = traceparent.partition("-")
    return rest.partition("-")[0]


def kind_of(outbound: Outbound) -> str:
    """Name what is sent, as `DeliveryWhy.kind` does."""
    match outbound:
        case SendPage():
            return "page"
        case SendPageReply():
            return "reply"
        case SendFollowUp():
            return "follow_up"
        case PostChatMessage(notice=None):
            return "card"
        case PostChatMessage():
            return "message"
        case PostChatReply():
            return "thread"
        case UpdateChatMessage():
            return "update"
        case Whisper():
            return "whisper"
        case React() | Wake():
            return "clockwork"
