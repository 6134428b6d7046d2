"""How fast a command is acknowledged while the pager hangs, beside a bare aiohttp program.

Three processes: the load with both foreign servers, the service, the floor. The service keeps
every command on disk before it answers; the floor keeps nothing.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.benchmarks.ack_floor import running_floor
from tests.benchmarks.measuring import Bench
from tests.faults.company import running_company
from tests.faults.storm import Storm
from tests.faults.test_hanging_pager import all_sent, hang

pytestmark = pytest.mark.benchmark

PER_S = 100.0
SECONDS = 10
MOST_P99_MS = 300.0
PRODUCTION = {"visible_after_s": 20.0, "poll_s": 15.0}


async def test_acknowledgement_while_the_pager_hangs(bench: Bench, tmp_path: Path) -> None:
    """100 commands a second for 10 s: p99 below 300 ms, none refused, each page sent once."""
    async with running_company(tmp_path, **PRODUCTION) as company, company.service():
        secret = company.slack.signing_secret
        await hang(company)
        async with running_floor(company) as bare:
            floor = Storm(company.session, bare.url, secret)
            await floor.blow(int(PER_S) * SECONDS, PER_S)
        storm = Storm(company.session, f"{company.url}/slack/events", secret)
        await storm.blow(int(PER_S) * SECONDS, PER_S)
        await company.pager_door.heal()
        found = await all_sent(company, storm, patience_s=120.0)
    for name, each in {"bare aiohttp": floor, "the gateway, pager hanging": storm}.items():
        for share in (0.5, 0.95):
            bench.note(f"{name}, p{share * 100:.0f}", each.percentile(share), "ms")
    bench.at_most("the gateway, p99", storm.percentile(0.99), "ms", 100.0, MOST_P99_MS)
    assert storm.refused == []
    assert found == Counter(storm.accepted)
