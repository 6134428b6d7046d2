"""Names are compared as people compare them, and departments know who will not ring."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.directory import (
    Department,
    Directory,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
    Several,
    fold,
)
from gateway.domain.ids import ExtensionNumber
from gateway.services.roster import Roster
from tests.fakes.clock import MovedClock

N = ExtensionNumber
TAKEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


def person(
    number: str, name: str = "Somebody", status: ExtensionStatus = ExtensionStatus.ENABLED
) -> Extension:
    return Extension(N(number), name, ExtensionKind.PERSON, status)


def directory(
    *extensions: Extension,
    departments: tuple[Department, ...] = (),
    aliases: Mapping[str, tuple[str, ...]] | None = None,
) -> Directory:
    return Directory(
        DirectorySnapshot(extensions, departments, TAKEN_AT), Roster(MovedClock(), aliases or {})
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José  García", "jose garcia"),
        ("Jean-Luc", "jean luc"),
        ("STRASSE", "straße"),
        ("\uff24\uff22\uff21", "dba"),
        ("O\u2019Brien", "o'brien"),
        (" Avery\tKim ", "avery kim"),
        ("A\u030angstro\u0308m", "\u00c5ngstr\u00f6m"),
    ],
)
def test_names_are_compared_without_case_accents_and_hyphens(one: str, other: str) -> None:
    """Whatever keyboard they were typed on."""
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_changes_nothing_more(name: str) -> None:
    """What was folded can be compared with what was folded."""
    assert fold(fold(name)) == fold(name)


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_folding_does_not_depend_on_normal_forms(name: str, form: str) -> None:
    """Composed or not, a name is the same name."""
    assert fold(unicodedata.normalize(form, name)) == fold(name)  # type: ignore[arg-type]  # a str here, a Literal in the stubs


def test_everybody_of_one_name_is_found() -> None:
    """Two people may share a name; nobody may be dropped."""
    both = directory(person("214", "Sam Smith"), person("231", "SAM-SMITH"), person("9", "Sam"))
    assert [e.number for e in both.named("sam smith")] == ["214", "231"]
    assert both.named("smith") == ()


def test_an_alias_is_found_like_a_name() -> None:
    """However it was written in the configuration."""
    known = directory(person("101", "Ada"), aliases={"On-Call": ("Ada", "400")})
    assert known.several("on call") == Several((N("101"),), ("400",))
    assert known.several("off call") is None


@given(
    st.lists(st.sampled_from(ExtensionStatus), max_size=20),
    st.lists(st.integers(min_value=0, max_value=30), unique=True, max_size=31),
)
def test_members_are_either_active_or_skipped(
    statuses: list[ExtensionStatus], members: list[int]
) -> None:
    """Every member the directory knows is in exactly one of the two lists, in order."""
    people = [person(str(100 + i), status=status) for i, status in enumerate(statuses)]
    department = Department(N("400"), "DBA", tuple(N(str(100 + i)) for i in members))
    known = directory(*people, departments=(department,))
    active = [e.number for e in known.active_members(department)]
    inactive = [e.number for e in known.inactive_members(department)]
    assert all(n in active or n in inactive for n in department.members if known.extension(n))
    assert not set(active) & set(inactive)
    assert [n for n in department.members if n in active] == active


@pytest.mark.parametrize("status", ExtensionStatus)
@pytest.mark.parametrize("kind", ExtensionKind)
def test_only_enabled_people_and_departments_can_be_paged(
    kind: ExtensionKind, status: ExtensionStatus
) -> None:
    """Every other status or kind makes the pager refuse the whole page."""
    extension = Extension(N("101"), "X", kind, status)
    expected = kind is not ExtensionKind.OTHER and status is ExtensionStatus.ENABLED
    assert extension.reachable is expected


def test_a_person_knows_their_departments() -> None:
    """All of them."""
    dba = Department(N("400"), "DBA", (N("101"),))
    night = Department(N("401"), "Night", (N("102"), N("101")))
    known = directory(person("101"), person("102"), departments=(dba, night))
    assert known.departments_of(N("101")) == (dba, night)
    assert known.departments_of(N("102")) == (night,)
    assert known.departments_of(N("999")) == ()
