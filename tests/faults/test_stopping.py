"""SIGTERM in the middle of traffic: who is being served is served, others find a closed door."""

import asyncio
from collections import Counter
from pathlib import Path

from aiohttp import ClientSession, TCPConnector

from tests.faults.company import running_company
from tests.faults.storm import Storm
from tests.faults.test_hanging_pager import all_sent
from tests.faults.waiting import until

COUNT = 300
BEGUN = 50
PER_S = 100.0


async def test_nobody_in_flight_is_cut_off(tmp_path: Path) -> None:
    """Each command is acknowledged or never reached us; all acknowledged ones go out, once."""
    async with (
        running_company(tmp_path) as company,
        ClientSession(connector=TCPConnector(force_close=True)) as session,
    ):
        storm = Storm(session, f"{company.url}/slack/events", company.slack.signing_secret)

        async def begun() -> bool | None:
            return True if len(storm.accepted) > BEGUN else None

        async with company.service() as service, asyncio.TaskGroup() as group:
            group.create_task(storm.blow(COUNT, PER_S))
            await until(begun, "traffic")
            assert await service.stop() == 0
        async with company.service():
            found = await all_sent(company, storm, patience_s=60.0)
    assert set(storm.failed) == {"ClientConnectorError"}
    assert storm.refused == []
    assert found == Counter(storm.accepted)
