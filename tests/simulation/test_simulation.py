"""Thousands of companies in moved time, each with faults of its own: the invariants hold in all.

A failing seed is replayed with `make simulate ARGS="--replay SEED"`, which tells all that happened.
"""

import os
import subprocess
import sys

import pytest

from tests.simulation.ablations import ALL
from tests.simulation.simulation import simulate

SEEDS = 2000
BLOCK = 200
ENOUGH = 600
"""So many seeds find every defence that is missing; most find it in ten."""


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_invariants_hold(first: int) -> None:
    """Whatever is lost, late, doubled, refused, killed or set, no invariant breaks."""
    verdicts = map(simulate, range(first, first + BLOCK))
    assert {verdict.seed: verdict.broken for verdict in verdicts if verdict.broken} == {}


@pytest.mark.parametrize("without", ALL)
def test_missing_defence_is_found(without: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An invariant that cannot break proves nothing: without its defence, some seed breaks it."""
    ablation = ALL[without]
    ablation.switch_off(monkeypatch)
    broken = (line for seed in range(ENOUGH) for line in simulate(seed).broken)
    assert any(line.startswith(f"{ablation.breaks}:") for line in broken)


def test_seed_replays_byte_for_byte() -> None:
    """Also in another process, where sets have another order."""
    here = [simulate(seed).digest for seed in range(10)]
    code = (
        "from tests.simulation.simulation import simulate\n"
        "print(*(simulate(seed).digest for seed in range(10)))"
    )
    for hash_seed in ("1", "2"):
        there = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},  # noqa: TID251 - passed on as it is
        )
        assert there.stdout.split() == here


def test_seeds_differ() -> None:
    """Or many would prove no more than one."""
    assert len({simulate(seed).digest for seed in range(20)}) == 20
