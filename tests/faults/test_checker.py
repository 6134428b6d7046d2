"""The checker can fail: with a defence switched off it finds what the defence prevents."""

from pathlib import Path

import pytest

from tests.faults.ablations import ALL
from tests.faults.company import running_company
from tests.faults.killable import Kill
from tests.faults.rehearsal import Rehearsal

KILLS = {
    "look before sending again": "delivery.answered",
    "open attempts are unknown": "delivery.answered",
    "inbox keys": "intake.recorded",
}


@pytest.mark.parametrize("defence", ALL)
async def test_without_a_defence_the_checker_finds_repeats(defence: str, tmp_path: Path) -> None:
    """A page or a reply that was sent twice does not escape the checker."""
    async with running_company(tmp_path) as company:
        kills = [Kill(KILLS[defence], nth) for nth in (1, 4, 6, 7)]
        without = frozenset({defence})
        found = await Rehearsal(company, kills, without, patience_s=3.0).broken_promises()
    assert [line for line in found if "times" in line]
