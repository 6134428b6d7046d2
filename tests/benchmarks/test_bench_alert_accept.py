"""What an accepted alert costs beside Alertmanager, in batches; ours are on disk when answered.

Both hold what they get for an hour, so that only taking it in is measured.
"""

from collections.abc import Awaitable, Callable, Iterator
from itertools import count, islice
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.acceptance.test_alertmanager import BINARY, MISSING
from tests.benchmarks.alert_takers import GROUPS, Taker, alertmanager, alerts, feed, gateway
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, cpu_of, in_turns_async
from tests.faults.company import running_company

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(BINARY is None, reason=MISSING),
]

ALERTS = 1920
GOALS = {1: 1.2, 10: 0.6, 64: 0.45}


def taking(
    session: ClientSession, taker: Taker, size: int, numbers: Iterator[int]
) -> Callable[[], Awaitable[float]]:
    """Measure the CPU seconds in which it takes a round of new alerts, in batches of `size`."""

    async def measure() -> float:
        new = alerts(islice(numbers, ALERTS), GROUPS)
        begun = cpu_of(taker.pid)
        await feed(session, taker, new, size)
        return cpu_of(taker.pid) - begun

    return measure


@pytest.mark.parametrize("size", GOALS)
async def test_taking_alerts_costs_less_than_alertmanager(
    bench: Bench, tmp_path: Path, size: int
) -> None:
    """Durable before the answer, and still cheaper in batches."""
    async with (
        running_company(tmp_path) as company,
        alertmanager(tmp_path, company.session) as peer,
        gateway(company) as ours,
    ):
        session, numbers = company.session, count(1)
        contenders = {
            FLOOR: taking(session, peer, size, numbers),
            AGAIN: taking(session, peer, size, numbers),
            OURS: taking(session, ours, size, numbers),
        }
        await in_turns_async(contenders, rounds=1)
        times = await in_turns_async(contenders)
    bench.note(f"batches of {size}", size, "alerts")
    bench.ratio(times, most=GOALS[size], gate=60.0)
