"""Two companies in one gateway: two Slack workspaces of one app, two pager accounts.

The companies are twins on purpose: people, channels, extensions and departments have the same ids
in both. Whatever forgets whose something is mixes them up at once.
"""

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from ruamel.yaml import YAML
from typing_extensions import override

from adapters.chat.slack_simulator import Limits, SlackServer, SlackServerConfig, running_slack
from adapters.chat.slack_simulator.workspace_file import build
from adapters.pager.embedded import PagerServerConfig, RateLimits, RunningPager, running_pager
from gateway.bootstrap import RunningGateway, Seams, running_gateway
from gateway.bootstrap.inhabiting import Inhabited
from gateway.demo.clock import MovableClock
from gateway.demo.doors import Json, PagerDoor, SlackDoor, shown_text
from gateway.demo.world import demo_files, free_port
from gateway.domain.errors import FactValue
from gateway.ports.observer import Observer
from gateway.settings import load_settings, load_workspaces
from gateway.system import SystemClock
from tests.faults.waiting import until

ACME, NORTH = "T0ACME", "T0NORTH"
SIGNING_SECRET = "the-app-has-one-secret"
CLIENT_SECRET = "the-app-has-one-client-secret"
OPS, DANA = "C0OPS", "U0DANA"
SHARED_SENDER = "700"

Table = Mapping[str, object]


@dataclass
class Ear(Observer):
    """Remembers every line that would be logged."""

    lines: list[Json] = field(default_factory=list)

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.lines.append({"event": event, **facts})

    def of(self, workspace: str) -> str:
        """Everything said of one workspace."""
        return "\n".join(
            map(json.dumps, (x for x in self.lines if x.get("workspace") == workspace))
        )

    def heard(self, event: str, workspace: str) -> bool:
        """Whether something was seen in a workspace."""
        return any(x["event"] == event and x.get("workspace") == workspace for x in self.lines)


@dataclass(frozen=True, repr=False)
class Company:
    """One of the two, with what a person there can do and see."""

    team: str
    slack: SlackServer
    pager: RunningPager
    door: SlackDoor
    phones: PagerDoor

    async def types(self, text: str, user: str = DANA) -> Json:
        """Type a command in #ops; gives what Slack showed at once."""
        return await self.door.post("commands", {"user": user, "channel": OPS, "text": text})

    async def says(self, text: str, thread: str) -> None:
        """Reply in a thread."""
        said = {"user": DANA, "channel": OPS, "text": text, "thread_ts": thread}
        await self.door.post("messages", said)

    async def presses(self, message: Json, button: Json, user: str = DANA) -> None:
        """Press a button of a message."""
        where = {"user": user, "channel": message.get("channel", OPS), "ts": message["ts"]}
        pressed = {"action_id": button["action_id"], "value": button.get("value")}
        await self.door.post("actions", {**where, **pressed})

    async def is_told(self, text: str, user: str = DANA) -> Json:
        """Wait for words that only one person sees."""

        async def look() -> Json | None:
            found = [m for m in await self.door.private(user) if text in shown_text(m)]
            return found[-1] if found else None

        return await until(look, f"{text!r} for {user} of {self.team}")

    async def phone_shows(self, text: str, number: str = "102") -> Json:
        """Wait for a page on a phone."""

        async def look() -> Json | None:
            found = [m for m in await self.phones.phone(number) if text in m["text"]]
            return found[-1] if found else None

        return await until(look, f"{text!r} on phone {number} of {self.team}")

    async def channel_shows(self, text: str, thread: str = "") -> Json:
        """Wait for words of the app in #ops, or in a thread of it."""

        async def look() -> Json | None:
            shown = await self.door.messages(OPS, thread)
            found = [m for m in shown if m.get("bot_id") and text in shown_text(m)]
            return found[-1] if found else None

        return await until(look, f"{text!r} in #ops of {self.team}")

    async def everything(self) -> str:
        """Read all that ever came here: on phones, in the channel, and every call."""
        seen = (await self.phones.log(), await self.door.exchanges(), await self.door.messages(OPS))
        return json.dumps([*seen, await self.door.private(DANA)])


