"""What a reply costs, thread to pager and back, among a thousand and a million open threads.

The foreign systems are the fakes of the contract suites, the database is the real one. Sixty
conversations are led; all others stand beside them, as rows like theirs.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import pytest

from gateway.domain.ids import ExtensionNumber, PagerMessageId
from gateway.domain.pages import Page
from tests.benchmarks.crowd import crowd
from tests.benchmarks.measuring import AGAIN, FLOOR, Bench, in_turns_async
from tests.services.acme import Acme, running_acme

pytestmark = pytest.mark.benchmark

CONVERSATIONS = 60
SIZES = {"100,000": 100_000, "1,000,000": 1_000_000}


@dataclass(frozen=True)
class Conversation:
    """A page with its thread, and where Bo's phone answers it."""

    page: Page
    on_the_phone: PagerMessageId


@dataclass
class Talk:
    """Leads its conversations, and sees whether each reply is where it belongs."""

    acme: Acme
    conversations: list[Conversation]
    numbers: "count[int]"

    async def __call__(self) -> float:
        """Reply in every thread and on every phone; gives the CPU seconds."""
        number = next(self.numbers)
        begun = time.process_time()
        for each in self.conversations:
            await self.acme.reply(each.page, f"thread {number}")
        await self.acme.work()
        for each in self.conversations:
            text = f"phone {number} on {each.page.ref}."
            self.acme.pager.phone(ExtensionNumber("102"), text, reply_on=each.on_the_phone)
        await self.acme.read("104")
        spent = time.process_time() - begun
        await self._are_right(number)
        return spent

    async def _are_right(self, number: int) -> None:
        sent = self.acme.sent(f"thread {number} ")
        assert sorted(sent) == sorted(f"thread {number} {c.page.ref}" for c in self.conversations)
        for each in self.conversations:
            shown = [str(posted.content) for posted in await self.acme.shown(each.page.ref)]
            assert sum(f"phone {number} on {each.page.ref}." in text for text in shown) == 1


@asynccontextmanager
async def talking(threads: int) -> AsyncIterator[Talk]:
    """Run a company with so many open threads for the length of the block."""
    async with running_acme() as acme:
        conversations = []
        for number in range(CONVERSATIONS):
            page = await acme.page(f"102 Page {number}")
            await acme.work()
            newest = acme.pager.newest(ExtensionNumber("102"))
            conversations.append(Conversation(page, newest.id))
        await crowd(acme.disk.engine, threads)
        yield Talk(acme, conversations, count(1))


@pytest.mark.parametrize("size", SIZES)
async def test_a_reply_costs_the_same_among_a_million_threads(bench: Bench, size: str) -> None:
    """All arrive where they belong, and cost at most 1.15 times what they do among a thousand."""
    async with talking(1000) as few, talking(1000) as others, talking(SIZES[size]) as many:
        for talk in (few, others, many):
            await talk()
        times = await in_turns_async({FLOOR: few, AGAIN: others, size: many})
    bench.ratio(times, most=1.15, gate=1.5, one=size)
