"""What a thread that nobody uses takes in the service's memory, among a million of them.

Three services run, two with few threads and one with many, all on disk; in each round each hears
of a thousand threads it did not look at before. What is more in the last than in the first is what
the rest of its threads take. A dictionary of the same is noted beside it.
"""

import asyncio
import json
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from adapters.storage import open_store
from tests.benchmarks.crowd import crowd
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, ROUNDS, Bench, in_turns_async, memory_of
from tests.benchmarks.test_bench_restart_pending import paged_once
from tests.fakes.clock import MovedClock
from tests.faults.company import Company, running_company
from tests.faults.storm import signed
from tests.faults.waiting import listening, until

pytestmark = pytest.mark.benchmark

TOUCHED = 1000
FEW = TOUCHED * (ROUNDS + 1)
MANY = 1_000_000
CONNECTIONS = 8
KEYS = "SELECT COUNT(*) FROM inbox WHERE key LIKE 'slack:message:%'"
DICTIONARY = """
import os, sys
def resident(): return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before, rows = resident(), 100_000
threads = {("T0ACME", "C0OPS", f"{n}.0"): (f"pg_{n}", "104", f"c{n}", f"m{n}") for n in range(rows)}
conversations = {("104", row[2]): thread for thread, row in threads.items()}
print((resident() - before) / rows)
"""


async def fill(company: Company, threads: int) -> None:
    """Put the crowd into the file while nobody has it open."""
    url = f"sqlite:///{company.database}"
    async with await open_store(url, migrate=False, clock=MovedClock()) as opened:
        await crowd(opened.engine, threads)


@asynccontextmanager
async def running(company: Company) -> AsyncIterator[int]:
    """Run the service as an operator does; gives its process id."""
    command = ("-m", "gateway", "run", "--config", str(company.config))
    process = await create_subprocess_exec(sys.executable, *command, stderr=DEVNULL)

    try:
        await listening(company.session, f"{company.url}/healthz", "the service")
        yield process.pid
    finally:
        process.kill()
        await process.wait()


def event(number: int) -> bytes:
    """Tell of a note that Dana wrote in a thread: it is looked up, and stays where it is."""
    message = {
        "type": "message",
        "channel": "C0OPS",
        "channel_type": "channel",
        "user": "U0DANA",
        "team": "T0ACME",
        "text": "// a note",
        "ts": f"1767225600.{number:06}",
        "thread_ts": f"{number}.0",
        "event_ts": f"1767225600.{number:06}",
    }
    envelope = {
        "type": "event_callback",
        "team_id": "T0ACME",
        "api_app_id": "A0PAGER",
        "event_id": f"EvCOLD{number}",
        "event_time": 1767225600,
        "authorizations": [{"team_id": "T0ACME", "user_id": "U0PAGER", "is_bot": True}],
        "event": message,
    }
    return json.dumps(envelope).encode()


def hearing(company: Company, pid: int) -> Callable[[], Awaitable[float]]:
    """Measure its memory in MB after it heard of a thousand further threads."""
    numbers = iter(range(1, FEW + 1))

    async def tell(todo: list[int]) -> None:
        while todo:
            body = event(todo.pop())
            headers = {
                **signed(body, company.slack.signing_secret),
                "Content-Type": "application/json",
            }
            url = f"{company.url}/slack/events"
            async with company.session.post(url, data=body, headers=headers) as answer:
                assert answer.status == 200

    async def measure() -> float:
        todo = list(islice(numbers, TOUCHED))
        await asyncio.gather(*(tell(todo) for _ in range(CONNECTIONS)))
        return memory_of(pid)

    return measure


async def all_looked_up(company: Company) -> bool | None:
    """Tell whether all notes were found to stand in threads of ours."""
    with closing(sqlite3.connect(f"file:{company.database}?mode=ro", uri=True)) as database:
        ((count,),) = database.execute(KEYS)
        return True if count == FEW else None


async def dictionary() -> float:
    """Tell how many bytes a thread takes in two dictionaries, one for each direction."""
    process = await create_subprocess_exec(sys.executable, "-c", DICTIONARY, stdout=PIPE)
    told, _ = await process.communicate()
    return float(told)


async def test_a_cold_thread_takes_next_to_nothing(bench: Bench, tmp_path: Path) -> None:
    """At most 50 bytes each; the whole process 150 MB with a million."""
    sizes = {FLOOR: FEW, AGAIN: FEW, OURS: MANY}
    async with AsyncExitStack() as stack:
        contenders, companies = {}, []
        for name, threads in sizes.items():
            folder = tmp_path / name
            folder.mkdir()
            company = await stack.enter_async_context(running_company(folder))
            await paged_once(company)
            await fill(company, threads)
            pid = await stack.enter_async_context(running(company))
            contenders[name] = hearing(company, pid)
            companies.append(company)
        await in_turns_async(contenders, rounds=1)
        memory = await in_turns_async(contenders)
        for company in companies:
            await until(partial(all_looked_up, company), "every note")
    each = [
        (many - few) * 1e6 / (MANY - FEW)
        for few, many in zip(memory[FLOOR], memory[OURS], strict=True)
    ]
    bench.note("in two dictionaries, a thread", await dictionary(), "bytes")
    bench.at_most("a cold thread", sorted(each)[len(each) // 2], "bytes", 50, 100)
    bench.at_most("the whole process, 1,000,000 threads", max(memory[OURS]), "MB", 150, 250)
    grown = (memory[OURS][-1] - memory[OURS][0]) * 1e6 / (TOUCHED * (ROUNDS - 1))
    bench.note("a thread that is looked at, one more", grown, "bytes")
    bench.ratio(memory, most=1.5, gate=2.0, unit="MB")
