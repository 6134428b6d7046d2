"""The outbox: how an attempt ended, and what follows from it.

    ready → claimed → attempting → sent | refused | ready (retry at) | unknown
    unknown → reconciling → sent (found upstream) | ready (proved absent) | held (a person decides)

Neither the pager nor the chat platform knows idempotency keys. So `attempting` is on disk before
the first byte leaves, and whatever ends without an answer is looked for before it is sent again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from gateway.domain.errors import Disposition, GatewayError
from gateway.domain.ids import (
    ChannelId,
    ChatMessageId,
    ConversationId,
    DeliveryId,
    PagerMessageId,
    Ref,
)
from gateway.domain.outbound import Outbound, SendFollowUp, SendPage, SendPageReply
from gateway.domain.pages import Fault


class DeliveryState(StrEnum):
    """Where a delivery stands; each change is one committed transaction."""

    READY = "ready"
    CLAIMED = "claimed"
    ATTEMPTING = "attempting"
    UNKNOWN = "unknown"
    RECONCILING = "reconciling"
    HELD = "held"
    SENT = "sent"
    REFUSED = "refused"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether this delivery lets the next one in its lane go."""
        return self in {DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.CANCELLED}


# --- how an attempt ended ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PagerReceipt:
    """The pager's answer: the sender's own copy of what was sent."""

    message: PagerMessageId
    conversation: ConversationId
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ChatReceipt:
    """Where a chat message stands; `place` tells how a whisper was told (ephemeral, direct …)."""

    channel: ChannelId
    message: ChatMessageId
    place: str = ""


@dataclass(frozen=True, slots=True)
class Awake:
    """The receipt of a `Wake`: there is nothing to keep."""


Receipt = PagerReceipt | ChatReceipt | Awake


@dataclass(frozen=True, slots=True)
class Sent:
    """Accepted upstream. `found` when a look found it after a lost answer."""

    receipt: Receipt
    found: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """Known not processed; try again, not before `retry_at` if given."""

    fault: Fault
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The foreign system said no, for good."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been sent: look before sending again."""

    fault: Fault


Outcome = Sent | Deferred | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Absent:
    """A look that could read the upstream and did not find the message."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A look that could not read the upstream."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Repeatable:
    """Nothing to look for: done twice, it is as if it had been done once."""


Look = Sent | Absent | Unreadable | Repeatable


def outcome_of(error: GatewayError, retry_at: datetime | None = None) -> Outcome:
    """Class an error by what it knows about the send."""
    fault = Fault.of(error)
    match error.disposition:
        case Disposition.REFUSED:
            return Refused(fault)
        case Disposition.RETRY_LATER:
            return Deferred(fault, retry_at)
        case Disposition.MAY_HAVE_BEEN_SENT:
            return Unknown(fault)


# --- a row of the outbox -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to send. Deliveries of one lane go one at a time, in the order of their ids.

    `attempt` counts attempts that reached the wire or may have; `looks` counts reads since the
    last attempt ended without an answer. `due_at` is when something is to be done next, and
    `released_at` when somebody, or the budget, let it go on. `trace` is the traceparent under
    which it was asked for, or empty.
    """

    id: DeliveryId
    lane: str
    ref: Ref
    outbound: Outbound
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    attempt: int = 0
    looks: int = 0
    started_at: datetime | None = None
    fault: Fault | None = None
    receipt: Receipt | None = None
    trace: str = ""
    released_at: datetime | None = None

    @property
    def patient_since(self) -> datetime:
        """Tell since when it is tried: since its creation, or since somebody let it go on."""
        return self.released_at or self.created_at


@dataclass(frozen=True, slots=True)
class Policy:
    """Bounds of patience. Times in seconds.

    `visible_after_s` is W: an accepted message shows up upstream within it (assumption A1).
    `call_s` is the longest that an attempt is under way. `give_up_after_s` counts from
    `Delivery.patient_since`.
    """

    visible_after_s: float = 20.0
    call_s: float = 30.0
    first_look_s: float = 2.0
    hold_after_s: float = 120.0
    give_up_after_s: float = 1800.0
    backoff_first_s: float = 2.0
    backoff_cap_s: float = 60.0
    crashes_before_quarantine: int = 3

    def backoff(self, attempt: int) -> timedelta:
        """Wait before the next try: 2, 4, 8 … seconds, capped."""
        doubled = self.backoff_first_s * 2 ** min(max(attempt - 1, 0), 16)
        return timedelta(seconds=min(doubled, self.backoff_cap_s))


@dataclass(frozen=True, slots=True)
class Step:
    """The next state of a delivery and why; the store writes it as one transaction."""

    state: DeliveryState
    due_at: datetime
    fault: Fault | None = None
    receipt: Receipt | None = None
    looks: int = 0


