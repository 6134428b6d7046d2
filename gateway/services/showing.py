"""When the status message of a page is posted, and when it is edited.

A page is sent first: its status message appears with the first outcome that leaves something to
follow, and is edited in place from then on. There is never more than one. Whatever changes while
it is being posted stands in line behind it, and finds a message to edit (`Attempts`).
"""

from datetime import datetime

from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.outbound import PostChatMessage, UpdateChatMessage
from gateway.domain.pages import Page
from gateway.ports.changes import Change, Enqueue
from gateway.ports.store import Store
from gateway.services.lanes import chat_lane


def show_status(page: Page, now: datetime) -> Enqueue:
    """Bring the status message up to date, or begin it. Either shows what is true when sent."""
    shown = (
        UpdateChatMessage(page.thread)
        if page.thread
        else PostChatMessage(page.workspace, page.channel)
    )
    return Enqueue(chat_lane(page.ref), page.ref, shown, now, priority=2, coalesce=True)


async def update_status(store: Store, page: Page, now: datetime) -> tuple[Change, ...]:
    """Bring the status message up to date where there is one; do not begin one."""
    return (show_status(page, now),) if await has_status(store, page) else ()


async def has_status(store: Store, page: Page) -> bool:
    """Whether people see how the page stands, or are about to."""
    return page.thread is not None or any(map(_begins, await store.deliveries(page.ref)))


def _begins(delivery: Delivery) -> bool:
    match delivery.outbound:
        case PostChatMessage(notice=None):
            return delivery.state is not DeliveryState.REFUSED
        case _:
            return False
