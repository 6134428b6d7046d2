"""Defences that a rehearsal can switch off: with one gone, the checker has to find something.

Each entry changes the product inside the process that calls it, and is never undone: the process
is a rehearsal's own.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from adapters.storage import lanes, statements, units
from adapters.storage.engine import Script, Statement
from adapters.storage.store import SqlStore
from gateway.domain import deliveries
from gateway.domain.deliveries import Absent, Delivery, Look
from gateway.domain.outbound import Whisper
from gateway.ports.changes import Enqueue, NewPage
from gateway.ports.store import Committed, Unit
from gateway.services.attempts import Attempts
from gateway.services.authority import Authority
from gateway.services.conversations import Conversations, Whose
from gateway.services.dispatching import Dispatcher
from tests.faults.promises import Promise

_COMMITS_LATE_S = 0.5


@dataclass(frozen=True, slots=True)
class Ablation:
    """A defence that can be taken away, and the promise that is broken then."""

    take_away: Callable[[], None]
    breaks: Promise


def _no_look() -> None:
    """A lost answer is taken for a lost message: it is sent again without looking."""

    async def absent(_: Attempts, __: Delivery) -> Look:
        return Absent()

    Attempts.look = absent  # type: ignore[assignment, method-assign]  # the ablation
    deliveries._READINGS = 0


def _open_attempts_are_ready() -> None:
    """What was being sent when the process died counts as never sent."""
    for name in ("RECOVER", "CLAIM"):
        _rewrite(name, "'unknown'", "'ready'")


def _rewrite(name: str, what: str, instead: str) -> None:
    told: Statement = getattr(statements, name)
    texts = (text.replace(what, instead) for text in (told.postgresql, told.sqlite))
    setattr(statements, name, Statement(*texts))


def _no_inbox() -> None:
    """The chat's repeats are taken for something new."""
    _of_units(lambda unit: replace(unit, once=None))


def _of_units(change: Callable[[Unit], Unit]) -> None:
    commit = units.commit_unit

    def changed(unit: Unit, *more: object) -> Script[Committed]:
        return commit(change(unit), *more)  # type: ignore[arg-type]  # passed on as is

    units.commit_unit = changed  # type: ignore[assignment]  # that is the ablation


def _answer_before_commit() -> None:
    """Whoever pages is told that it is on record before it is."""
    commit = SqlStore.commit

    async def hasty(self: SqlStore, unit: Unit) -> Committed:
        if not any(isinstance(change, NewPage) for change in unit.changes):
            return await commit(self, unit)
        loop = asyncio.get_running_loop()
        loop.call_later(_COMMITS_LATE_S, lambda: loop.create_task(commit(self, unit)))
        return Committed.DONE

    SqlStore.commit = hasty  # type: ignore[method-assign]  # that is the ablation


def _no_fence() -> None:
    """Whoever held a lane once may write about it for ever, and send for it."""
    lanes.Lane.held_by = lambda *_: True  # type: ignore[method-assign]  # that is the ablation
    _rewrite("BEGIN", "AND state = 'claimed'", "")
    Dispatcher._is_over = lambda *_: False  # type: ignore[method-assign]  # that is the ablation


def _no_echo_guard() -> None:
    """What we sent ourselves counts as said on the pager."""

    async def theirs(*_: object) -> Whose:
        return Whose.THEIRS

    Conversations._whose = theirs  # type: ignore[assignment, method-assign]  # that is the ablation


def _no_authority() -> None:
    """Permission is judged when a page is accepted, and never again."""

    async def allowed(*_: object) -> None:
        return None

    Authority.denies = allowed  # type: ignore[assignment, method-assign]  # that is the ablation


def _no_order() -> None:
    """The newest of a lane goes first."""
    _rewrite("HEAD", "ORDER BY id LIMIT 1", "ORDER BY id DESC LIMIT 1")


def _no_words() -> None:
    """What one person should be told is never said."""
    _of_units(lambda unit: replace(unit, changes=tuple(filter(_is_no_whisper, unit.changes))))


def _is_no_whisper(change: object) -> bool:
    return not (isinstance(change, Enqueue) and isinstance(change.outbound, Whisper))


ALL: Mapping[str, Ablation] = {
    "look before sending again": Ablation(_no_look, Promise.DUPLICATED),
    "open attempts are unknown": Ablation(_open_attempts_are_ready, Promise.DUPLICATED),
    "inbox keys": Ablation(_no_inbox, Promise.DUPLICATED),
    "commit before the answer": Ablation(_answer_before_commit, Promise.LOST),
    "echo guard": Ablation(_no_echo_guard, Promise.INVENTED),
    "authority at send time": Ablation(_no_authority, Promise.INVENTED),
    "order in a lane": Ablation(_no_order, Promise.DISORDERED),
    "refusals are told": Ablation(_no_words, Promise.UNTOLD),
    "fence": Ablation(_no_fence, Promise.DUPLICATED),
}
