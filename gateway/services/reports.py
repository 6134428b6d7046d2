"""How a page stands, for the program that asked for it."""

from dataclasses import dataclass

from gateway.domain.addressing import check_reach
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.directory import Directory
from gateway.domain.errors import FactValue
from gateway.domain.ids import DraftId, ExtensionNumber
from gateway.domain.outbound import SendPage
from gateway.domain.pages import Page, PageState
from gateway.ports.orders import PageReport, Part, PartState, Recipient
from gateway.ports.store import Store
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People
from gateway.services.refusals import Refusal, refusal_notice
from gateway.text.words import Words

_PART_STATE = {
    DeliveryState.READY: PartState.WAITING,
    DeliveryState.CLAIMED: PartState.SENDING,
    DeliveryState.ATTEMPTING: PartState.SENDING,
    DeliveryState.UNKNOWN: PartState.UNSURE,
    DeliveryState.RECONCILING: PartState.UNSURE,
    DeliveryState.HELD: PartState.HELD,
    DeliveryState.SENT: PartState.SENT,
    DeliveryState.REFUSED: PartState.REFUSED,
    DeliveryState.CANCELLED: PartState.CANCELLED,
}


@dataclass(frozen=True)
class Reports:
    """Draws reports, with names from today's directory."""

    store: Store
    directory: DirectoryKeeper
    people: People
    words: Words

    async def of(self, page: Page) -> PageReport:
        """Describe a page.

        Raises:
            StoreUnavailableError: its deliveries could not be read.
        """
        code, facts = self._verdict(page)
        told = self.words.explained(code or f"report.{page.state}", facts)
        directory = self.directory.current
        return PageReport(
            ref=page.ref,
            state=page.state,
            message=told.message,
            to=tuple(_recipient(number, directory) for number in page.to),
            parts=_parts(await self.store.deliveries(page.ref)),
            created_at=page.created_at,
            changed_at=page.changed_at,
            code=code,
            next=told.next,
            sent_at=page.sent_at,
            replies=page.replies,
            last_reply_from=page.last_reply_from,
            last_reply_at=page.last_reply_at,
        )

    def _verdict(self, page: Page) -> tuple[str, dict[str, FactValue]]:
        """Find the words' key, if there is more to say than the state, and what they need."""
        match page.state:
            case PageState.REFUSED if page.fault:
                refusal = Refusal(page, page.fault, page.sender)
                current = self.directory.current
                notice = refusal_notice(refusal, DraftId(""), current, self.people)
                return page.fault.code, dict(notice.facts)
            case PageState.UNSURE | PageState.HELD:
                return "pager.outcome_unknown", {"looking": page.state is PageState.UNSURE}
            case PageState.WAITING if page.fault:
                return page.fault.code, dict(page.fault.facts)
            case _:
                return "", {}


def _recipient(number: ExtensionNumber, directory: Directory) -> Recipient:
    entry = directory.extension(number)
    people = len(check_reach((number,), directory).receivers)
    return Recipient(number, entry.name if entry else "", entry.kind if entry else None, people)


def _parts(deliveries: tuple[Delivery, ...]) -> tuple[Part, ...]:
    """List the messages of a page; one that had to be sent anew counts as its newest."""
    parts: dict[int, Part] = {}
    for delivery in deliveries:
        match delivery.outbound:
            case SendPage(part=part):
                parts[part] = Part(part, _PART_STATE[delivery.state], delivery.attempt)
            case _:
                continue
    return tuple(parts[part] for part in sorted(parts))
