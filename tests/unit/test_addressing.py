"""Whom a page is for: exact and unique is taken, everything else asks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.addressing import AddressBook, Doubt, Resolved, check_reach, guess, resolve
from gateway.domain.commands import Term, Typed
from gateway.domain.directory import (
    Department,
    Directory,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
    Several,
)
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber
from gateway.domain.inbound import ChannelMention, GroupMention, UserMention
from gateway.services.name_search import NameSearch
from gateway.services.roster import Roster
from tests.fakes.clock import MovedClock

N = ExtensionNumber
PERSON, DEPARTMENT, OTHER = ExtensionKind.PERSON, ExtensionKind.DEPARTMENT, ExtensionKind.OTHER
ENABLED, FROZEN, DISABLED = (
    ExtensionStatus.ENABLED,
    ExtensionStatus.FROZEN,
    ExtensionStatus.DISABLED,
)
DANA = UserMention(ChatUserId("U1"), "dana")
OPS = ChannelMention(ChannelId("C1"), "ops")

DIRECTORY = Directory(
    DirectorySnapshot(
        (
            Extension(N("101"), "Avery Kim", PERSON, ENABLED),
            Extension(N("102"), "Bo Chen", PERSON, ENABLED),
            Extension(N("103"), "Casey Diaz", PERSON, FROZEN),
            Extension(N("104"), "Dana Fox", PERSON, ENABLED),
            Extension(N("119"), "Lee Park", PERSON, DISABLED),
            Extension(N("214"), "Sam Smith", PERSON, ENABLED),
            Extension(N("231"), "Sam Smith", PERSON, ENABLED),
            Extension(N("400"), "DBA", DEPARTMENT, ENABLED),
            Extension(N("401"), "Night Shift", DEPARTMENT, ENABLED),
            Extension(N("402"), "Closed", DEPARTMENT, DISABLED),
            Extension(N("900"), "Main menu", OTHER, ENABLED),
        ),
        (
            Department(N("400"), "DBA", (N("101"), N("102"), N("119"))),
            Department(N("401"), "Night Shift", (N("119"),)),
            Department(N("402"), "Closed", (N("101"),)),
        ),
        datetime(2026, 1, 1, tzinfo=UTC),
    ),
    Roster(
        MovedClock(),
        {
            "oncall": ("Avery Kim", "400"),
            "dba": ("DBA",),
            "bo chen": ("214", "231"),
            "night": ("119", "Casey Dias", "888"),
            "nobody": (),
        },
    ),
)
BOOK = AddressBook(
    DIRECTORY,
    NameSearch(DIRECTORY).near,
    linked={DANA.user: N("104")},
    groups={"S1": Several((N("400"),)), "S2": Several((N("101"),), ("Lee Park",))},
    channels={OPS.channel: Several((N("400"), N("101")))},
)


def settled(*terms: str | Term, sender: str | None = None) -> list[str]:
    found = resolve(_terms(terms), BOOK, N(sender) if sender else None)
    assert isinstance(found, Resolved)
    return list(found.to)


def doubt(*terms: str | Term, sender: str | None = None) -> Doubt:
    found = resolve(_terms(terms), BOOK, N(sender) if sender else None)
    assert isinstance(found, Doubt)
    return found


def _terms(terms: tuple[str | Term, ...]) -> tuple[Term, ...]:
    return tuple(Typed(t) if isinstance(t, str) else t for t in terms)


def test_exact_names_and_numbers_are_taken() -> None:
    """Whatever case or accent, with or without the sign chats put before names."""
    assert settled("102") == ["102"]
    assert settled("AVERY  kim") == ["101"]
    assert settled("@Avery-Kim") == ["101"]
    assert settled("night shift") == ["401"]


def test_an_alias_is_a_set_of_recipients() -> None:
    """An alias of the same name as its only department is no second hit."""
    assert settled("OnCall") == ["101", "400"]
    assert settled("dba") == ["400"]


def test_whom_we_cannot_page_behind_a_name_keeps_the_page_back() -> None:
    """They are named, and the others are settled: nobody is lost in silence."""
    found = doubt("night")
    assert found.error.code == "recipient.incomplete"
    assert found.error.facts()["names"] == ["Casey Dias", "888"]
    assert found.settled == ("119",)
    assert doubt(GroupMention("S2", "@dbas")).error.facts()["names"] == ["Lee Park"]


def test_a_name_behind_which_is_nobody_asks() -> None:
    """Also beside others: an empty alias is not quietly nobody."""
    assert doubt("102", "nobody").error.code == "recipient.nobody_behind"


def test_recipients_are_a_set_without_the_sender() -> None:
    """Nobody is addressed twice, and nobody pages themselves."""
    assert settled("oncall", "101", "Avery Kim", "102") == ["101", "400", "102"]
    assert settled("oncall", sender="101") == ["400"]


def test_nobody_left_is_told() -> None:
    """A page to oneself alone has no recipient."""
    found = doubt("101", sender="101")
    assert (found.error.code, found.settled) == ("recipient.nobody_left", ())


def test_two_exact_hits_ask() -> None:
    """Two people of one name, or a name that is an alias for somebody else."""
    found = doubt("Sam Smith")
    assert found.error.code == "recipient.ambiguous"
    assert found.error.facts()["choices"] == ["214", "231"]
    assert doubt("Bo Chen").error.facts()["choices"] == ["102", "214", "231"]


def test_a_part_of_a_name_asks_even_when_only_one_fits() -> None:
    """A fuzzy hit is never taken."""
    found = doubt("avery")
    assert (found.error.code, found.error.facts()) == (
        "recipient.ambiguous",
        {"name": "avery", "choices": ["101"]},
    )


def test_an_unknown_name_offers_what_is_near() -> None:
    """Nothing near is said too; a number is looked for among numbers."""
    assert doubt("avry kin").error.facts() == {"name": "avry kin", "near": ["101"]}
    assert doubt("zzzz").error.facts() == {"name": "zzzz", "near": []}
    assert doubt("777").error.code == "recipient.unknown"


def test_a_doubt_keeps_what_is_settled_and_names_all_other_doubts() -> None:
    """Choosing for one of two doubtful words must not lose the other."""
    found = doubt("avery", "102", "zzzz", "Sam Smith")
    assert (found.term, found.settled, found.others) == ("avery", ("102",), ("zzzz", "Sam Smith"))


def test_mentions_are_looked_up_where_they_are_linked() -> None:
    """A person by link, a group and a channel by configuration."""
    assert settled(DANA) == ["104"]
    assert settled(GroupMention("S1")) == ["400"]
    assert settled(OPS) == ["400", "101"]


def test_an_unlinked_mention_asks_with_those_of_a_similar_name() -> None:
    """The chat's name is a hint, never enough."""
    found = doubt(UserMention(ChatUserId("U9"), "avery.kim"))
    assert found.error.facts() == {"typed": "@avery.kim", "user": "U9", "near": ["101"]}
    assert doubt(GroupMention("S9", "leads")).error.code == "recipient.not_linked"
    assert doubt(ChannelMention(ChannelId("C9"), "x")).error.code == "recipient.no_default"


