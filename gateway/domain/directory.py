"""Who can be reached: extensions, departments, and the index that finds them by name."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.domain.ids import ExtensionNumber


class ExtensionStatus(StrEnum):
    """RingCentral's account states; only an enabled extension receives pages."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    FROZEN = "frozen"
    NOT_ACTIVATED = "not_activated"
    UNASSIGNED = "unassigned"


class ExtensionKind(StrEnum):
    """What a page may be addressed to: people and departments; everything else refuses pages."""

    PERSON = "person"
    DEPARTMENT = "department"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Extension:
    """One entry of the phone directory. `label` is a free text such as "Front Desk", or empty."""

    number: ExtensionNumber
    name: str
    kind: ExtensionKind
    status: ExtensionStatus
    label: str = ""
    email: str = ""

    @property
    def reachable(self) -> bool:
        """Whether the pager accepts this extension as an explicit recipient."""
        return self.kind is not ExtensionKind.OTHER and self.status is ExtensionStatus.ENABLED


@dataclass(frozen=True, slots=True)
class Department:
    """A call queue: a mailing list for pages. Managers may be unknown (empty)."""

    number: ExtensionNumber
    name: str
    members: tuple[ExtensionNumber, ...]
    managers: tuple[ExtensionNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class DirectorySnapshot:
    """What the pager said about its people at `taken_at` (aware UTC)."""

    extensions: tuple[Extension, ...]
    departments: tuple[Department, ...]
    taken_at: datetime


def fold(name: str) -> str:
    """Bring a name to the form in which names are compared: "José  García" → "jose garcia"."""
    decomposed = unicodedata.normalize("NFKD", name.replace("\u2019", "'"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("-", " ").split())


class Sets(Protocol):
    """Names that mean several: aliases, and schedules as they stand now."""

    def members(self, name: str, /) -> tuple[str, ...] | None:
        """Give the names and numbers behind a name, however it is written; `None`: no such set."""
        ...

    def names(self) -> tuple[str, ...]:
        """List the sets as they were written."""
        ...


class NoSets:
    """Nobody configured any."""

    def members(self, _name: str) -> None:
        """Know no set."""
        return

    def names(self) -> tuple[str, ...]:
        """List none."""
        return ()


@dataclass(frozen=True, slots=True)
class Several:
    """Who is meant by one name for many. `unknown` are those of it whom we cannot page."""

    numbers: tuple[ExtensionNumber, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Directory:
    """A snapshot made searchable, together with the names people gave to several."""

    snapshot: DirectorySnapshot
    sets: Sets = field(default_factory=NoSets)
    _by_number: dict[ExtensionNumber, Extension] = field(init=False, repr=False)
    _departments: dict[ExtensionNumber, Department] = field(init=False, repr=False)
    _by_name: dict[str, tuple[Extension, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build the look-ups once; every later question is a dictionary access."""
        extensions = self.snapshot.extensions
        by_name: dict[str, tuple[Extension, ...]] = {}
        for extension in extensions:
            key = fold(extension.name)
            by_name[key] = (*by_name.get(key, ()), extension)
        object.__setattr__(self, "_by_number", {e.number: e for e in extensions})
        object.__setattr__(self, "_departments", {d.number: d for d in self.snapshot.departments})
        object.__setattr__(self, "_by_name", by_name)

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """Every entry, in the pager's order."""
        return self.snapshot.extensions

    def extension(self, number: ExtensionNumber) -> Extension | None:
        """Find the entry behind a number."""
        return self._by_number.get(number)

    def name_of(self, number: ExtensionNumber) -> str:
        """Name an entry as people know it; a number nobody has stays a number."""
        found = self.extension(number)
        return found.name if found else number

    def department(self, number: ExtensionNumber) -> Department | None:
        """Find a department by its number."""
        return self._departments.get(number)

    def named(self, name: str) -> tuple[Extension, ...]:
        """Find all entries whose whole name equals `name` after folding."""
        return self._by_name.get(fold(name), ())

    def several(self, name: str) -> Several | None:
        """Tell who is behind an alias or a schedule now; `None` when it is neither."""
        return self.meant((name,)) if self.sets.members(name) is not None else None

    def meant(self, names: Iterable[str]) -> Several:
        """Look up what an operator wrote: numbers, names, aliases and schedules."""
        written = (each for name in names for each in self._members_or_itself(name))
        found = {each: self._only(each) for each in written}
        known = dict.fromkeys(entry.number for entry in found.values() if entry)
        return Several(tuple(known), tuple(each for each, entry in found.items() if not entry))

    def _members_or_itself(self, name: str) -> tuple[str, ...]:
        members = self.sets.members(name)
        return (name,) if members is None else members

    def _only(self, written: str) -> Extension | None:
        """Find what has this number, or this name and nobody else has it."""
        named = self.named(written)
        return self.extension(ExtensionNumber(written)) or (named[0] if len(named) == 1 else None)

    def active_members(self, department: Department) -> tuple[Extension, ...]:
        """List those who receive a page to this department now."""
        return tuple(e for e in self._members(department) if e.reachable)

    def inactive_members(self, department: Department) -> tuple[Extension, ...]:
        """List those whom RingCentral skips in silence."""
        return tuple(e for e in self._members(department) if not e.reachable)

    def departments_of(self, number: ExtensionNumber) -> tuple[Department, ...]:
        """List the departments a person belongs to."""
        return tuple(d for d in self.snapshot.departments if number in d.members)

    def _members(self, department: Department) -> Iterable[Extension]:
        for number in department.members:
            extension = self._by_number.get(number)
            if extension is not None:
                yield extension
