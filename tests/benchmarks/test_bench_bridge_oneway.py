"""What it takes to carry a message across, beside the smallest bridge that is durable too.

Seven conversations, each in a channel of its own. Both systems run in the test's process; service
and floor each have a company and a process of their own. Matterbridge cannot be had everywhere:
where it was measured, such a floor took 0.46 times its CPU, had 1.65 times its p50 and 2.1 times
its rate. Its goals (0.6, 2 and 1.8 times) are divided by that.
"""

import asyncio
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import pytest
from aiohttp import ClientSession

from gateway.demo.world import SHARED_SENDER
from tests.benchmarks.bare import page, post, signed_in
from tests.benchmarks.bridge_floor import Thread, Ways, running_bridge
from tests.benchmarks.distance import Distance, distant
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, ROUNDS, Bench, cpu_of
from tests.faults.alert_storm import CHANNELS
from tests.faults.company import Company, running_company
from tests.faults.senders import Senders
from tests.faults.waiting import until

pytestmark = pytest.mark.benchmark

AT_ONCE = 42
PHONE = "102"
PRODUCTION = {"visible_after_s": 20.0, "poll_s": 15.0}
GOALS = {"CPU": 1.3, "to the pager": 1.2, "to Slack": 1.2, "rush": 1.17}
UNITS = {"CPU": "ms", "rush": "s", "to the pager": "ms", "to Slack": "ms"}


@dataclass(frozen=True)
class Carrier:
    """A bridge between two systems, and its conversations: channel, root, the phone's copy."""

    company: Company
    pid: int
    to_slack: Distance
    to_pager: Distance
    conversations: list[tuple[str, str, str]]
    numbers: Iterator[int]

    async def measure(self) -> dict[str, float]:
        """Carry a round: a rush to the pager, then one by one both ways; CPU is per message."""
        spent, begun = cpu_of(self.pid), asyncio.get_running_loop().time()
        rush = [self.reply(n) for n in islice(self.numbers, AT_ONCE)]
        took = max(await asyncio.gather(*rush)) - begun
        back = [await self._timed(self.answer) for _ in self.conversations]
        there = [await self._timed(self.reply) for _ in range(AT_ONCE)]
        return {
            "CPU": (cpu_of(self.pid) - spent) * 1000 / (2 * AT_ONCE + len(back)),
            "rush": took,
            "to the pager": statistics.median(there) * 1000,
            "to Slack": statistics.median(back) * 1000,
        }

    async def _timed(self, say: Callable[[int], Awaitable[float]]) -> float:
        begun = asyncio.get_running_loop().time()
        return await say(next(self.numbers)) - begun

    async def reply(self, number: int) -> float:
        """Write in a thread; tells when it was at the pager."""
        channel, root, _ = self.conversations[number % len(self.conversations)]
        text = f"token{number:05} on it"
        typed = {"user": "U0DANA", "channel": channel, "text": text, "thread_ts": root}
        await self.company.slack_door.post("messages", typed)
        return await _seen(self.to_pager, number)

    async def answer(self, number: int) -> float:
        """Answer on a phone; tells when it was at Slack."""
        *_, copy = self.conversations[number % len(self.conversations)]
        body = {"from": PHONE, "text": f"token{number:05} on my way", "reply_on": copy}
        await self.company.pager_door.call("POST", "messages", body)
        return await _seen(self.to_slack, number)


async def _seen(where: Distance, number: int) -> float:
    async def look() -> float | None:
        return where.arrived.get(f"token{number:05}")

    return await until(look, f"message {number} on the other side")


async def copies(company: Company, *texts: str) -> list[str]:
    """Find on the phone what contains each text; gives the ids."""

    async def shown() -> list[str] | None:
        listed = await company.pager_door.phone(PHONE)
        found = [[str(m["id"]) for m in listed if text in m["text"]] for text in texts]
        return [ids[0] for ids in found] if all(found) else None

    return await until(shown, "every page on the phone")


@asynccontextmanager
async def ours(folder: Path) -> AsyncIterator[Carrier]:
    """Run the service, and page once in each channel."""
    async with (
        running_company(folder, **PRODUCTION) as company,
        distant(company.slack.url, 0.0) as to_slack,
        distant(company.pager.url, 0.0) as to_pager,
    ):
        text = company.config.read_text().replace(company.slack.url, to_slack.url)
        company.config.write_text(text.replace(company.pager.url, to_pager.url))
        async with company.service() as service:
            senders = Senders(company)
            pages = [await senders.page("U0DANA", PHONE, channel) for channel in CHANNELS]
            roots = [await senders.root(page) for page in pages]
            phones = await copies(company, *(page.token for page in pages))
            talks = list(zip(CHANNELS, roots, phones, strict=True))
            pid = service.process.pid or 0
            yield Carrier(company, pid, to_slack, to_pager, talks, count(1))


@asynccontextmanager
async def floor(folder: Path) -> AsyncIterator[Carrier]:
    """Run the floor, with a page and a message for each channel."""
    async with (
        running_company(folder) as company,
        distant(company.slack.url, 0.0) as to_slack,
        distant(company.pager.url, 0.0) as to_pager,
        ClientSession() as session,
    ):
        access = await signed_in(session, company)
        threads = [await begun(company, session, access, number) for number in range(len(CHANNELS))]
        ways = Ways(
            company.url,
            to_slack.url,
            to_pager.url,
            company.slack.bot_token,
            access,
            company.slack.signing_secret,
            SHARED_SENDER,
            folder / "journal",
            tuple(threads),
        )
        phones = await copies(company, *(f"page{n}" for n in range(len(CHANNELS))))
        talks = [(t.channel, t.root, copy) for t, copy in zip(threads, phones, strict=True)]
        async with running_bridge(session, ways) as pid:
            yield Carrier(company, pid, to_slack, to_pager, talks, count(1))


async def begun(company: Company, session: ClientSession, access: str, number: int) -> Thread:
    """Begin a conversation on the pager and a thread in its channel."""
    text, channel = f"page{number} water in room 5", CHANNELS[number]
    sent = await page(session, company.pager.url, access, PHONE, text)
    posted = await post(session, company.slack.url, company.slack.bot_token, channel, text)
    return Thread(channel, posted["ts"], sent["id"], str(sent["conversation"]["id"]))


async def test_a_message_crosses_as_fast_as_on_the_smallest_bridge(
    bench: Bench, tmp_path: Path
) -> None:
    """Durable before it is acknowledged; CPU, a rush, and one message each way."""
    async with AsyncExitStack() as stack:
        for name in ("floor", "ours"):
            (tmp_path / name).mkdir()
        bare = await stack.enter_async_context(floor(tmp_path / "floor"))
        service = await stack.enter_async_context(ours(tmp_path / "ours"))
        carriers = {FLOOR: bare, AGAIN: bare, OURS: service}
        for carrier in (bare, service):
            await carrier.measure()
        rounds = [
            {name: await carrier.measure() for name, carrier in carriers.items()}
            for _ in range(ROUNDS)
        ]
    for what, most in GOALS.items():
        times = {
            what if name == OURS else name: [each[name][what] for each in rounds]
            for name in carriers
        }
        bench.ratio(times, most=most, gate=30.0, one=what, unit=UNITS[what])
