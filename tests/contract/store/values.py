"""Small makers of values, so that a test shows only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.domain.deliveries import Delivery, DeliveryState, PagerReceipt, Step
from gateway.domain.ids import (
    ChannelId,
    ChatMessageId,
    ChatUserId,
    ConversationId,
    DraftId,
    ExtensionNumber,
    PagerMessageId,
    Ref,
    WorkspaceId,
)
from gateway.domain.outbound import Outbound, SendPage, SendPageReply, UpdateChatMessage
from gateway.domain.pages import ChatThread, Draft, Fault, Origin, Page, PageState, ThreadLink
from gateway.ports.changes import Enqueue, Settle
from gateway.ports.store import Claim, Committed, Store, Unit

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LEASE_S = 30.0

WORKSPACE = WorkspaceId("T1")
ADA = ChatUserId("U1")
OPS = ChannelId("C1")
DBA, SUPPORT = ExtensionNumber("101"), ExtensionNumber("200")
REF = Ref("pg_7K2M")
THREAD = ChatThread(WORKSPACE, OPS, ChatMessageId("1700000000.000100"))


def later(seconds: float) -> datetime:
    """A moment after the tests' beginning; negative is before."""
    return NOW + timedelta(seconds=seconds)


def page(ref: str = REF, **changes: Any) -> Page:
    """A page from Ada to Support."""
    plain = Page(
        ref=Ref(ref),
        origin=Origin.COMMAND,
        workspace=WORKSPACE,
        author=ADA,
        author_name="Ada",
        channel=OPS,
        sender=DBA,
        on_behalf=False,
        to=(SUPPORT,),
        text="Database is down",
        parts=1,
        state=PageState.SENDING,
        created_at=NOW,
        changed_at=NOW,
    )
    return replace(plain, **changes)


def send(text: str = "Database is down", sender: ExtensionNumber = DBA) -> SendPage:
    """What goes to the pager."""
    return SendPage(sender, (SUPPORT,), text)


def reply(message: str = "1700000000.000200", part: int = 1, text: str = "on it") -> SendPageReply:
    """What a thread reply becomes."""
    return SendPageReply(DBA, text, ADA, THREAD, ChatMessageId(message), part=part, parts=2)


def update() -> UpdateChatMessage:
    """The change of a status message."""
    return UpdateChatMessage(THREAD)


def enqueue(lane: str = "lane", outbound: Outbound | None = None, **changes: Any) -> Enqueue:
    """An entry at the end of a lane."""
    return replace(Enqueue(lane, REF, outbound or send(), NOW), **changes)


def draft(number: str = "d1", **changes: Any) -> Draft:
    """What Ada meant to send."""
    plain = Draft(DraftId(number), WORKSPACE, ADA, "Ada", OPS, "hello", "refused", later(900))
    return replace(plain, **changes)


def link(newest: str = "1", conversation: str = "9", **changes: Any) -> ThreadLink:
    """A conversation as the database administrator's mailbox sees it."""
    plain = ThreadLink(REF, DBA, ConversationId(conversation), PagerMessageId(newest))
    return replace(plain, **changes)


def receipt(message: str = "7001") -> PagerReceipt:
    """The pager's answer."""
    return PagerReceipt(PagerMessageId(message), ConversationId("9"), NOW)


def sent(at: datetime = NOW, message: str = "7001") -> Step:
    """The end everybody hopes for."""
    return Step(DeliveryState.SENT, at, receipt=receipt(message))


def refused(at: datetime = NOW) -> Step:
    """The pager said no."""
    return Step(DeliveryState.REFUSED, at, Fault("pager.not_a_participant", {"sender": DBA}))


def retry(at: datetime) -> Step:
    """Known not processed."""
    return Step(DeliveryState.READY, at, Fault("pager.unavailable"))


def unknown(at: datetime) -> Step:
    """Nobody answered."""
    return Step(DeliveryState.UNKNOWN, at, Fault("pager.outcome_unknown"))


def held(at: datetime = NOW) -> Step:
    """A person decides."""
    return Step(DeliveryState.HELD, at, Fault("pager.outcome_unknown"))


# --- short forms of the port -------------------------------------------------------------------


async def put(store: Store, *entries: Enqueue) -> None:
    """Commit entries, each in a unit of its own."""
    for entry in entries:
        assert await store.commit(Unit((entry,))) is Committed.DONE


async def take(store: Store, now: datetime = NOW, lease_s: float = LEASE_S) -> Claim:
    """Claim exactly one delivery."""
    claims = await store.claim(now, 10, lease_s)
    assert len(claims) == 1
    return claims[0]


async def attempt(store: Store, now: datetime = NOW) -> Claim:
    """Claim one delivery and open its attempt."""
    claim = await take(store, now)
    assert await store.begin(claim, now) is not None
    return claim


async def settle(store: Store, claim: Claim, step: Step) -> Committed:
    """Record how an attempt ended."""
    return await store.commit(Unit((Settle(claim.delivery.id, step),), fence=claim))


async def only(store: Store, ref: Ref = REF) -> Delivery:
    """Read the only delivery of a page."""
    (delivery,) = await store.deliveries(ref)
    return delivery


async def states(store: Store, ref: Ref = REF) -> list[DeliveryState]:
    """Read how a page's deliveries stand, oldest first."""
    return [delivery.state for delivery in await store.deliveries(ref)]
