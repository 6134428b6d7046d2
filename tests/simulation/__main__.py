"""`make simulate`: play many seeds, or replay one; exit 1 when an invariant broke.

make simulate                                100 000 seeds from 0 on
make simulate ARGS="--seeds 500 --from 7000"
make simulate ARGS="--replay 4711"           one seed, with everything that happened
make simulate ARGS="--without 'echo guard'"  a defence switched off: it has to fail
"""

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.simulation.ablations import ALL
from tests.simulation.simulation import Verdict, simulate

_SEEDS = 100_000
_CHUNK = 100


def main() -> int:
    """Play what was asked for."""
    asked = _arguments()
    with pytest.MonkeyPatch.context() as patch:
        if asked.without:
            ALL[asked.without].switch_off(patch)
        if asked.replay is not None:
            return _replay(asked.replay)
        return _play(range(asked.start, asked.start + asked.seeds), asked.jobs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate")
    parser.add_argument("--seeds", type=int, default=_SEEDS)
    parser.add_argument("--from", type=int, default=0, dest="start")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--replay", type=int, metavar="SEED")
    parser.add_argument("--without", choices=sorted(ALL), metavar="DEFENCE")
    return parser.parse_args()


def _replay(seed: int) -> int:
    verdict = simulate(seed)
    print(*verdict.journal, sep="\n")  # noqa: T201 - a command
    return _tell(verdict)


def _play(seeds: range, jobs: int) -> int:
    failed = played = 0
    for verdict in _verdicts(seeds, jobs):
        played += 1
        failed += _tell(verdict)
        if played % 1000 == 0:
            print(f"{played} seeds played, {failed} failed", flush=True)  # noqa: T201 - a command
    print(f"{played} seeds played, {failed} failed")  # noqa: T201 - a command
    return 1 if failed else 0


def _verdicts(seeds: range, jobs: int) -> Iterator[Verdict]:
    if jobs == 1:
        yield from map(simulate, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(simulate, seeds, chunksize=_CHUNK)


def _tell(verdict: Verdict) -> int:
    for line in verdict.broken:
        print(f"seed {verdict.seed}: {line}")  # noqa: T201 - a command
    if verdict.broken:
        print(f'  replay: make simulate ARGS="--replay {verdict.seed}"')  # noqa: T201 - a command
    return 1 if verdict.broken else 0


if __name__ == "__main__":
    sys.exit(main())
