"""A storm of alerts from a process of its own.

Who times acknowledgements beside it has an event loop to itself.
"""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from multiprocessing.connection import Connection

from aiohttp import ClientSession

from gateway.system import SystemClock
from tests.benchmarks.alert_takers import HEADERS
from tests.faults.alert_storm import Storm

Answers = Counter[int]
"""How many bodies had which answer; whoever was asked to come again did, while it blew."""

_AGAIN_S = 0.2


@asynccontextmanager
async def blowing(url: str, storm: Storm) -> AsyncIterator[Answers]:
    """Let it blow at an address while the block runs, from its beginning; then wait for its end."""
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe()
    process = context.Process(target=_blow, args=(url, storm, there), daemon=True)
    process.start()
    answers = Answers()
    try:
        await asyncio.to_thread(here.recv)
        here.send("go")
        yield answers
        answers.update(await asyncio.to_thread(here.recv))
    finally:
        process.kill()
        process.join()


def _blow(url: str, storm: Storm, there: Connection) -> None:
    bodies = list(storm.bodies())
    there.send("ready")
    there.recv()
    there.send(asyncio.run(_sent(url, bodies, storm.seconds)))


async def _sent(url: str, bodies: list[bytes], seconds: float) -> Answers:
    clock, answers = SystemClock(), Answers()
    start, apart = clock.monotonic(), seconds / len(bodies)

    async def say(session: ClientSession, body: bytes) -> None:
        over = start + seconds
        while await post(session, body) == HTTPStatus.SERVICE_UNAVAILABLE:
            if clock.monotonic() > over:
                return
            await clock.sleep(_AGAIN_S)

    async def post(session: ClientSession, body: bytes) -> int:
        async with session.post(url, data=body, headers=HEADERS) as answer:
            await answer.read()
            answers[answer.status] += 1
            return answer.status

    async with ClientSession() as session, asyncio.TaskGroup() as group:
        for number, body in enumerate(bodies):
            await clock.sleep(max(start + number * apart - clock.monotonic(), 0))
            group.create_task(say(session, body))
    return answers
