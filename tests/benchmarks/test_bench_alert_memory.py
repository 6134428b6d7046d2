"""How much memory an active alert takes, beside Alertmanager; ours stand in a file.

Both hold what they get for an hour. Each round starts everybody anew, feeds them, waits until they
are done with it, and looks at what is resident now that was not before.
"""

import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from aiohttp import ClientSession

from gateway.system import SystemClock
from tests.acceptance.test_alertmanager import BINARY, MISSING
from tests.benchmarks.alert_takers import (
    GROUPS,
    Taker,
    alertmanager,
    alerts,
    at_rest,
    feed,
    gateway,
)
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, in_turns_async, memory_of
from tests.faults.company import running_company

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(BINARY is None, reason=MISSING),
]

FEW, MANY = 2_000, 10_000
"""A fifth of them first: does one more take as much as the first ones did?"""
BATCH = 64
LOOKED_AT_S = 10.0
"""Within this we look at groups that wait."""
GOALS = {GROUPS: 1.0, 0: 0.4}
SHAPES = {GROUPS: f"{MANY} in {GROUPS} groups", 0: f"{MANY}, each its own group"}
_NUMBERS = count()


@dataclass
class Fed:
    """Starts one, feeds it, and weighs it: in kB an alert.

    `grew` has what an alert took of many, in what it took of few.
    """

    folder: Path
    groups: int
    is_ours: bool
    grew: list[float] = field(default_factory=list)

    async def __call__(self) -> float:
        """Tell the weight of an alert among many."""
        async with self._running() as (session, taker):
            await at_rest(taker.pid)
            empty = memory_of(taker.pid)
            each = []
            for begin, end in ((0, FEW), (FEW, MANY)):
                await feed(session, taker, alerts(range(begin, end), self.groups), BATCH)
                await self._done(taker, end)
                each.append((memory_of(taker.pid) - empty) * 1000 / end)
        self.grew.append(each[1] / each[0])
        return each[1]

    async def _done(self, taker: Taker, end: int) -> None:
        if self.is_ours and end == MANY:
            await SystemClock().sleep(LOOKED_AT_S)
        await at_rest(taker.pid)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[tuple[ClientSession, Taker]]:
        folder = self.folder / str(next(_NUMBERS))
        folder.mkdir()
        if not self.is_ours:
            async with ClientSession() as session, alertmanager(folder, session) as peer:
                yield session, peer
            return
        async with running_company(folder) as company, gateway(company) as ours:
            yield company.session, ours


@pytest.mark.parametrize("groups", SHAPES)
async def test_an_alert_takes_less_than_in_alertmanager(
    bench: Bench, tmp_path: Path, groups: int
) -> None:
    """What waits stands in the file; the more there is, the less each takes."""
    ours = Fed(tmp_path, groups, is_ours=True)
    peer, again = (Fed(tmp_path, groups, is_ours=False) for _ in range(2))
    weights = await in_turns_async({FLOOR: peer, AGAIN: again, OURS: ours})
    bench.note(SHAPES[groups], MANY, "alerts")
    grew = statistics.median(ours.grew)
    bench.note(f"Alertmanager, {MANY} to {FEW}", statistics.median(peer.grew), "times an alert")
    bench.at_most(f"ours, {MANY} to {FEW}", grew, "times an alert", 1.05, 1.5)
    bench.ratio(weights, most=GOALS[groups], gate=3 * GOALS[groups], unit="kB an alert")
