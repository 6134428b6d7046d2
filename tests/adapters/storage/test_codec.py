"""What is stored comes back equal, whatever it holds."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.storage.codec import envelope, keys, outbox, pages
from adapters.storage.errors import UnreadableFactError
from gateway.domain.deliveries import ChatReceipt, PagerReceipt, Receipt
from gateway.domain.directory import DirectorySnapshot
from gateway.domain.errors import FactValue
from gateway.domain.outbound import (
    Notice,
    Outbound,
    PostChatMessage,
    PostChatReply,
    React,
    SendFollowUp,
    SendPage,
    SendPageReply,
    UpdateChatMessage,
    Wake,
    Waking,
    Whisper,
)
from gateway.domain.pages import ChatThread, Draft, Fault, Page

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
MOMENTS = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - same
    timezones=st.just(UTC),
)
FACT_VALUES: st.SearchStrategy[FactValue] = (
    st.none()
    | TEXT
    | st.integers(-(2**63), 2**63)
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.lists(TEXT, max_size=3)
)
FACTS = st.dictionaries(TEXT, FACT_VALUES, max_size=3)

st.register_type_strategy(str, TEXT)
st.register_type_strategy(datetime, MOMENTS)


def built(kind: type[Any], **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a dataclass with every field drawn, also those that have a default."""
    drawn = {f.name: st.from_type(_resolved(kind, f.name)) for f in fields(kind)}
    return st.builds(kind, **(drawn | known))


def _resolved(kind: type[Any], name: str) -> Any:
    from typing import get_type_hints  # noqa: PLC0415 - only here

    return get_type_hints(kind)[name]


THREADS = built(ChatThread)
FAULTS = built(Fault, facts=FACTS)
NOTICES = built(Notice, facts=FACTS)
NOTICE_OR_NONE = st.none() | NOTICES
OUTBOUND: st.SearchStrategy[Outbound] = st.one_of(
    built(SendPage),
    built(SendPageReply),
    built(PostChatMessage, notice=NOTICE_OR_NONE),
    built(PostChatReply, notice=NOTICE_OR_NONE),
    built(UpdateChatMessage),
    built(Whisper, notice=NOTICES),
    built(React),
    built(SendFollowUp),
    built(Wake),
)


@given(OUTBOUND)
def test_what_is_sent_comes_back_equal(outbound: Outbound) -> None:
    """Every kind with every field, in plain ASCII without a NUL."""
    text = outbox.write_outbound(outbound)
    assert text.isascii()
    assert "\0" not in text
    assert outbox.read_outbound(text) == outbound


@given(st.none() | FAULTS)
def test_a_fault_comes_back_equal(fault: Fault | None) -> None:
    """With its facts as they were."""
    assert outbox.read_fault(outbox.write_fault(fault)) == fault


@given(st.none() | built(PagerReceipt) | built(ChatReceipt))
def test_a_receipt_comes_back_equal(receipt: Receipt | None) -> None:
    """The pager's and the chat's."""
    assert outbox.read_receipt(outbox.write_receipt(receipt)) == receipt


@given(built(Page, fault=st.none() | FAULTS))
def test_a_page_comes_back_equal(page: Page) -> None:
    """From its facts and its columns."""
    row = (
        pages.write_page(page),
        page.state,
        envelope.micros(page.changed_at),
        envelope.micros_or_none(page.sent_at),
        outbox.write_fault(page.fault),
        None if page.thread is None else keys.thread_key(page.thread),
        page.replies,
        page.last_reply_from,
        envelope.micros_or_none(page.last_reply_at),
        page.mode,
    )
    assert pages.read_page(row) == page


@given(built(Draft))
def test_a_draft_comes_back_equal(draft: Draft) -> None:
    """With every field."""
    assert pages.read_draft(pages.write_draft(draft)) == draft


@given(built(DirectorySnapshot))
def test_the_directory_comes_back_equal(snapshot: DirectorySnapshot) -> None:
    """With every entry."""
    assert pages.read_directory(pages.write_directory(snapshot)) == snapshot


@given(MOMENTS)
def test_moments_are_exact(moment: datetime) -> None:
    """To the microsecond, and in order."""
    assert envelope.moment(envelope.micros(moment)) == moment
    assert envelope.micros(moment + timedelta(microseconds=1)) == envelope.micros(moment) + 1


def test_moments_of_other_zones_are_the_same_moments() -> None:
    """A zone is a way to show a moment, not a part of it."""
    east = datetime(2026, 3, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    assert envelope.moment(envelope.micros(east)) == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@given(TEXT, TEXT)
def test_no_text_can_forge_a_field(forged: str, channel: str) -> None:
    """The fragment of a field is found only where that field is."""
    thread = ChatThread(*("x", "y", "z"))  # type: ignore[arg-type]  # plain strings are enough here
    fact = outbox.write_outbound(PostChatReply(thread, text=forged + f'"channel":"{channel}"'))
    assert envelope.fragment("channel", channel + "!") not in fact


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"v":1}',
        '{"v":2,"kind":"send_page","sender":"1","to":[],"text":"","part":1,"parts":1}',
        '{"v":1,"kind":"send_pigeon"}',
        '{"v":1,"kind":"send_page","sender":"1"}',
        '{"v":1,"kind":"react","thread":7,"message":"1","emoji":"x"}',
    ],
)
def test_what_we_do_not_know_is_said_to_be_unreadable(text: str) -> None:
    """One typed error, whatever is wrong with it."""
    with pytest.raises(UnreadableFactError):
        outbox.read_outbound(text)


@given(OUTBOUND, OUTBOUND)
def test_the_first_part_of_a_key_is_its_place(one: Outbound, other: Outbound) -> None:
    """Keys of different kinds of target are made of ids that can be told apart again."""
    assert envelope.parts_of(keys.target_of(one)) is not None
    if keys.target_of(one) != keys.target_of(other):
        assert one != other


def test_every_kind_is_drawn() -> None:
    """A kind added to the outbox is missing here until its codec is tested."""
    pager = {SendPage, SendPageReply, SendFollowUp}
    chat = {PostChatMessage, PostChatReply, UpdateChatMessage, Whisper, React}
    assert set(get_args(Outbound)) == pager | chat | {Wake}


def test_traceparent_stands_beside_the_fact() -> None:
    """The version before, which does not look for it, reads the fact as ever."""
    outbound = Wake(Waking.CORRECTION, "key")
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    text = outbox.write_outbound(outbound, traceparent)
    assert outbox.read_traced(text) == (outbound, traceparent)
    assert outbox.read_outbound(text) == outbound
    assert outbox.read_traced(outbox.write_outbound(outbound)) == (outbound, "")
