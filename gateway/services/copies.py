"""Which of our deliveries a message on the pager is, as far as its words and its moment tell.

A reference proves nothing, anybody may type it; neither do the words, they can be passed on.
Sender, words and moment together are what one of our deliveries said.
"""

from datetime import timedelta

from gateway.domain.deliveries import Delivery, PagerReceipt
from gateway.domain.ids import ExtensionNumber
from gateway.domain.inbound import PagerMessage
from gateway.domain.outbound import SendFollowUp, SendPage, SendPageReply
from gateway.ports.clock import CLOCKS_DIFFER

_SAME_MOMENT = timedelta(seconds=60)
"""Copies of one message carry one time, the pager's, give or take a little."""
_LATE = timedelta(minutes=10)
"""What the pager had in hand for longer is somebody's: they sent our words once more."""


def is_copy(delivery: Delivery, message: PagerMessage) -> bool:
    """Whether a message is a mailbox's copy of what this delivery sent, or may have sent."""
    if delivery.started_at is None or not _says(delivery, message):
        return False
    match delivery.receipt:
        case PagerReceipt(message=own) if message.mailbox == message.sender:
            return message.id == own
        case PagerReceipt(sent_at=sent_at):
            return abs(message.created_at - sent_at) <= _SAME_MOMENT
        case _:
            return message.created_at >= delivery.started_at - CLOCKS_DIFFER


def is_double(delivery: Delivery, message: PagerMessage) -> bool:
    """Whether a message is a copy of what this delivery sent once more than it should have.

    An answer was lost, the message did not show up in time, and so it was sent again.
    """
    match delivery.receipt:
        case PagerReceipt(message=own, sent_at=sent_at) if delivery.attempt > 1:
            is_another = message.id != own and message.created_at <= sent_at + _LATE
            return is_another and _says(delivery, message)
        case _:
            return False


def is_double_beginning(delivery: Delivery, message: PagerMessage) -> bool:
    """Whether such a message began a conversation of its own, with the same people."""
    us = {message.sender, message.mailbox}
    to = set(begun_with(delivery))
    return bool(to) and to - us == set(message.to) - us and is_double(delivery, message)


def begun_with(delivery: Delivery) -> tuple[ExtensionNumber, ...]:
    """List with whom this begins a conversation; empty for what goes into one."""
    match delivery.outbound:
        case SendPage(to=to, part=1) | SendPageReply(afresh=to):
            return to
        case _:
            return ()


def _says(delivery: Delivery, message: PagerMessage) -> bool:
    match delivery.outbound:
        case (
            SendPage(sender=sender, text=text)
            | SendPageReply(sender=sender, text=text)
            | SendFollowUp(sender=sender, text=text, to=())
        ):
            return (sender, text.split()) == (message.sender, message.text.split())
        case _:
            return False
