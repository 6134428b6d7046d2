"""Defences that a rehearsal can switch off: with one gone, the checker has to find something.

Each entry changes the product inside the process that calls it, and is never undone: the process
is a rehearsal's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from adapters.storage import statements, units
from adapters.storage.engine import Script, Statement
from gateway.domain import deliveries
from gateway.domain.deliveries import Absent, Delivery, Look
from gateway.ports.store import Committed, Unit
from gateway.services.attempts import Attempts


def _no_look() -> None:
    """A lost answer is taken for a lost message: it is sent again without looking."""

    async def absent(_: Attempts, __: Delivery) -> Look:
        return Absent()

    Attempts.look = absent  # type: ignore[assignment, method-assign]  # the ablation
    deliveries._READINGS = 0


def _open_attempts_are_ready() -> None:
    """What was being sent when the process died counts as never sent."""
    for name in ("RECOVER", "CLAIM"):
        told: Statement = getattr(statements, name)
        texts = (text.replace("'unknown'", "'ready'") for text in (told.postgresql, told.sqlite))
        setattr(statements, name, Statement(*texts))


def _no_inbox() -> None:
    """The chat's repeats are taken for something new."""
    commit = units.commit_unit

    def forgetful(unit: Unit, *more: object) -> Script[Committed]:
        return commit(replace(unit, once=None), *more)  # type: ignore[arg-type]  # passed on as is

    units.commit_unit = forgetful  # type: ignore[assignment]  # that is the ablation


ALL: Mapping[str, Callable[[], None]] = {
    "look before sending again": _no_look,
    "open attempts are unknown": _open_attempts_are_ready,
    "inbox keys": _no_inbox,
}
