"""What was found: one line each, with what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. A failure keeps something from working; a warning will, or may."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Section(StrEnum):
    """What was looked into."""

    CONFIG = "config"
    SLACK = "slack"
    RINGCENTRAL = "ringcentral"
    DATABASE = "database"
    NETWORK = "network"
    CLOCK = "clock"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `code` is for programs and does not change; `fix` says what to do."""

    code: str
    level: Level
    what: str
    fix: str = ""


Findings = Iterable[Finding]
"""What a check gives: any number of them, or none where there is nothing to say."""


def ok(code: str, what: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(code, Level.OK, what)


def warn(code: str, what: str, fix: str) -> Finding:
    """Say that something will not work for long, or not as well as it could."""
    return Finding(code, Level.WARN, what, fix)


def fail(code: str, what: str, fix: str) -> Finding:
    """Say that something does not work."""
    return Finding(code, Level.FAIL, what, fix)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found, in the order of the sections.

    Where there are several workspaces, `team` is the first one, and each of the `others` has a
    report of its own.
    """

    sections: Mapping[Section, tuple[Finding, ...]]
    running: bool = False
    team: str = ""
    others: tuple["Report", ...] = ()

    @property
    def each(self) -> tuple["Report", ...]:
        """List the report of every workspace, the first one first."""
        return (self, *self.others)

    def count(self, level: Level) -> int:
        """Count the findings of a level, in all workspaces."""
        here = sum(each.level is level for found in self.sections.values() for each in found)
        return here + sum(each.count(level) for each in self.others)

    @property
    def healthy(self) -> bool:
        """Whether nothing failed anywhere."""
        return not self.count(Level.FAIL)
