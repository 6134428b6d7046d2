"""A company on loopback: a pager and a Slack workspace that live on, a service that may die.

Both servers run in the test's own process and are reached over HTTP alone; the service runs in
child processes, one after the other, on the same files.
"""

import asyncio
import json
import multiprocessing
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector

from adapters.chat.slack_simulator import Limits, SlackServer, SlackServerConfig, running_slack
from adapters.pager.embedded import PagerServerConfig, RateLimits, RunningPager, running_pager
from gateway.demo.doors import PagerDoor, SlackDoor
from gateway.demo.world import SHARED_SENDER, demo_files, free_port
from tests.faults.killable import PRELOADED, Kill, Orders, run
from tests.faults.waiting import until

LINKED = {"U0DANA": "104", "U0PRIYA": "110"}
KNOWN = {"U0AVERY": "101", "U0BO": "102", "U0JOSE": "118"}
OPS_CHANNEL = "C0OPS"
PROGRAM_TOKEN = "a-token-of-the-rehearsal"
WORKSPACE = Path(__file__).with_name("workspace.yaml")
VISIBLE_AFTER_S = 0.4
KILLED = -signal.SIGKILL
_LAST_LINES = 60

Json = dict[str, Any]


@dataclass(repr=False)
class Company:
    """The two servers and their doors, and where the service keeps its data."""

    pager: RunningPager
    slack: SlackServer
    pager_door: PagerDoor
    slack_door: SlackDoor
    session: ClientSession
    folder: Path
    url: str
    admin_url: str
    database_url: str = ""
    """Of PostgreSQL; empty when the runs share a file of this folder."""
    _runs: list["Service"] = field(default_factory=list)

    @property
    def config(self) -> Path:
        """The settings file of every run."""
        return self.folder / "gateway.toml"

    @property
    def log(self) -> Path:
        """Where all runs log."""
        return self.folder / "gateway.log"

    @property
    def database(self) -> Path:
        """Where all runs keep what they must not forget, unless they do so in PostgreSQL."""
        return self.folder / "gateway.db"

    @property
    def socket(self) -> Path:
        """Where the service takes commands."""
        return self.folder / "control.sock"

    def start(self, kill: Kill | None = None, without: frozenset[str] = frozenset()) -> "Service":
        """Start the service on this company's data."""
        service = Service.started(Orders(self.config, self.log, kill, without))
        self._runs.append(service)
        return service

    @asynccontextmanager
    async def service(
        self, kill: Kill | None = None, without: frozenset[str] = frozenset()
    ) -> AsyncIterator["Service"]:
        """Run the service for the length of the block; it need not live that long."""
        service = self.start(kill, without)
        try:
            await self.answers(service)
            yield service
        finally:
            await service.end()

    async def answers(self, service: "Service") -> None:
        """Return when the service listens, or has ended already."""

        async def look() -> bool | None:
            if not service.is_alive:
                return True
            with suppress(ClientError):
                async with self.session.get(f"{self.url}/healthz") as response:
                    return True if response.status == 200 else None
            return None

        await until(look, "the service listening")

    async def outbox(self) -> Mapping[str, int] | None:
        """Count open deliveries; only for knowing when to look, never for proving anything."""
        with suppress(ClientError, TimeoutError):
            async with self.session.get(f"{self.admin_url}/-/status") as response:
                status = await response.json()
                outbox: Mapping[str, int] = status["outbox"]
                return outbox
        return None

    async def control(self, path: str) -> Json:
        """Ask the running service what its operator would ask."""
        connector = UnixConnector(str(self.socket))
        async with ClientSession("http://gateway", connector=connector) as session:
            found: Json = await (await session.get(path)).json()
            return found

    async def deliveries(self) -> list[Json]:
        """List what Slack sent to the service, each attempt with its outcome."""
        async with self.session.get(f"{self.slack.url}/_sim/log") as response:
            listed: list[Json] = (await response.json())["deliveries"]
            return listed

    async def attempts_to_tell(self, ts: str, count: int) -> list[int | None]:
        """Wait until Slack has tried `count` times to tell of a message; gives the answers."""

        async def tried() -> list[int | None] | None:
            told = [
                one["status"]
                for one in await self.deliveries()
                if one["payload"].get("event", {}).get("ts") == ts
            ]
            return told if len(told) >= count else None

        return await until(tried, f"{count} attempts to tell of {ts}")

    async def slack_waits(self, seconds: float) -> None:
        """Let Slack's time pass: its retries come after one minute and after five."""
        await self.slack_door.post("clock", {"advance_s": seconds})

    def end(self) -> None:
        """Leave no process behind."""
        for service in self._runs:
            service.kill()


