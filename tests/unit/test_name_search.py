"""What is offered while somebody types, or when they mistyped."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.directory import (
    Directory,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.ids import ExtensionNumber
from gateway.services.name_search import NameSearch
from gateway.services.roster import Roster
from tests.fakes.clock import MovedClock


def _entry(number: str, name: str, kind: ExtensionKind = ExtensionKind.PERSON) -> Extension:
    return Extension(ExtensionNumber(number), name, kind, ExtensionStatus.ENABLED)


SEARCH = NameSearch(
    Directory(
        DirectorySnapshot(
            (
                _entry("101", "Avery Kim"),
                _entry("214", "Sam Smith"),
                _entry("231", "Sam Smyth"),
                _entry("707", "José García"),
                _entry("400", "DBA", ExtensionKind.DEPARTMENT),
                _entry("401", "Night Shift", ExtensionKind.DEPARTMENT),
                _entry("900", "Avery's menu", ExtensionKind.OTHER),
            ),
            (),
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
        Roster(MovedClock(), {"on-call": ("DBA",)}),
    )
)


def near(typed: str) -> list[str]:
    return [e.name for e in SEARCH.near(typed)]


def test_a_part_of_a_name_is_near_all_who_carry_it() -> None:
    """In any order and case, with or without accents."""
    assert near("sam") == ["Sam Smith", "Sam Smyth"]
    assert near("smith sam") == ["Sam Smith"]
    assert near("GARCIA") == ["José García"]


def test_a_misspelt_name_is_near() -> None:
    """The whole name or one word of it."""
    assert near("avry kin") == ["Avery Kim"]
    assert near("averi") == ["Avery Kim"]
    assert near("nigth shift") == ["Night Shift"]


def test_a_mistyped_number_is_near() -> None:
    """One digit off."""
    assert near("777") == ["José García"]
    assert "Avery Kim" in near("102")


def test_unlike_words_are_near_nobody() -> None:
    """No entry is offered that people would not recognise."""
    assert near("running late") == []
    assert near("xy") == []
    assert near("") == []


def test_what_cannot_be_paged_is_never_offered() -> None:
    """A phone menu is neither person nor department."""
    assert near("avery's") == ["Avery Kim"]
    assert all(e.name != "Avery's menu" for e in SEARCH.suggest("").people)


def test_typing_ahead_finds_people_departments_and_aliases() -> None:
    """By the beginning of a word, or by number."""
    found = SEARCH.suggest("s")
    assert [e.name for e in found.people] == ["Sam Smith", "Sam Smyth"]
    assert [e.name for e in found.departments] == ["Night Shift"]
    assert SEARCH.suggest("on c").sets == ("on-call",)
    assert [e.name for e in SEARCH.suggest("40").departments] == ["DBA", "Night Shift"]


def test_nothing_typed_offers_everything_up_to_the_limit() -> None:
    """The menu is never empty, and never longer than the platform takes."""
    found = SEARCH.suggest("", limit=4)
    assert len(found.people) + len(found.departments) == 4


@given(st.text())
def test_any_text_can_be_looked_up(typed: str) -> None:
    """Whatever is typed, the answer is short and never a crash."""
    assert len(SEARCH.near(typed)) <= 5
    SEARCH.suggest(typed)
