"""How long it takes from Enter until the answer, until the page is sent, and until it is visible.

Slack is 40 ms away and the pager 80 ms, there and back; the service runs in a process of its own.
The floor is what nobody can avoid: the command travels, a bare client pages, and then posts.
"""

import asyncio
import json
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from aiohttp import ClientSession

from gateway.system import SystemClock
from tests.benchmarks.bare import page, post, signed_in
from tests.benchmarks.distance import Distance, distant
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, ROUNDS, Bench
from tests.faults.alert_storm import CHANNELS as EVERY_CHANNEL
from tests.faults.alert_storm import Sender, Storm
from tests.faults.company import OPS_CHANNEL, Company, running_company
from tests.faults.storm import command, signed
from tests.faults.waiting import until

pytestmark = pytest.mark.benchmark

CHANNELS = tuple(channel for channel in EVERY_CHANNEL if channel != OPS_CHANNEL)
SLACK_S, PAGER_S = 0.04, 0.08
PATHS = 15
"""In a round."""
STORM = Storm(alerts=10_000, seconds=20, groups=50, batch=20, per_minute=240)
STORM_PATHS = 60
UNTIL = ("acknowledged", "sent", "visible")
GATE = 3.0
"""Beyond so many floors it fails, on shared machines."""


@dataclass(frozen=True)
class Walk:
    """Seconds from Enter."""

    acknowledged: float
    sent: float
    visible: float


@dataclass(frozen=True)
class Country:
    """A company whose systems are far from each other."""

    company: Company
    to_gateway: Distance
    to_slack: Distance
    to_pager: Distance
    session: ClientSession
    numbers: Iterator[int]

    async def page(self) -> Walk:
        """Type `/page`, and see when it is where."""
        loop, number = asyncio.get_running_loop(), next(self.numbers)
        token = f"token{number:05}"
        form = dict(parse_qsl(command(token, "U0DANA").decode()))
        body = urlencode({**form, "channel_id": CHANNELS[number % len(CHANNELS)]}).encode()
        headers = signed(body, self.company.slack.signing_secret)
        begun, url = loop.time(), f"{self.to_gateway.url}/slack/events"
        async with self.session.post(url, data=body, headers=headers) as answer:
            assert "Sending" in await answer.text()
        acknowledged = loop.time() - begun
        visible = await self._seen(self.to_slack, token) - begun
        return Walk(acknowledged, self.to_pager.arrived[token] - begun, visible)

    async def unavoidable(self, access: str) -> Walk:
        """Do as a bare client does whom nothing holds up."""
        loop, number = asyncio.get_running_loop(), next(self.numbers)
        token, begun = f"token{number:05}", loop.time()
        async with self.session.get(f"{self.to_gateway.url}/healthz") as answer:
            assert answer.ok
        here = loop.time()
        travelled = (here - begun) / 2
        text, channel = f"{token} water in room 5", CHANNELS[number % len(CHANNELS)]
        await page(self.session, self.to_pager.url, access, "118", text)
        bot_token = self.company.slack.bot_token
        await post(self.session, self.to_slack.url, bot_token, channel, text)
        sent = travelled + self.to_pager.arrived[token] - here
        return Walk(here - begun, sent, travelled + self.to_slack.arrived[token] - here)

    async def _seen(self, where: Distance, token: str) -> float:
        async def look() -> float | None:
            return where.arrived.get(token)

        return await until(look, f"{token} there")


def tell_elsewhere(company: Company) -> None:
    """Show all alerts in one channel: Slack takes a message a second in each, whoever writes."""
    file = company.folder / "routes.json"
    routes = json.loads(file.read_text())
    for receiver in routes["receivers"]:
        receiver["channel"] = OPS_CHANNEL
    file.write_text(json.dumps(routes))


@asynccontextmanager
async def far_apart(folder: Path, storm: Storm | None = None) -> AsyncIterator[Country]:
    """Run the service with everything far away for the length of the block."""
    async with (
        running_company(folder) as company,
        distant(company.url, SLACK_S) as to_gateway,
        distant(company.slack.url, SLACK_S) as to_slack,
        distant(company.pager.url, PAGER_S) as to_pager,
        ClientSession() as session,
    ):
        if storm:
            storm.set_up(company)
            tell_elsewhere(company)
        text = company.config.read_text().replace(company.slack.url, to_slack.url)
        company.config.write_text(text.replace(company.pager.url, to_pager.url))
        async with company.service():
            country = Country(company, to_gateway, to_slack, to_pager, session, count(1))
            for _ in range(3):
                await country.page()
            yield country


async def test_a_page_takes_little_longer_than_its_round_trips(
    bench: Bench, tmp_path: Path
) -> None:
    """At most 1.05 times what the distances take (p50), until it is answered, sent and seen."""
    rounds: dict[str, list[list[Walk]]] = {FLOOR: [], AGAIN: [], OURS: []}
    async with far_apart(tmp_path) as country:
        access = await signed_in(country.session, country.company)
        await country.unavoidable(access)
        bare = partial(country.unavoidable, access)
        walks: dict[str, Callable[[], Awaitable[Walk]]] = {
            FLOOR: bare,
            AGAIN: bare,
            OURS: country.page,
        }
        for _ in range(ROUNDS):
            for name, walk in walks.items():
                rounds[name].append([await walk() for _ in range(PATHS)])
    for until_what in UNTIL:
        times = {
            until_what if name == OURS else name: [
                statistics.median(getattr(path, until_what) for path in each) * 1000
                for each in paths
            ]
            for name, paths in rounds.items()
        }
        bench.ratio(times, most=1.05, gate=GATE, one=until_what, unit="ms")


async def test_a_page_in_a_storm_takes_little_longer(bench: Bench, tmp_path: Path) -> None:
    """Amid 10,000 alerts in 20 s: at most 1.25 times what the distances take (the longest)."""
    async with far_apart(tmp_path, STORM) as country:
        access, walked = await signed_in(country.session, country.company), []
        quiet = [await country.unavoidable(access) for _ in range(PATHS)]
        async with asyncio.TaskGroup() as group:
            group.create_task(Sender(country.company).blow(STORM))
            for _ in range(STORM_PATHS):
                walked.append(await country.page())
                await SystemClock().sleep(STORM.seconds / STORM_PATHS - walked[-1].visible)
    for until_what in UNTIL:
        least = statistics.median(getattr(path, until_what) for path in quiet)
        each = sorted(getattr(path, until_what) for path in walked)
        bench.note(f"{until_what} in a storm, p50", statistics.median(each) * 1000, "ms")
        bench.note(f"{until_what} in a storm, longest", each[-1] * 1000, "ms")
        longest = each[-1] / least
        bench.at_most(f"{until_what} in a storm, longest / floor", longest, "times", 1.25, 60.0)
