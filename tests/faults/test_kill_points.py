"""kill -9 of the real service at every point where something was half done."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.company import running_company
from tests.faults.killable import Kill
from tests.faults.rehearsal import After, Rehearsal

POINTS = (
    "intake.heard",
    "intake.recorded",
    "order.heard",
    "order.recorded",
    "hint.taken",
    "dispatcher.round",
    "delivery.claimed",
    "delivery.attempting",
    "delivery.answered",
    "delivery.looked",
    "delivery.settled",
    "mailbox.synced",
    "mailbox.taken",
    "mailbox.moved",
)
"""Every point of `gateway.ports.faults`."""


def kills_at(point: str, *positions: int) -> Iterator[Kill]:
    """Plan one death per position.

    There is nothing to look for before an answer was lost. Webhooks are few, those of one mailbox
    being merged while it is read: one death, at one of the first.
    """
    if point == "hint.taken":
        positions = (1 + positions[0] % 3,)
    for nth in positions:
        if point == "delivery.looked":
            yield Kill("delivery.answered", nth)
            yield Kill(point, 1)
        else:
            yield Kill(point, nth)


async def test_without_a_kill_everything_is_kept(tmp_path: Path) -> None:
    """The traffic itself breaks no promise, so that a broken one comes from a kill."""
    async with running_company(tmp_path) as company:
        assert await Rehearsal(company).broken_promises() == []


@pytest.mark.parametrize("point", POINTS)
async def test_promises_survive_kills(point: str, tmp_path: Path) -> None:
    """Killed at a point early and late, the service loses, repeats and hides nothing."""
    async with running_company(tmp_path) as company:
        kills = tuple(kills_at(point, 1, 4))
        assert await Rehearsal(company, kills).broken_promises() == []


@pytest.mark.slow
@pytest.mark.parametrize("nth", range(1, 11))
@pytest.mark.parametrize("point", POINTS)
async def test_promises_survive_kills_anywhere(point: str, nth: int, tmp_path: Path) -> None:
    """Killed at any pass of a point, and at once again, it keeps its promises."""
    async with running_company(tmp_path) as company:
        kills = tuple(kills_at(point, nth, 1))
        assert await Rehearsal(company, kills).broken_promises() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
async def test_promises_survive_kills_at_any_moment(seed: int, tmp_path: Path) -> None:
    """Killed from outside at moments nobody chose, half a request or half a commit done."""
    dice = Random(seed)  # noqa: S311 - a rehearsal has to be repeatable, not unpredictable
    async with running_company(tmp_path) as company:
        kills = [After(dice.expovariate(10)) for _ in range(6)]
        assert await Rehearsal(company, kills).broken_promises() == []
