"""Answers are lost all the time, and processes die on top of it."""

from pathlib import Path

import pytest

from tests.faults.company import running_company
from tests.faults.kill_points import POINTS
from tests.faults.rehearsal import Rehearsal
from tests.faults.saboteur import lose_answers
from tests.faults.test_kill_points import kills_at


@pytest.mark.parametrize("seed", [1, 2])
async def test_three_answers_of_ten_are_lost(seed: int, tmp_path: Path) -> None:
    """Each is looked for and found; nothing is sent twice."""
    async with running_company(tmp_path) as company:
        lose_answers(company, seed)
        assert await Rehearsal(company).broken_promises() == []


@pytest.mark.parametrize("point", ["delivery.answered", "delivery.looked"])
async def test_answers_are_lost_and_processes_die(point: str, tmp_path: Path) -> None:
    """A look that is cut short is begun again."""
    async with running_company(tmp_path) as company:
        lose_answers(company, 3)
        kills = tuple(kills_at(point, 1, 2, 3))
        assert await Rehearsal(company, kills).broken_promises() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("point", POINTS)
async def test_answers_are_lost_and_processes_die_anywhere(
    point: str, seed: int, tmp_path: Path
) -> None:
    """All points, many dice."""
    async with running_company(tmp_path) as company:
        lose_answers(company, seed)
        kills = tuple(kills_at(point, 1 + seed % 4, 2))
        assert await Rehearsal(company, kills).broken_promises() == []
