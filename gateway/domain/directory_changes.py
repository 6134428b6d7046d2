"""What is different between two readings of the directory."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.directory import Department, DirectorySnapshot, Extension
from gateway.domain.ids import ExtensionNumber


@dataclass(frozen=True, slots=True)
class Altered:
    """An extension that is still there, and says something else: its name, status or kind."""

    before: Extension
    after: Extension


@dataclass(frozen=True, slots=True)
class Membership:
    """Who joined a department, and who left it."""

    department: Department
    joined: tuple[ExtensionNumber, ...]
    left: tuple[ExtensionNumber, ...]


@dataclass(frozen=True, slots=True)
class DirectoryChange:
    """Extensions and memberships that are different, in the order of the newer reading."""

    added: tuple[Extension, ...]
    removed: tuple[Extension, ...]
    altered: tuple[Altered, ...]
    members: tuple[Membership, ...]

    def __str__(self) -> str:
        """Say how many: `extensions +1 -0 ~2, departments ~1`."""
        told = f"extensions +{len(self.added)} -{len(self.removed)} ~{len(self.altered)}"
        return f"{told}, departments ~{len(self.members)}" if self else "nothing changed"

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.removed or self.altered or self.members)


def directory_change(before: DirectorySnapshot, after: DirectorySnapshot) -> DirectoryChange:
    """Compare two readings by extension numbers."""
    old = {each.number: each for each in before.extensions}
    new = {each.number: each for each in after.extensions}
    return DirectoryChange(
        added=tuple(each for number, each in new.items() if number not in old),
        removed=tuple(each for number, each in old.items() if number not in new),
        altered=tuple(
            Altered(old[number], each)
            for number, each in new.items()
            if number in old and old[number] != each
        ),
        members=tuple(
            each
            for each in _memberships(before.departments, after.departments)
            if each.joined or each.left
        ),
    )


def _memberships(
    before: tuple[Department, ...], after: tuple[Department, ...]
) -> tuple[Membership, ...]:
    members: Mapping[ExtensionNumber, tuple[ExtensionNumber, ...]] = {
        each.number: each.members for each in before
    }
    return tuple(
        Membership(
            each,
            tuple(one for one in each.members if one not in members[each.number]),
            tuple(one for one in members[each.number] if one not in each.members),
        )
        for each in after
        if each.number in members
    )
