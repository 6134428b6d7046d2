"""Two thousand connections that take their time keep nobody else out (T21)."""

import asyncio
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector
from yarl import URL

from tests.faults.company import running_company
from tests.faults.senders import Senders
from tests.faults.storm import Storm
from tests.faults.test_hanging_pager import all_sent

CROWD = 2000
COUNT, PER_S = 200, 25.0
"""As long as the slowest may stay: ten seconds for a body."""
HEAD = b"POST /slack/events HTTP/1.1\r\nHost: gateway\r\n"
KINDS = {
    "a letter": b"P",
    "half a head": HEAD,
    "half a body": HEAD + b"Content-Length: 9\r\n\r\ntext",
}
FEW = COUNT // 20
"""While all of them come at once, somebody else who comes at that moment may have to try again."""
GONE_WITHIN_S = 12.0


class Crowd:
    """Comes at once, and stays for as long as it is let."""

    def __init__(self, door: URL) -> None:
        self._door = door
        self.gone = 0

    async def stay(self, said: bytes) -> None:
        """Begin to say something, and wait."""
        with suppress(ConnectionError, TimeoutError):
            reader, writer = await asyncio.open_connection(self._door.host, self._door.port)
            try:
                writer.write(said)
                async with asyncio.timeout(GONE_WITHIN_S):
                    while await reader.read(1000):
                        pass
                self.gone += 1
            except ConnectionError:
                self.gone += 1
            finally:
                writer.close()


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [list(KINDS), *([kind] for kind in KINDS)], ids="+".join)
async def test_a_slow_crowd_keeps_nobody_out(tmp_path: Path, kinds: list[str]) -> None:
    """Signed commands, each on a connection of its own, are taken and sent once; slow ones go."""
    async with (
        running_company(tmp_path) as company,
        company.service(),
        ClientSession(connector=TCPConnector(force_close=True)) as session,
    ):
        await Senders(company, _last=COUNT).page_surely("U0DANA", "102", "C0PERSON")
        crowd = Crowd(URL(company.url))
        storm = Storm(session, f"{company.url}/slack/events", company.slack.signing_secret)
        async with asyncio.TaskGroup() as group:
            for _, kind in zip(range(CROWD), cycle(kinds), strict=False):
                group.create_task(crowd.stay(KINDS[kind]))
            await storm.blow(COUNT, PER_S)
        found = await all_sent(company, storm, patience_s=20.0)
    assert len(storm.failed) <= FEW
    assert storm.refused == []
    assert set(storm.accepted) <= set(found)
    assert set(found.values()) == {1}
    assert crowd.gone == CROWD
