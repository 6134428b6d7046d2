"""The console over real HTTP, on the real services of a small company, and a browser of sorts."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

from aiohttp import ClientSession, CookieJar
from multidict import CIMultiDict
from prometheus_client import CollectorRegistry
from typing_extensions import override
from yarl import URL

from adapters.listening import Listener
from gateway.services.alerts.reach import Reach
from gateway.services.auditing import AuditTrail
from gateway.services.decisions import Decisions
from gateway.services.letters import DeadLetters
from gateway.services.live_events import LiveEvents
from gateway.services.queries import Queries
from gateway.services.reports import Reports
from gateway.web.app import Health, admin_app
from gateway.web.console.app import console_app
from gateway.web.console.desk import Desk
from gateway.web.console.doorman import Doorman
from gateway.web.console.drawing import Drawing
from gateway.web.console.entrances import LinkEntrance
from gateway.web.console.frame import Entrance, Frame, Place
from gateway.web.console.routes import RoutesView
from gateway.web.console.sessions import Role, Sessions, Tickets, Visitor
from gateway.web.console.views import console_views
from gateway.web.versions import RoutesDesk
from tests.services.acme import Acme

FIRST = "T0ACME"
OWN_FORM = {"Sec-Fetch-Site": "same-origin"}
"""What browsers say of a form that our own page sends."""


@dataclass(frozen=True)
class Setting:
    """A setting as it is shown."""

    key: str
    value: str
    source: str


SETTINGS = (
    Setting("server.port", "8080", "gateway.toml:3"),
    Setting("slack.bot_token", "[hidden]", "GATEWAY_SLACK__BOT_TOKEN"),
    Setting("slack.command", "/page", "default"),
)


@dataclass
class Well(Health):
    """A gateway that is well, with routes in force."""

    degraded: list[str] = field(default_factory=list)

    @override
    async def ready(self) -> list[str]:
        return []

    @override
    async def status(self) -> dict[str, object]:
        read_at = "2026-03-01T12:00:00+00:00"
        directory = {"extensions": 12, "departments": 2, "read_at": read_at}
        routes = {"last_reload_successful": True, "taken_at": read_at}
        facts = {"version": "1", "ready": True, "degraded": self.degraded}
        pager = {
            "subscribed_until": {"f4df": "2026-03-02T12:00:00+00:00"},
            "signs_in_until": {"f4df": "2026-04-01T12:00:00+00:00"},
        }
        return {**facts, "directory": directory, "routes": routes, "pager": pager}

    @override
    async def measure(self) -> None:
        """Measure nothing."""


@dataclass(frozen=True)
class Seen:
    """A page that was answered."""

    status: int
    text: str
    headers: CIMultiDict[str]
    path: str

    @property
    def token(self) -> str:
        """The token in its forms."""
        found = re.search(r'name="token" value="([^"]+)"', self.text)
        return found[1] if found else ""

    @property
    def words(self) -> str:
        """What stands there, its markup taken off."""
        reader = Reader()
        reader.feed(self.text)
        return re.sub(r"\s+", " ", " ".join(reader.texts))

    @property
    def tags(self) -> set[str]:
        """The names of its elements."""
        reader = Reader()
        reader.feed(self.text)
        return reader.tags


class Reader(HTMLParser):
    """Reads a page as a browser would, as far as elements and texts go."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    @override
    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@dataclass
class Browser:
    """Keeps cookies, and sends forms as browsers do."""

    http: ClientSession
    url: str
    token: str = ""

    async def get(self, path: str = "/console", **headers: str) -> Seen:
        """Open a page; the token in its forms is remembered."""
        return await self.ask("GET", path, headers=headers)

    async def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> Seen:
        """Send a form of our own page, with the token that stands in it."""
        body = {"token": self.token, **form}
        return await self.ask(
            "POST", path, headers=OWN_FORM if headers is None else headers, data=body
        )

    async def ask(self, method: str, path: str, **more: object) -> Seen:
        """Ask for something, and follow where the answer leads."""
        # What is passed on is aiohttp's to check.
        async with self.http.request(method, path, **more) as answer:  # type: ignore[arg-type]
            text, headers = await answer.text(), CIMultiDict(answer.headers)
            seen = Seen(answer.status, text, headers, answer.url.path)
        self.token = seen.token or self.token
        return seen

    def keep(self, session: str) -> None:
        """Take up a session's id from elsewhere."""
        self.http.cookie_jar.update_cookies({"console": session}, URL(self.url))

    def session(self) -> str:
        """Read the cookie."""
        return next((each.value for each in self.http.cookie_jar if each.key == "console"), "")