@dataclass
class Service:
    """One run of the service."""

    process: ForkServerProcess

    @classmethod
    def started(cls, orders: Orders) -> "Service":
        """Fork it."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(PRELOADED))
        process = context.Process(target=run, args=(orders,), daemon=True)
        process.start()
        return cls(process)

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process.is_alive()

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        loop.add_reader(self.process.sentinel, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(self.process.sentinel)
        self.process.join()
        return self.process.exitcode or 0

    def kill(self) -> None:
        """Send SIGKILL, if it is still there."""
        if self.process.is_alive():
            self.process.kill()

    async def end(self) -> None:
        """Kill it and wait until it is gone."""
        self.kill()
        await self.ended()

    async def stop(self) -> int:
        """Send SIGTERM and wait."""
        self.process.terminate()
        return await self.ended()


def end_of(log: Path) -> str:
    """Read why a service ended; the folder is gone when somebody looks."""
    return "\n".join(log.read_text(encoding="utf-8").splitlines()[-_LAST_LINES:])


@asynccontextmanager
async def running_company(
    folder: Path, database_url: str = "", /, **delivery: float
) -> AsyncIterator[Company]:
    """Run both servers for the length of the block; `delivery` overrides settings of that name."""
    port, admin_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    pager_config = PagerServerConfig(
        directory=demo_files() / "directory.yaml",
        dev_credentials=True,
        admin=True,
        limits=RateLimits.off(),
        notification_lag_s=0.02,
    )
    slack_config = SlackServerConfig(
        workspace=WORKSPACE,
        events_url=f"{url}/slack/events",
        limits=Limits.without_rates(),
    )
    async with (
        running_pager(pager_config) as pager,
        running_slack(slack_config) as slack,
        ClientSession(timeout=ClientTimeout(total=30)) as session,
    ):
        company = Company(
            pager,
            slack,
            PagerDoor(session, pager.url),
            SlackDoor(session, slack.url),
            session,
            folder,
            url,
            f"http://127.0.0.1:{admin_port}",
            database_url,
        )
        company.config.write_text(_settings(company, port, admin_port, delivery))
        try:
            yield company
        finally:
            company.end()


def _settings(company: Company, port: int, admin_port: int, delivery: Mapping[str, float]) -> str:
    """Write the settings an operator would write, with little patience."""
    pager, slack, folder = company.pager, company.slack, company.folder
    patience = {"visible_after_s": VISIBLE_AFTER_S, "poll_s": 0.3, **delivery}
    tables: dict[str, Mapping[str, object]] = {
        "server": {"port": port},
        "admin": {"port": admin_port, "socket": str(company.socket)},
        "database": {"url": company.database_url or f"sqlite:///{company.database}"},
        "vault": {"key_file": str(folder / "gateway.key")},
        "slack": {
            # Else a first start asks Slack for it, and ends when a loaded machine answers late.
            "team": "T0ACME",
            "bot_token": slack.bot_token,
            "signing_secret": slack.signing_secret,
            "api_url": slack.api_url,
            "ops_channel": OPS_CHANNEL,
            "timeout_s": 1.0,
        },
        "pager": {
            "server_url": pager.url,
            "client_id": pager.client_id,
            "client_secret": pager.client_secret,
            "jwt": pager.jwt[SHARED_SENDER],
            "public_url": company.url,
        },
        "pager.timeouts": {"read_s": 0.5, "total_s": 1.0},
        "pager.rates": {"light": 1_000_000, "medium": 1_000_000, "auth": 1_000},
        "delivery": patience,
    }
    client: dict[str, object] = {"name": "ci", "tokens": [PROGRAM_TOKEN], "to": "any"}
    client |= {"channels": ["C0PROGRAM"], "per_minute": 1000}
    people = [
        {"chat_user": user, "extension": number, "jwt": pager.jwt[number]}
        for user, number in LINKED.items()
    ] + [{"chat_user": user, "extension": number} for user, number in KNOWN.items()]
    return "\n".join(
        [
            *(f"[{name}]\n{_lines(table)}" for name, table in tables.items()),
            *(f"[[people]]\n{_lines(person)}" for person in people),
            f"[[api.clients]]\n{_lines(client)}",
        ]
    )


def _lines(table: Mapping[str, object]) -> str:
    """Write a table's values; what JSON writes for texts and numbers is TOML, too."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
