"""Defences that can be switched off: without one, some seed has to break the invariant it holds."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest

from adapters.storage import audit, statements, units
from adapters.storage.engine import Script, Statement
from adapters.storage.lanes import Lane
from gateway.domain import deliveries
from gateway.domain.deliveries import Absent, DeliveryState, Watched
from gateway.domain.ids import Ref
from gateway.domain.pages import PageState
from gateway.services import consequences, saying
from gateway.services.attempts import Attempts
from gateway.services.authority import Authority
from gateway.services.authors import Authors
from gateway.services.conversations import Conversations, Whose
from gateway.services.dispatching import Dispatcher
from gateway.services.watching import Watching

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Ablation:
    """What is switched off, and the invariant that then breaks."""

    breaks: str
    switch_off: Callable[[Patch], None]


async def _nothing(*_: object) -> None:
    return None


def _no_look(patch: Patch) -> None:
    """A lost answer is taken for a lost message."""

    async def absent(*_: object) -> Absent:
        return Absent()

    patch.setattr(Attempts, "look", absent)


def _no_patience(patch: Patch) -> None:
    """What is not visible at once counts as absent."""
    patch.setattr(Watching, "watched", lambda *_: Watched(3600.0, ours=True))
    patch.setattr(deliveries, "_READINGS", 1)


def _open_attempts_are_ready(patch: Patch) -> None:
    """What was being sent when the process died counts as never sent."""
    for name in ("RECOVER", "CLAIM"):
        told: Statement = getattr(statements, name)
        texts = (text.replace("'unknown'", "'ready'") for text in (told.postgresql, told.sqlite))
        patch.setattr(statements, name, Statement(*texts))


def _no_inbox(patch: Patch) -> None:
    """The chat's repeats are taken for something new."""
    commit = units.commit_unit
    patch.setattr(units, "commit_unit", lambda unit, *more: commit(replace(unit, once=None), *more))


def _no_fence(patch: Patch) -> None:
    """A worker writes whatever became of its claim; and works beside another."""
    patch.setattr(Lane, "held_by", lambda *_: True)


def _no_order(patch: Patch) -> None:
    """What is said in one conversation leaves in any order."""
    count = itertools.count()
    patch.setattr(saying, "pager_lane", lambda ref: f"pager:{ref}:{next(count)}")


def _no_echo_guard(patch: Patch) -> None:
    """What we said ourselves counts as heard."""

    async def theirs(*_: object) -> Whose:
        return Whose.THEIRS

    patch.setattr(Conversations, "_whose", theirs)


def _no_second_judgement(patch: Patch) -> None:
    """Who may is asked once, when something is accepted."""
    patch.setattr(Authority, "denies", _nothing)


def _unknown_is_sent(patch: Patch) -> None:
    """No answer is shown as a good one."""
    after = {**consequences._STATE_AFTER, DeliveryState.UNKNOWN: PageState.SENT}
    patch.setattr(consequences, "_STATE_AFTER", after)


def _refused_in_silence(patch: Patch) -> None:
    """Nobody hears that a page was refused."""
    patch.setattr(Authors, "page_refused", lambda *_, **__: ())


def _unsealed(patch: Patch) -> None:
    """Acts are written down without a seal."""

    def nothing() -> Script[None]:
        yield from ()

    patch.setattr(audit, "seal", nothing)


def _talkative(patch: Patch) -> None:
    """The log tells what was sent."""
    note = Dispatcher._note

    def tell(self: Dispatcher, event: str, delivery: deliveries.Delivery, *more: object) -> None:
        note(self, event, replace(delivery, ref=Ref(str(delivery.outbound))), *more)  # type: ignore[arg-type]  # passed on as is

    patch.setattr(Dispatcher, "_note", tell)


def _no_alarm_clock(patch: Patch) -> None:
    """Nobody wakes when something is due; only when something new comes."""
    wait = Dispatcher._wait
    patch.setattr(Dispatcher, "_wait", lambda self, _: wait(self, None))


ALL: Mapping[str, Ablation] = {
    "refusals are told": Ablation("I1", _refused_in_silence),
    "look before sending again": Ablation("I2", _no_look),
    "wait until it must be visible": Ablation("I2", _no_patience),
    "open attempts are unknown": Ablation("I2", _open_attempts_are_ready),
    "inbox keys": Ablation("I2", _no_inbox),
    "order in a lane": Ablation("I4", _no_order),
    "only what is sent is told as sent": Ablation("I5", _unknown_is_sent),
    "judged again when sent": Ablation("I6", _no_second_judgement),
    "fence": Ablation("I7", _no_fence),
    "echo guard": Ablation("I9", _no_echo_guard),
    "logs without words": Ablation("I10", _talkative),
    "sealed audit trail": Ablation("I11", _unsealed),
    "waking when something is due": Ablation("I15", _no_alarm_clock),
}
