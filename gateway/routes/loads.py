"""Readings of the routes file: why, when, and what came of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.routing.changes import RoutesChange
from gateway.routes.problems import Located


class Trigger(StrEnum):
    """Why the file was read."""

    START = "start"
    SIGNAL = "signal"
    CHANGE = "change"
    ASKED = "asked"
    ROLLBACK = "rollback"
    """Not the file, but a version that was in force before."""


class NoWayBack(StrEnum):
    """Why routes cannot be put back."""

    NOTHING_BEFORE = "nothing_before"
    UNKNOWN = "unknown"
    IN_FORCE = "in_force"


@dataclass(frozen=True, slots=True)
class Load:
    """One reading of the file, or of a version kept. `hash` is the version in force afterwards.

    `change` is `None` when the file was refused, because of `problems`. `unknown` are names that
    neither the file nor the directory knows: whoever they mean is not paged.
    """

    at: datetime
    trigger: Trigger
    hash: str
    change: RoutesChange | None = None
    problems: tuple[Located, ...] = ()
    unknown: tuple[Located, ...] = ()
    who: str = "operator"

    @property
    def taken(self) -> bool:
        """Whether what was read is in force."""
        return self.change is not None
