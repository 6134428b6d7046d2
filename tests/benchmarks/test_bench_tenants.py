"""What an acknowledged command costs a process with several workspaces, beside one with one.

As many commands over as many connections, spread over the workspaces. Each has a database of its
own, so what shares a commit in one workspace does not in twenty.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from aiohttp import ClientError, ClientSession, TCPConnector, web

from adapters.listening import Listener
from gateway.demo.world import free_port
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, cpu_of, in_turns_async, memory_of
from tests.faults.storm import command, signed
from tests.faults.waiting import until

pytestmark = pytest.mark.benchmark

MANY = 20
CONNECTIONS = 32
COMMANDS = 600
SECRET = "the-app-has-one"


def team(number: int) -> str:
    return f"T0TEAM{number:02d}"


async def a_slack(request: web.Request) -> web.Response:
    """Tell each token which workspace it is, and of everybody that they belong there."""
    whose = request.headers["Authorization"].rpartition("-")[2]
    user = (await request.post()).get("user", "U1")
    answer = {
        "ok": True,
        "team_id": whose,
        "user_id": "U0BOT",
        "bot_id": "B0BOT",
        "user": {"id": user, "team_id": whose, "real_name": "Some Body"},
        "channel": request.query.get("channel", "C1"),
        "ts": "1.000001",
    }
    return web.json_response(answer)


@asynccontextmanager
async def running_slack() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/api/{method}", a_slack)
    runner = Listener(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        yield f"http://127.0.0.1:{await runner.listen('127.0.0.1', 0)}/api/"
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class Street:
    """A gateway with so many workspaces, in a process of its own."""

    workspaces: int
    folder: Path
    api_url: str
    session: ClientSession
    port: int = field(default_factory=free_port)
    admin_port: int = field(default_factory=free_port)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Process]:
        """Start it, and wait until all are open."""
        self._write()
        run = ("-m", "gateway", "run", "--config", str(self.folder / "gateway.toml"))
        process = await create_subprocess_exec(
            sys.executable, *run, stderr=DEVNULL, cwd=self.folder
        )
        try:
            await until(self._all_open, f"{self.workspaces} workspaces open", 120.0)
            yield process
        finally:
            process.kill()
            await process.wait()

    def _write(self) -> None:
        further = self.folder / "workspaces.d"
        further.mkdir(parents=True)
        for number in range(1, self.workspaces):
            slack = f'[slack]\nteam = "{team(number)}"\nbot_token = "xoxb-{team(number)}"\n'
            rest = '[pager]\nbackend = "embedded"\n[policy]\nundo_s = 60.0\n'
            (further / f"{number}.toml").write_text(slack + rest, encoding="utf-8")
        (self.folder / "gateway.toml").write_text(
            f'[slack]\nteam = "{team(0)}"\nbot_token = "xoxb-{team(0)}"\n'
            f'signing_secret = "{SECRET}"\napi_url = "{self.api_url}"\n'
            f'[workspaces]\nfolder = "{further}"\n[policy]\nundo_s = 60.0\n'
            f"[server]\nport = {self.port}\n[admin]\nport = {self.admin_port}\n",
            encoding="utf-8",
        )

    async def _all_open(self) -> bool | None:
        with suppress(ClientError):
            url = f"http://127.0.0.1:{self.admin_port}/-/status"
            async with self.session.get(url) as answer:
                known = (await answer.json())["workspaces"].values()
                return (
                    True
                    if [each["ready"] for each in known].count(True) >= self.workspaces
                    else None
                )
        return None

    def rush(self, pid: int, numbers: Iterator[int]) -> Callable[[], Awaitable[float]]:
        """Measure the CPU seconds of many commands, spread over all workspaces."""

        async def send(todo: Iterator[int]) -> None:
            for _ in todo:
                number = next(numbers)
                form = dict(parse_qsl(command(f"no{number:06d}", f"U{number % 7}").decode()))
                body = urlencode({**form, "team_id": team(number % self.workspaces)}).encode()
                url = f"http://127.0.0.1:{self.port}/slack/events"
                headers = signed(body, SECRET)
                async with self.session.post(url, data=body, headers=headers) as answer:
                    await answer.read()
                    assert answer.status == 200

        async def measure() -> float:
            begun, todo = cpu_of(pid), iter(range(COMMANDS))
            async with asyncio.TaskGroup() as group:
                for _ in range(CONNECTIONS):
                    group.create_task(send(todo))
            return cpu_of(pid) - begun

        return measure


async def test_a_command_costs_as_much_with_many_workspaces(bench: Bench, tmp_path: Path) -> None:
    """At most 1.1 times the CPU, for as many commands in all."""
    numbers = count(1)
    async with AsyncExitStack() as stack:
        api_url = await stack.enter_async_context(running_slack())
        session = ClientSession(connector=TCPConnector(limit=CONNECTIONS))
        await stack.enter_async_context(session)
        alone = Street(1, tmp_path / "one", api_url, session)
        street = Street(MANY, tmp_path / "many", api_url, session)
        of_one = (await stack.enter_async_context(alone.running())).pid
        of_many = (await stack.enter_async_context(street.running())).pid
        one, many = alone.rush(of_one, numbers), street.rush(of_many, numbers)
        await one()
        await many()
        times = await in_turns_async({FLOOR: one, AGAIN: one, OURS: many})
        more_mb = (memory_of(of_many) - memory_of(of_one)) / (MANY - 1)
        bench.note("memory of one more workspace", more_mb, "MB")
    bench.ratio(times, most=1.1, gate=3.0)
