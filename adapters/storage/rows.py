"""Rows as domain values."""

from adapters.storage.codec import outbox
from adapters.storage.codec.envelope import moment, moment_or_none
from adapters.storage.engine import Row
from adapters.storage.errors import UnreadableFactError
from gateway.domain.deliveries import Delivery, DeliveryState, Receipt
from gateway.domain.ids import ChatUserId, DeliveryId, ExtensionNumber, WorkspaceId
from gateway.domain.outbound import Outbound
from gateway.domain.pages import Fault, ThreadLink
from gateway.domain.people import PersonLink

UNREADABLE = "delivery.unreadable"
"""The fault code of a delivery written by a version we do not know."""


def delivery_of(row: Row) -> Delivery:
    """Read a delivery.

    Raises:
        UnreadableFactError: its payload, fault or receipt has a form we do not know.
    """
    outbound, trace = outbox.read_traced(row[9])
    fault, receipt = outbox.read_fault(row[10]), outbox.read_receipt(row[11])
    return _delivery(row, outbound, fault, receipt, trace)


def shown_delivery(row: Row) -> Delivery:
    """Read a delivery for a list: an unreadable one is shown as such instead of hiding the rest."""
    try:
        return delivery_of(row)
    except UnreadableFactError as error:
        fault = Fault(UNREADABLE, {"what": error.what})
        return _delivery(row, outbox.unreadable(error.what), fault, None)


def _delivery(
    row: Row,
    outbound: Outbound,
    fault: Fault | None,
    receipt: Receipt | None,
    trace: str = "",
) -> Delivery:
    number, lane, ref, state, attempt, looks, created_at, due_at, started_at, *_, released_at = row
    return Delivery(
        id=DeliveryId(number),
        lane=lane,
        ref=ref,
        outbound=outbound,
        state=DeliveryState(state),
        created_at=moment(created_at),
        due_at=moment(due_at),
        attempt=attempt,
        looks=looks,
        started_at=moment_or_none(started_at),
        released_at=moment_or_none(released_at),
        fault=fault,
        receipt=receipt,
        trace=trace,
    )


def link_of(row: Row) -> ThreadLink:
    """Read one mailbox's view of a conversation."""
    ref, mailbox, conversation, newest, owner = row
    return ThreadLink(ref, mailbox, conversation, newest, bool(owner))


def person_of(row: Row) -> PersonLink:
    """Read whose extension one is."""
    workspace, user, user_name, extension, extension_name, linked_at, credential = row
    return PersonLink(
        WorkspaceId(workspace),
        ChatUserId(user),
        user_name,
        ExtensionNumber(extension),
        extension_name,
        moment(linked_at),
        credential,
    )