@given(st.lists(st.sampled_from(["101", "102", "104", "400", "oncall", "dba"]), min_size=1))
def test_order_and_repeats_do_not_matter(names: list[str]) -> None:
    """Whatever is united, each recipient is in it once."""
    there, back = settled(*names), settled(*reversed(names))
    assert set(there) == set(back)
    assert len(there) == len(set(there))


@given(st.lists(st.text(), max_size=4))
def test_only_named_people_are_ever_resolved(names: list[str]) -> None:
    """Any words either are exact names or end in a question."""
    found = resolve(tuple(Typed(n) for n in names), BOOK)
    if isinstance(found, Resolved):
        for name in names:
            typed = name.lstrip("@")
            known = DIRECTORY.named(typed) or DIRECTORY.several(typed)
            assert known or DIRECTORY.extension(N(typed))


# --- guessing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "term", "text", "code"),
    [
        ("avry kin Running late", "avry kin", "Running late", "recipient.unknown"),
        ("avery Running\nlate", "avery", "Running\nlate", "recipient.ambiguous"),
        ("sam: lift", "sam", "lift", "recipient.ambiguous"),
        ("zzzz is late", "zzzz", "is late", "recipient.unknown"),
        ("avry", "avry", "", "recipient.unknown"),
        ("", "", "", "recipient.unknown"),
    ],
)
def test_the_words_meant_as_a_name_are_guessed(typed: str, term: str, text: str, code: str) -> None:
    """The longest beginning that looks like a name; without one, the first word."""
    found = guess(typed, BOOK.near)
    assert (found.term, found.text, found.error.code) == (term, text, code)


# --- reach -------------------------------------------------------------------------------------


def _problem(*numbers: str) -> str | None:
    problem = check_reach(map(N, numbers), DIRECTORY).problem
    return problem.code if problem else None


def test_reach_counts_everybody_once() -> None:
    """People and members of departments are united."""
    reach = check_reach((N("400"), N("101"), N("214")), DIRECTORY)
    assert reach.receivers == {"101", "102", "214"}
    assert reach.problem is None


def test_inactive_members_are_skipped_and_named() -> None:
    """RingCentral leaves them out without a word; we do not."""
    reach = check_reach((N("400"),), DIRECTORY)
    assert [e.name for e in reach.skipped] == ["Lee Park"]


def test_what_the_pager_would_refuse_is_known_before() -> None:
    """Frozen or disabled, of another kind, unknown, or without active members."""
    assert _problem("101", "103") == "pager.recipient_unavailable"
    assert _problem("402") == "pager.recipient_unavailable"
    assert _problem("101", "900") == "pager.recipient_type"
    assert _problem("101", "777") == "pager.unknown_recipient"
    assert _problem("101", "401") == "pager.department_empty"


def test_all_unavailable_recipients_are_named_at_once() -> None:
    """One question, not one per person."""
    problem = check_reach((N("103"), N("101"), N("119")), DIRECTORY).problem
    assert problem is not None
    assert problem.facts()["extensions"] == ["103", "119"]