def next_state(delivery: Delivery, outcome: Outcome, policy: Policy, now: datetime) -> Step:
    """Decide what an attempt's outcome makes of a delivery. Pure; `now` is aware UTC."""
    match outcome:
        case Sent(receipt):
            return Step(DeliveryState.SENT, now, receipt=receipt)
        case Refused(fault):
            return Step(DeliveryState.REFUSED, now, fault)
        case Unknown(fault):
            first_look = now + timedelta(seconds=policy.first_look_s)
            return Step(DeliveryState.UNKNOWN, first_look, fault)
        case Deferred(fault, retry_at):
            return _defer(delivery, fault, retry_at, policy, now)


def _defer(
    delivery: Delivery, fault: Fault, retry_at: datetime | None, policy: Policy, now: datetime
) -> Step:
    if _impatient(delivery, fault) and now >= delivery.patient_since + timedelta(
        seconds=policy.give_up_after_s
    ):
        minutes = round(policy.give_up_after_s / 60)
        gave_up = Fault("delivery.gave_up", {"cause": fault.code, "minutes": minutes})
        return Step(DeliveryState.REFUSED, now, gave_up)
    due_at = max(retry_at, now) if retry_at else now + policy.backoff(delivery.attempt)
    return Step(DeliveryState.READY, due_at, fault)


class Watched(NamedTuple):
    """For how long an attempt without an answer has been watched, by a clock that nobody sets.

    From its beginning if it was `ours`, else from a moment when whoever began it may have lived;
    `unlooked_s` of them had passed before the first look.
    """

    seconds: float
    ours: bool
    unlooked_s: float = 0.0


UNPROVED = "pager.outcome_unknown"
"""The fault of an insisting delivery whose absence could not be proved: it goes out once more."""


def next_look(
    delivery: Delivery, look: Look, policy: Policy, now: datetime, watched: Watched
) -> Step:
    """Decide what a look upstream makes of a delivery whose answer was lost.

    Absence is proved by two readings, one of them later than W and than the attempt: another
    process's may still be under way. While nothing can be read, a person decides about a page;
    words for the chat wait for the chat.
    """
    looks, watched_s = delivery.looks + 1, watched.seconds
    looked_for_s = watched_s - watched.unlooked_s
    proof_s = policy.visible_after_s if watched.ours else max(policy.visible_after_s, policy.call_s)
    match look:
        case Sent(receipt):
            return Step(DeliveryState.SENT, now, receipt=receipt)
        case Absent() if looks >= _READINGS and watched_s > proof_s:
            return Step(DeliveryState.READY, now, delivery.fault)
        case Absent():
            return Step(
                DeliveryState.RECONCILING,
                now + _look_again(policy, proof_s - watched_s),
                delivery.fault,
                looks=looks,
            )
        case Repeatable():
            return Step(DeliveryState.READY, now, delivery.fault)
        case Unreadable(fault) if _for_the_pager(delivery) and looked_for_s >= policy.hold_after_s:
            if _insists(delivery):
                return Step(DeliveryState.REFUSED, now, Fault(UNPROVED))
            return Step(DeliveryState.HELD, now, fault, looks=delivery.looks)
        case Unreadable(fault):
            longer_s = 0.0 if _for_the_pager(delivery) else looked_for_s / 4
            pause_s = max(policy.first_look_s * 2, min(longer_s, policy.backoff_cap_s))
            due_at = now + timedelta(seconds=pause_s)
            return Step(DeliveryState.RECONCILING, due_at, fault, looks=delivery.looks)


def after_crash(delivery: Delivery, policy: Policy, now: datetime) -> Step:
    """Decide about a delivery that a bug of ours stopped: it may have been sent, or not.

    So it is looked for and tried again. When that does not help, a person decides about a page,
    and words are given up.
    """
    before = delivery.fault.facts.get("crashes") if delivery.fault else None
    crashes = (before if isinstance(before, int) else 0) + 1
    fault = Fault("gateway.broken", {"crashes": crashes})
    if crashes <= policy.crashes_before_quarantine:
        return Step(DeliveryState.UNKNOWN, now + policy.backoff(crashes), fault)
    return Step(
        DeliveryState.HELD if _for_the_pager(delivery) else DeliveryState.REFUSED, now, fault
    )


_READINGS = 2


def _impatient(delivery: Delivery, fault: Fault) -> bool:
    """Whether this is worth giving up: a page that is hours late may do harm, words never do.

    A page that only stands in line is not given up: it was promised a time.
    """
    return _for_the_pager(delivery) and fault.code != "pager.throttled"


def _insists(delivery: Delivery) -> bool:
    """Whether a double beats a silence: nobody is there to be asked."""
    match delivery.outbound:
        case SendPage(insist=insist):
            return insist
        case SendFollowUp():
            return True
        case _:
            return False


def _for_the_pager(delivery: Delivery) -> bool:
    return isinstance(delivery.outbound, SendPage | SendPageReply | SendFollowUp)


def _look_again(policy: Policy, doubtful_s: float) -> timedelta:
    proof_in_s = doubtful_s + 0.5
    soon_s = policy.first_look_s * 2
    return timedelta(seconds=min(soon_s, proof_in_s) if proof_in_s > 0 else soon_s)