@dataclass
class Trial:
    """A console that runs."""

    acme: Acme
    frame: Frame
    tickets: Tickets
    desk: Desk
    url: str

    @asynccontextmanager
    async def browser(self, role: Role | None = None, who: str = "ada") -> AsyncIterator[Browser]:
        """Start a browser; with a role, somebody is signed in there."""
        jar = CookieJar(unsafe=True)  # cookies of bare addresses are kept, as browsers do
        async with ClientSession(self.url, cookie_jar=jar) as http:
            browser = Browser(http, self.url)
            if role:
                seen = await browser.post(self.link(Visitor(who, role)))
                assert seen.status == 200, seen.text
            yield browser

    def link(self, visitor: Visitor) -> str:
        """Make a link that signs somebody in."""
        ticket, _ = self.tickets.issue(visitor)
        return f"/console/sign-in/{ticket}"


def desk_of(acme: Acme) -> Desk:
    """Lay the services of a company out."""
    reports = Reports(acme.store, acme.directory, acme.people, acme.house.words)
    breakers = acme.core.dispatcher.attempts.breakers
    return Desk(
        Queries(
            acme.store,
            acme.clock,
            acme.directory,
            reports,
            acme.core.explaining,
            breakers,
            acme.house.words,
        ),
        Decisions(acme.store, acme.clock, acme.permission),
        DeadLetters(acme.store, acme.clock),
        acme.core.pausing,
        acme.core.linking.links,
        AuditTrail(acme.store, acme.clock, acme.ears),
        Well(),
        acme.house.words,
        acme.clock,
        acme.directory,
        lambda: SETTINGS,
        LiveEvents(acme.ears, acme.clock),
        lambda seen: {
            "at": seen.at.isoformat(),
            "level": "info",
            "event": seen.event,
            **seen.facts,
        },
        acme.core.board,
        acme.core.silencing,
        routes_view(acme),
    )


def routes_view(acme: Acme) -> RoutesView | None:
    """Show the routes of a company that has some."""
    book, board = acme.house.rules, acme.core.board
    if book is None or board is None:
        return None
    return RoutesView(book, Reach(book, acme.directory), NoVersions(), reread, board, acme.clock)


async def reread(_: str) -> dict[str, object]:
    """Read the file again."""
    return {"routes": {"taken": True, "change": "nothing changed"}}


class NoVersions(RoutesDesk):
    """Has kept the version in force, and no other."""

    @override
    async def versions(self) -> dict[str, object]:
        kept = {"hash": "a" * 64, "at": "2026-03-01T12:00:00+00:00", "who": "start"}
        return {"versions": [{**kept, "in_force": True}], "rolled_back": None}

    @override
    async def difference(self, file: str) -> dict[str, object]:
        text = ["- group_wait: 30s", "+ group_wait: 10s"]
        return {"problems": [], "change": "routes ~1", "replayed": 0, "alerts": [], "text": text}

    @override
    async def roll_back(self, version: str, who: str) -> dict[str, object]:
        return {"hash": version, "who": who}


@asynccontextmanager
async def running_console(
    acme: Acme,
    entrance: Entrance | None = None,
    address: str = "",
    by: Callable[[Doorman], Entrance] | None = None,
    beside: tuple[Place, ...] = (),
) -> AsyncIterator[Trial]:
    """Serve a console on the admin listener's application; `by` makes a way in of its doorman.

    `beside` are further workspaces than this company's.
    """
    tickets = Tickets(acme.clock, acme.ids)
    sessions = Sessions(acme.clock, acme.ids, timedelta(hours=12))
    doorman = Doorman(sessions, acme.store, acme.clock)
    desk = desk_of(acme)
    entrance = entrance or (by(doorman) if by else LinkEntrance(tickets, doorman))
    views = console_views(desk)
    places = (Place(FIRST, "Acme", views, Well()), *beside) if beside else ()
    frame = Frame(Drawing(acme.clock), doorman, entrance, views, address, lambda: places)
    app = admin_app(Well(), CollectorRegistry(), acme.ears, console_app(frame, acme.ears))
    listener = Listener(app, access_log=None, shutdown_timeout=1.0, lingering_time=0)
    await listener.setup()
    try:
        port = await listener.listen("127.0.0.1", 0)
        yield Trial(acme, frame, tickets, desk, f"http://127.0.0.1:{port}")
    finally:
        await listener.cleanup()