@dataclass(frozen=True, repr=False)
class Neighbours:
    """Both, and the gateway they share."""

    folder: Path
    gateway: RunningGateway
    acme: Company
    north: Company
    ear: Ear
    clock: MovableClock
    answers: list[str] = field(default_factory=list)
    """What the gateway answered to what was sent by hand."""

    def house(self, company: Company) -> Inhabited:
        """What the gateway keeps for a company."""
        return self.gateway.houses.open[company.team]

    async def forges_click(self, company: Company, button: Json) -> int:
        """Send a click on a button that this company was never shown; as signed as any."""
        pressed = {"type": "button", "action_ts": "1.2", **button}
        payload = {
            "type": "block_actions",
            "team": {"id": company.team, "domain": "somewhere"},
            "user": {"id": DANA, "team_id": company.team},
            "api_app_id": "A0PAGER",
            "trigger_id": f"1.{button['action_id']}",
            "container": {"type": "message", "message_ts": "1.000001", "channel_id": OPS},
            "channel": {"id": OPS},
            "message": {"ts": "1.000001", "text": ""},
            "actions": [pressed],
        }
        return await self.sends_signed(urlencode({"payload": json.dumps(payload)}))

    async def sends_signed(self, form: str) -> int:
        """Send a form to the gateway as Slack signs it; gives the status."""
        at = str(int(self.clock.now().timestamp()))
        base = f"v0:{at}:{form}".encode()
        signature = hmac.new(SIGNING_SECRET.encode(), base, sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={signature}",
        }
        url = f"{self.gateway.public_url}/slack/events"
        async with self.acme.door.session.post(url, data=form, headers=headers) as answer:
            self.answers.append(await answer.text())
            return answer.status

    async def advance(self, seconds: float) -> None:
        """Move every clock together; the gateway's last: what it gets is fresh."""
        for company in (self.acme, self.north):
            await company.phones.call("POST", "clock", {"advance_s": seconds})
            moved = {"advance_s": seconds, "with_app": True}
            await company.door.post("clock", moved)
        self.clock.advance(seconds)


class North(StrEnum):
    """How the second company comes in: by a token of the settings, by OAuth, or not at all."""

    GIVEN = "given"
    INSTALLED = "installed"
    ABSENT = "absent"


@dataclass(frozen=True)
class Twins:
    """The servers of both companies; a gateway may come and go."""

    folder: Path
    acme: Company
    north: Company
    port: int

    @asynccontextmanager
    async def gateway(
        self, north: North = North.GIVEN, waits_for: set[str] | None = None
    ) -> AsyncIterator[Neighbours]:
        """Run a gateway for both, from files as an operator writes them."""
        self._write(north)
        settings = load_settings(self.folder / "gateway.toml")
        others = load_workspaces(settings)
        ear, clock = Ear(), MovableClock(SystemClock())
        seams = Seams(clock=clock, observer=ear)
        async with running_gateway(settings, seams, others=others) as gateway:
            for company in (self.acme, self.north):
                company.slack.events_url = f"{gateway.public_url}/slack/events"
            world = Neighbours(self.folder, gateway, self.acme, self.north, ear, clock)
            expected = waits_for or ({ACME} if north is North.ABSENT else {ACME, NORTH})
            await until(lambda: _open(world, expected), "the workspaces open")
            yield world

    def _write(self, how: North) -> None:
        further = self.folder / "workspaces.d"
        further.mkdir(exist_ok=True)
        token = {"bot_token": self.north.slack.bot_token} if how is North.GIVEN else {}
        north = {"team": NORTH, "api_url": self.north.slack.api_url, "ops_channel": OPS, **token}
        acme = {
            "team": ACME,
            "bot_token": self.acme.slack.bot_token,
            "signing_secret": SIGNING_SECRET,
            # The consent page stands where the API is, and it is North that installs.
            "api_url": self.acme.slack.api_url,
            "ops_channel": OPS,
        }
        url = f"http://127.0.0.1:{self.port}"
        tables: dict[str, Table] = {
            "server": {"port": self.port, "public_url": url},
            "admin": {"port": 0},
            "database": {"url": f"sqlite:///{self.folder / 'gateway.db'}"},
            "vault": {"key_file": str(self.folder / "gateway.key")},
            "workspaces": {
                "folder": str(further),
                "client_id": "1000.2000",
                "client_secret": CLIENT_SECRET,
                "api_url": self.north.slack.api_url,
            },
            "slack": acme,
            **_account(self.acme.pager, url, "acme"),
        }
        _write(self.folder / "gateway.toml", tables)
        file, account = further / "north.toml", _account(self.north.pager, url, "north")
        file.unlink(missing_ok=True)
        if how is not North.ABSENT:
            _write(file, {"slack": north, **account})


