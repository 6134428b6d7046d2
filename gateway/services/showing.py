"""When the status message of a page is posted, and when it is edited.

A page is sent first: its status message appears with the first outcome and is edited in place from
then on. There is at most one per page; edits queue up only once, because an edit shows whatever
is true when it is made.
"""

from datetime import datetime

from gateway.domain.deliveries import Delivery, DeliveryState, PostChatMessage, UpdateChatMessage
from gateway.domain.pages import Page
from gateway.ports.store import Change, Enqueue, Store
from gateway.services.lanes import chat_lane


async def show_status(store: Store, page: Page, now: datetime) -> tuple[Change, ...]:
    """Bring the status message up to date, or begin it."""
    if page.thread:
        return (_edit(page, now),)
    if any(_is_status(d) for d in await store.deliveries(page.ref)):
        return ()
    return show_new(page, now)


def show_new(page: Page, now: datetime) -> tuple[Change, ...]:
    """Begin the status message of a page that cannot have one yet."""
    post = PostChatMessage(page.workspace, page.channel)
    return (Enqueue(chat_lane(page.ref), page.ref, post, now, priority=2),)


def _edit(page: Page, at: datetime) -> Enqueue:
    if page.thread is None:
        raise ValueError(page.ref)
    update = UpdateChatMessage(page.thread)
    return Enqueue(chat_lane(page.ref), page.ref, update, at, priority=3, coalesce=True)


def _is_status(delivery: Delivery) -> bool:
    match delivery.outbound:
        case PostChatMessage(notice=None):
            return delivery.state is not DeliveryState.REFUSED
        case _:
            return False
