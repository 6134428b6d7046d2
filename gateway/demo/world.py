"""The demo's world: the production application between the company pager and a Slack workspace.

Both servers listen on loopback ports of their own and are reached over real HTTP. Nothing in the
application knows that it is a demo; only its clock can be moved.
"""

import errno
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from aiohttp import ClientSession
from pydantic import SecretStr

from adapters.alerts.registry import AlertSettings
from adapters.chat.slack import SlackSettings
from adapters.chat.slack_simulator import Limits, SlackServer, SlackServerConfig, running_slack
from adapters.pager.embedded import PagerServerConfig, RunningPager, running_pager
from adapters.registry import RingCentralBackend
from gateway.bootstrap import RunningGateway, Seams, running_gateway
from gateway.demo.alarms import AlarmDoor, alarm_settings
from gateway.demo.clock import MovableClock
from gateway.demo.doors import PagerDoor, SlackDoor
from gateway.demo.player import Player
from gateway.demo.programs import ProgramDoor, program_settings
from gateway.demo.scenario import Scenario, load_scenarios
from gateway.domain.routing.routes import Routes
from gateway.settings import (
    AdminSettings,
    DatabaseSettings,
    DeliverySettings,
    DirectorySettings,
    PersonSettings,
    RoutingSettings,
    ServerSettings,
    Settings,
    VaultSettings,
)
from gateway.shipped import shipped
from gateway.system import SystemClock, SystemIds

SHARED_SENDER = "700"
_FIRST_PORT, _PORTS_MOST = 20_000, 12_000
_PORTS = islice(
    cycle(range(_FIRST_PORT, _FIRST_PORT + _PORTS_MOST)), os.getpid() * 97 % _PORTS_MOST, None
)
_PEOPLE = {"U0DANA": "104"}
_KNOWN = {
    "U0AVERY": "101",
    "U0BO": "102",
    "U0CASEY": "103",
    "U0LEE": "119",
    "U0SAM": "214",
    "U0JOSE": "118",
    "U0PRIYA": "110",
}
_MANAGERS = {"400": ("110",), "401": ("118",), "402": ("110",), "403": ("211",), "404": ("501",)}


def demo_files() -> Path:
    """Find the demo's company and scenarios."""
    return shipped("demo")


@dataclass(frozen=True, repr=False)
class World:
    """Everything that runs, and the doors to it."""

    gateway: RunningGateway
    slack: SlackServer
    pager: RunningPager
    slack_door: SlackDoor
    pager_door: PagerDoor
    alarms: AlarmDoor
    programs: ProgramDoor
    clock: MovableClock
    scenarios: tuple[Scenario, ...]

    async def advance(self, seconds: float) -> None:
        """Move the clocks of all three together."""
        self.clock.advance(seconds)
        await self.pager_door.call("POST", "clock", {"advance_s": seconds})
        await self.slack_door.post("clock", {"advance_s": seconds, "with_app": True})

    def player(self) -> Player:
        """Make a player whose patience runs on real time."""
        doors = (self.slack_door, self.pager_door, self.alarms, self.programs)
        return Player(*doors, SystemClock(), self.advance)


@dataclass(frozen=True)
class DemoOptions:
    """`data` keeps the world's state in a folder; `origin` may look into both servers.

    `database` replaces the SQLite file of the gateway; its routes are looked at every `watch_s`.
    """

    data: Path | None = None
    database: str = ""
    rules: Routes | None = None
    alerts: AlertSettings | None = None
    origin: str | None = None
    files: Path = field(default_factory=demo_files)
    watch_s: float = 5.0


@asynccontextmanager
async def running_world(options: DemoOptions) -> AsyncIterator[World]:
    """Run all three for the length of the block."""
    async with AsyncExitStack() as stack:
        folder = options.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        pager = await stack.enter_async_context(running_pager(_pager_config(options, folder)))
        slack = await stack.enter_async_context(running_slack(_slack_config(options)))
        clock = MovableClock(SystemClock())
        database = options.database or f"sqlite:///{folder.resolve() / 'gateway.db'}"
        settings = _settings(free_port(), database, folder, pager, slack)
        ids = SystemIds()
        secret, token = f"{ids.draft()}{ids.draft()}", f"{ids.draft()}{ids.draft()}"
        settings = settings.model_copy(
            update={
                "api": program_settings(token),
                "alerts": options.alerts or alarm_settings(secret),
                "routing": RoutingSettings(
                    file=options.files / "routes.yaml", watch_s=options.watch_s
                ),
            }
        )
        gateway = await stack.enter_async_context(
            running_gateway(settings, Seams(clock=clock), options.rules)
        )
        slack.events_url = f"{gateway.public_url}/slack/events"
        session = await stack.enter_async_context(ClientSession())
        yield World(
            gateway,
            slack,
            pager,
            SlackDoor(session, slack.url),
            PagerDoor(session, pager.url),
            AlarmDoor(session, gateway.public_url, secret, clock),
            ProgramDoor(session, f"{gateway.public_url}/api/v1/pages", token, ids),
            clock,
            load_scenarios(options.files / "scenarios"),
        )


def _pager_config(options: DemoOptions, folder: Path) -> PagerServerConfig:
    return PagerServerConfig(
        data=folder / "pager.db",
        directory=options.files / "directory.yaml",
        dev_credentials=True,
        admin=True,
        allow_origin=options.origin,
    )


def _slack_config(options: DemoOptions) -> SlackServerConfig:
    return SlackServerConfig(
        workspace=options.files / "workspace.yaml",
        allow_origin=options.origin,
        limits=Limits.without_rates(),
    )


def free_port() -> int:
    """Find a port nobody uses; the pager must know our address before we listen.

    It is none of those that a system hands out to connections (Linux: from 32768 on), or somebody's
    connection might have it when we do. Processes that run beside each other begin elsewhere.
    """
    for port in islice(_PORTS, _PORTS_MOST):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, "every port is used")


def _settings(
    port: int, database: str, folder: Path, pager: RunningPager, slack: SlackServer
) -> Settings:
    """Write the settings an operator would write for these two servers."""
    people = tuple(
        PersonSettings(chat_user=user, extension=number, jwt=SecretStr(pager.jwt[number]))
        for user, number in _PEOPLE.items()
    ) + tuple(PersonSettings(chat_user=user, extension=n) for user, n in _KNOWN.items())
    return Settings(
        server=ServerSettings(port=port),
        admin=AdminSettings(port=0),
        database=DatabaseSettings(url=database),
        vault=VaultSettings(key_file=folder / "gateway.key"),
        slack=SlackSettings(
            bot_token=SecretStr(slack.bot_token),
            signing_secret=SecretStr(slack.signing_secret),
            api_url=slack.api_url,
            ops_channel="C0OPS",
        ),
        pager=RingCentralBackend(
            server_url=pager.url,
            client_id=pager.client_id,
            client_secret=SecretStr(pager.client_secret),
            jwt=SecretStr(pager.jwt[SHARED_SENDER]),
            public_url=f"http://127.0.0.1:{port}",
        ),
        people=people,
        directory=DirectorySettings(managers=_MANAGERS),
        delivery=DeliverySettings(poll_s=2.0),
    )
