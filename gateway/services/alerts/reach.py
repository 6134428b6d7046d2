"""Whom a receiver's names mean now: departments, people, aliases, and who is on call."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.directory import Directory
from gateway.domain.ids import ExtensionNumber
from gateway.services.alerts.rules import RuleBook
from gateway.services.directory_sync import DirectoryKeeper


@dataclass(frozen=True)
class Reach:
    """Turns names of the routes file into extension numbers."""

    book: RuleBook
    directory: DirectoryKeeper

    def numbers(self, names: tuple[str, ...], at: datetime) -> tuple[ExtensionNumber, ...]:
        """Look names up at a moment; a name nobody has is left out (the file's check tells)."""
        directory = self.directory.current
        targets = self.book.rules.targets(names, at)
        found = (number for name in targets for number in _named(name, directory))
        return tuple(dict.fromkeys(found))

    @property
    def known(self) -> bool:
        """Whether a name that nobody has is a mistake: before the first reading nobody has one."""
        return self.directory.known

    def shown(self, numbers: tuple[ExtensionNumber, ...]) -> tuple[str, ...]:
        """Name extensions as people know them."""
        return tuple(map(self.directory.current.name_of, numbers))

    def concerns(self, number: ExtensionNumber, told: tuple[ExtensionNumber, ...]) -> bool:
        """Whether somebody was paged, by themselves or through a department."""
        departments = self.directory.current.departments_of(number)
        return number in told or any(d.number in told for d in departments)


def _named(name: str, directory: Directory) -> tuple[ExtensionNumber, ...]:
    by_number = directory.extension(ExtensionNumber(name))
    if by_number:
        return (by_number.number,)
    several = directory.several(name)
    return several.numbers if several else tuple(e.number for e in directory.named(name))
