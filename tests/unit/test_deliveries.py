"""What an attempt or a look makes of a delivery: nothing lost, nothing sent twice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.deliveries import (
    Absent,
    ChatReceipt,
    Deferred,
    Delivery,
    DeliveryState,
    Look,
    PagerReceipt,
    Policy,
    Refused,
    Repeatable,
    Sent,
    Step,
    Unknown,
    Unreadable,
    Watched,
    next_look,
    next_state,
    outcome_of,
)
from gateway.domain.errors import (
    AmbiguousRecipientError,
    ChatError,
    Disposition,
    GatewayError,
    InactiveAuthorError,
    NoDefaultRecipientError,
    NotAllowedError,
    NotLinkedError,
    PagerError,
    PagerThrottledError,
    PageTooLongError,
    RecipientUnavailableError,
    UnknownRecipientError,
)
from gateway.domain.ids import (
    ChannelId,
    ChatMessageId,
    ConversationId,
    DeliveryId,
    ExtensionNumber,
    PagerMessageId,
    Ref,
    WorkspaceId,
)
from gateway.domain.outbound import PostChatMessage, PostChatReply, SendPage
from gateway.domain.pages import ChatThread, Fault

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = Policy()
LOST = Fault("pager.outcome_unknown")
SENT = Sent(PagerReceipt(PagerMessageId("1"), ConversationId("2"), START))
DELIVERY = Delivery(
    id=DeliveryId(1),
    lane="lane",
    ref=Ref("pg_7K2M"),
    outbound=PostChatMessage(WorkspaceId("T1"), ChannelId("C1")),
    state=DeliveryState.ATTEMPTING,
    created_at=START,
    due_at=START,
    attempt=1,
    started_at=START,
)

PAGE = replace(DELIVERY, outbound=SendPage(ExtensionNumber("700"), (), "Fire"))

_seconds = st.floats(min_value=0, max_value=86_400)
_moments = _seconds.map(lambda s: START + timedelta(seconds=s))
_faults = st.sampled_from([LOST, Fault("pager.unavailable"), Fault("pager.throttled")])
_attempts = st.integers(min_value=0, max_value=10_000)


# --- after an attempt --------------------------------------------------------------------------


@given(_moments, _attempts)
def test_an_answer_is_final(now: datetime, attempt: int) -> None:
    """Sent keeps its receipt, refused its reason; neither is tried again."""
    delivery = replace(DELIVERY, attempt=attempt)
    sent = next_state(delivery, SENT, POLICY, now)
    refused = next_state(delivery, Refused(LOST), POLICY, now)
    assert (sent.state, sent.receipt) == (DeliveryState.SENT, SENT.receipt)
    assert (refused.state, refused.fault) == (DeliveryState.REFUSED, LOST)
    assert sent.state.final
    assert refused.state.final


@given(_moments, _attempts, _faults)
def test_a_lost_answer_is_looked_for_and_never_just_sent_again(
    now: datetime, attempt: int, fault: Fault
) -> None:
    """However long it took and however often it happened."""
    step = next_state(replace(DELIVERY, attempt=attempt), Unknown(fault), POLICY, now)
    assert (step.state, step.fault) == (DeliveryState.UNKNOWN, fault)
    assert step.due_at > now


@given(_moments, _attempts, _faults, st.none() | _moments)
def test_what_was_not_processed_is_tried_later(
    now: datetime, attempt: int, fault: Fault, retry_at: datetime | None
) -> None:
    """Never before the time the other side named, and never without a pause of our own."""
    step = next_state(replace(DELIVERY, attempt=attempt), Deferred(fault, retry_at), POLICY, now)
    if step.state is DeliveryState.READY:
        assert step.due_at >= (retry_at or now + timedelta(seconds=POLICY.backoff_first_s))
        assert step.due_at >= now
        assert step.fault == fault


@given(_moments, _faults)
def test_patience_ends_with_a_reason(now: datetime, fault: Fault) -> None:
    """After half an hour the author decides; the cause is kept. Standing in line is no reason."""
    step = next_state(PAGE, Deferred(fault), POLICY, now)
    late = (now - START).total_seconds() >= POLICY.give_up_after_s
    over = late and fault.code != "pager.throttled"
    assert (step.state is DeliveryState.REFUSED) == over
    if over:
        assert step.fault == Fault("delivery.gave_up", {"cause": fault.code, "minutes": 30})


@given(_moments, _faults)
def test_patience_begins_anew_when_somebody_lets_it_go_on(now: datetime, fault: Fault) -> None:
    """A page that was held for days is not given up at its first deferral."""
    step = next_state(replace(PAGE, released_at=now), Deferred(fault), POLICY, now)
    assert step.state is DeliveryState.READY


@given(_moments, _faults)
def test_words_for_the_chat_are_never_given_up(now: datetime, fault: Fault) -> None:
    """A page hours late may do harm; an answer from the pager hours late is still the answer."""
    thread = ChatThread(WorkspaceId("T1"), ChannelId("C1"), ChatMessageId("1.2"))
    shown = replace(DELIVERY, outbound=PostChatReply(thread, text="on it"))
    step = next_state(shown, Deferred(fault), POLICY, now)
    assert step.state is DeliveryState.READY


@given(_attempts)
def test_pauses_grow_up_to_a_cap(attempt: int) -> None:
    """2, 4, 8 … seconds, and never more than a minute."""
    pause, longer = POLICY.backoff(attempt), POLICY.backoff(attempt + 1)
    assert timedelta(seconds=2) <= pause <= longer <= timedelta(seconds=60)


# --- after a look ------------------------------------------------------------------------------

_looks: st.SearchStrategy[Look] = st.one_of(
    st.just(Absent()), st.just(Unreadable(Fault("pager.unavailable"))), st.just(SENT)
)
_whose = st.sampled_from(["ours", "another process's"])
_unsuccessful = st.sampled_from([Absent(), Unreadable(Fault("pager.unavailable"))])


@given(_looks, _seconds, st.integers(min_value=0, max_value=50), _whose)
def test_nothing_is_sent_again_before_its_absence_is_proved(
    look: Look, elapsed_s: float, looks: int, whose: str
) -> None:
    """Two readings that did not find it, one of them after everything accepted must be visible.

    Another process's attempt has to be over as well.
    """
    watched = Watched(elapsed_s, ours=whose == "ours")
    step = next_look(replace(DELIVERY, looks=looks), look, POLICY, START, watched)
    if step.state is DeliveryState.READY:
        assert isinstance(look, Absent)
        assert looks + 1 >= 2
        assert elapsed_s > POLICY.visible_after_s
        assert watched.ours or elapsed_s > POLICY.call_s


@given(_seconds)
def test_what_is_found_is_sent(elapsed_s: float) -> None:
    """With the receipt that was found, however late."""
    step = next_look(DELIVERY, SENT, POLICY, START, Watched(elapsed_s, ours=True))
    assert (step.state, step.receipt) == (DeliveryState.SENT, SENT.receipt)


@given(_looks, _seconds, st.integers(min_value=0, max_value=50))
def test_looking_never_spins(look: Look, elapsed_s: float, looks: int) -> None:
    """The next look is always in the future."""
    now = START + timedelta(seconds=elapsed_s)
    step = next_look(
        replace(DELIVERY, looks=looks), look, POLICY, now, Watched(elapsed_s, ours=True)
    )
    if step.state is DeliveryState.RECONCILING:
        assert step.due_at > now


def _look_until_settled(looks: Iterator[Look]) -> tuple[Step, datetime]:
    """Live through looks for a page at the times they are due."""
    step = next_state(PAGE, Unknown(LOST), POLICY, START)
    delivery, now = PAGE, START
    while step.state in {DeliveryState.UNKNOWN, DeliveryState.RECONCILING}:
        now = step.due_at
        delivery = replace(delivery, looks=step.looks, fault=step.fault)
        watched = Watched((now - START).total_seconds(), ours=True)
        step = next_look(delivery, next(looks), POLICY, now, watched)
    return step, now


def _each(looks: list[Look]) -> Iterator[Look]:
    yield from looks
    while True:
        yield Unreadable(Fault("pager.unavailable"))


@given(st.lists(_unsuccessful, max_size=100))
def test_uncertainty_ends(looks: list[Look]) -> None:
    """Whatever is seen, after about two minutes it is known or a person decides."""
    step, now = _look_until_settled(_each(looks))
    assert step.state in {DeliveryState.READY, DeliveryState.HELD}
    assert (now - START).total_seconds() <= POLICY.hold_after_s + 2 * POLICY.first_look_s


def test_a_readable_upstream_proves_absence_soon_after_the_visibility_bound() -> None:
    """Nobody waits longer than needed: the last look comes right after W."""
    step, now = _look_until_settled(_each([Absent()] * 50))
    assert step.state is DeliveryState.READY
    assert 20 < (now - START).total_seconds() <= 21


def test_an_unreadable_upstream_leaves_the_decision_to_a_person() -> None:
    """Sending again could page people twice, so we do not."""
    step, _ = _look_until_settled(_each([]))
    assert step.state is DeliveryState.HELD


@given(_seconds)
def test_words_for_the_chat_wait_for_a_chat_that_cannot_be_read(elapsed_s: float) -> None:
    """Nobody is asked about a status message; it is looked for, less and less often."""
    now = START + timedelta(seconds=elapsed_s)
    step = next_look(
        DELIVERY, Unreadable(Fault("chat.unavailable")), POLICY, now, Watched(elapsed_s, ours=True)
    )
    assert step.state is DeliveryState.RECONCILING
    assert now < step.due_at <= now + timedelta(seconds=POLICY.backoff_cap_s)


@given(_seconds)
def test_what_is_harmless_twice_is_done_again_at_once(elapsed_s: float) -> None:
    """There is nothing to look for, so nobody waits for a proof."""
    now = START + timedelta(seconds=elapsed_s)
    step = next_look(DELIVERY, Repeatable(), POLICY, now, Watched(elapsed_s, ours=True))
    assert (step.state, step.due_at) == (DeliveryState.READY, now)


# --- errors as outcomes ------------------------------------------------------------------------

_ERRORS: list[GatewayError] = [
    UnknownRecipientError("avry", (ExtensionNumber("101"),)),
    AmbiguousRecipientError("sam", (ExtensionNumber("214"), ExtensionNumber("231"))),
    NotLinkedError("@dana", "U1"),
    NoDefaultRecipientError("#ops"),
    InactiveAuthorError(ExtensionNumber("104"), "disabled"),
    NotAllowedError("guest"),
    PageTooLongError(1310, 1024, 2),
    RecipientUnavailableError(extensions=(ExtensionNumber("103"),)),
    PagerThrottledError(retry_at=START),
]


def _without_arguments() -> list[GatewayError]:
    leaves = [*PagerError.__subclasses__(), *ChatError.__subclasses__()]
    return [leaf() for leaf in leaves]


@pytest.mark.parametrize("error", [*_ERRORS, *_without_arguments()], ids=lambda e: e.code)
def test_an_error_says_what_is_known_about_the_send(error: GatewayError) -> None:
    """Refused, retry later, or may have been sent; its facts can be stored as they are."""
    kinds = {
        Disposition.REFUSED: Refused,
        Disposition.RETRY_LATER: Deferred,
        Disposition.MAY_HAVE_BEEN_SENT: Unknown,
    }
    outcome = outcome_of(error)
    assert isinstance(outcome, kinds[error.disposition])
    assert not isinstance(outcome, Sent)
    assert outcome.fault.code == error.code
    assert json.loads(json.dumps(outcome.fault.facts)) == outcome.fault.facts


def test_a_chat_receipt_is_final_too() -> None:
    """Both kinds of receipts are kept alike."""
    receipt = ChatReceipt(ChannelId("C1"), ChatMessageId("1.0"), "ephemeral")
    assert next_state(DELIVERY, Sent(receipt), POLICY, START).receipt == receipt