async def _open(world: Neighbours, expected: set[str]) -> bool | None:
    return True if expected <= set(world.gateway.houses.open) else None


def _account(pager: RunningPager, url: str, name: str) -> dict[str, Table]:
    """Write a company's pager account, its linked person, its alerts and its program."""
    return {
        "pager": {
            "server_url": pager.url,
            "client_id": pager.client_id,
            "client_secret": pager.client_secret,
            "jwt": pager.jwt[SHARED_SENDER],
            "public_url": url,
        },
        "pager.timeouts": {"read_s": 5.0, "total_s": 10.0},
        "pager.rates": {"light": 1_000_000, "medium": 1_000_000, "auth": 1_000},
        "delivery": {"poll_s": 2.0},
        "[people]": {"chat_user": DANA, "extension": "104", "jwt": pager.jwt["104"]},
        "routing": {"file": str(demo_files() / "routes.yaml")},
        "[alerts.sources]": {
            "name": f"{name}-am",
            "kind": "alertmanager",
            "auth": {"profile": "token", "secrets": [program_token(name)]},
        },
        "[api.clients]": {"name": "ci", "tokens": [program_token(name)], "to": "any"},
    }


def program_token(company: str) -> str:
    """What programs and alert sources of a company show."""
    return f"the-token-of-{company}-and-nobody-else"


def _write(file: Path, tables: Mapping[str, Table]) -> None:
    pieces = (
        f"[{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )
    file.write_text("\n".join(pieces), encoding="utf-8")


def _toml(value: object) -> str:
    """Write a value; what JSON writes for texts, numbers and lists is TOML, too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


@asynccontextmanager
async def twin_companies(folder: Path, *, rotating: bool = False) -> AsyncIterator[Twins]:
    """Run both companies' servers for the length of the block."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        companies = []
        for team, name in ((ACME, "Acme"), (NORTH, "Northwind")):
            slack = await stack.enter_async_context(
                running_slack(_workspace(team, name, rotating=rotating))
            )
            pager = await stack.enter_async_context(
                running_pager(_pager(folder / f"pager.{name}.db"))
            )
            doors = SlackDoor(http, slack.url), PagerDoor(http, pager.url)
            companies.append(Company(team, slack, pager, *doors))
        yield Twins(folder, companies[0], companies[1], free_port())


def _workspace(team: str, name: str, *, rotating: bool) -> SlackServerConfig:
    files = demo_files()
    content = dict(YAML(typ="safe").load((files / "workspace.yaml").read_text(encoding="utf-8")))
    content["team"] = {"id": team, "name": name, "domain": name.lower()}
    content["app"] = {**content["app"], "redirect_urls": [], "token_rotation": rotating}
    return SlackServerConfig(
        workspace=build(content, files),
        signing_secret=SIGNING_SECRET,
        client_secret=CLIENT_SECRET,
        limits=Limits.without_rates(),
    )


def _pager(data: Path) -> PagerServerConfig:
    """Bound nothing: a gateway that is started three times would wait a minute to send."""
    return PagerServerConfig(
        data=data,
        directory=demo_files() / "directory.yaml",
        dev_credentials=True,
        admin=True,
        limits=RateLimits.off(),
    )


# --- installing the app ------------------------------------------------------------------------


@dataclass
class Visitor:
    """A browser of somebody who installs the app; keeps its cookies, follows nothing unasked."""

    gateway: str
    http: aiohttp.ClientSession

    async def begins(self) -> str:
        """Open the install link; gives the address of the consent page."""
        async with self.http.get(f"{self.gateway}/slack/install", allow_redirects=False) as answer:
            assert answer.status == 303
            return answer.headers["Location"]

    async def decides(self, consent_page: str, decision: str = "allow") -> str:
        """Press a button on the consent page; gives the address of the way back."""
        async with self.http.post(
            consent_page, data={"decision": decision}, allow_redirects=False
        ) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def comes_back(self, address: str) -> tuple[int, str]:
        """Follow the way back; gives status and page."""
        async with self.http.get(address, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def installs(self) -> tuple[int, str]:
        """Go all the way."""
        return await self.comes_back(await self.decides(await self.begins()))


@asynccontextmanager
async def a_browser(world: Neighbours) -> AsyncIterator[Visitor]:
    """Open a browser for the length of the block."""
    # Addresses of this machine are numbers, for which browsers of programs keep no cookies else.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Visitor(world.gateway.public_url, http)
