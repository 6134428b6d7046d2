"""The routes for programs over real HTTP, before the real services and a fake pager.

Every answer is held to the description that the server itself gives of its API.
"""

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from jsonschema import Draft202012Validator, FormatChecker
from multidict import CIMultiDict
from pydantic import SecretStr

from adapters.alerts.settings import Secret
from adapters.chat.slack.settings import SlackSettings
from adapters.listening import Listener
from gateway.bootstrap.api import Tokens, api_routes
from gateway.domain.ids import ChannelId, ExtensionNumber, Ref
from gateway.domain.pages import Page
from gateway.services.clients import Client
from gateway.settings import ApiClientSettings, ApiSettings, Settings
from gateway.text.words import Words
from gateway.web.app import PublicDoors, public_app
from tests.services.acme import DBA, Acme, running_acme

PAGES = "/api/v1/pages"
CI, NURSE, FAST = "ci-token-0123456789abc", "nurse-token-0123456789", "fast-token-01234567890"
DESK, QUEUE = "desk-token-01234567890", "queue-token-0123456789"
CLIENTS = (
    Client("ci", None, channels=frozenset({DBA, ChannelId("C0GONE")}), per_minute=1000),
    Client("nurse", ("DBA", "214"), per_minute=1000),
    Client("fast", None, per_minute=3),
    Client("desk", None, sender=ExtensionNumber("104")),
    Client("queue", None, sender=ExtensionNumber("400")),
)
TOKENS = {"ci": CI, "nurse": NURSE, "fast": FAST, "desk": DESK, "queue": QUEUE}


@dataclass(frozen=True)
class Answer:
    """What a program was told."""

    status: int
    headers: CIMultiDict[str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def code(self) -> str:
        return str(self.error["code"])


@dataclass
class ApiWorld:
    """A company, and programs at its door."""

    acme: Acme
    url: str
    http: aiohttp.ClientSession
    description: dict[str, Any] = field(default_factory=dict)
    _keys: "itertools.count[int]" = field(default_factory=itertools.count)

    async def order(
        self, *to: str, text: str = "Disk full", token: str = CI, key: str = "", **more: Any
    ) -> Answer:
        """Ask for a page as a well-behaved client does."""
        return await self.send({"to": list(to), "text": text, **more}, token=token, key=key)

    async def send(
        self,
        body: Any,
        *,
        token: str = CI,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send bytes as they are, and everything else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key or f"key-{next(self._keys)}",
            **(headers or {}),
        }
        return await self.call("POST", PAGES, raw, {k: v for k, v in given.items() if v})

    async def look(self, ref: str, token: str = CI) -> Answer:
        """Ask how a page stands."""
        return await self.call(
            "GET", f"{PAGES}/{ref}", headers={"Authorization": f"Bearer {token}"}
        )

    async def call(
        self, method: str, path: str, body: bytes | None = None, headers: Any = None
    ) -> Answer:
        """Send a request; its answer must be one that the description knows."""
        async with self.http.request(
            method, self.url + path, data=body, headers=headers, skip_auto_headers=["Content-Type"]
        ) as got:
            answer = Answer(got.status, CIMultiDict(got.headers), await got.text())
        if self.description:
            self._hold(method, path, answer)
        return answer

    def _hold(self, method: str, path: str, answer: Answer) -> None:
        route = PAGES if path == PAGES else PAGES + "/{ref}"
        operation = self.description["paths"][route].get(method.lower())
        if operation is None:
            assert answer.status == 405
            schema = {"$ref": "#/components/schemas/Refusal"}
        else:
            described = operation["responses"][str(answer.status)]
            schema = described["content"]["application/json"]["schema"]
            assert set(described.get("headers", ())) <= set(answer.headers)
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        whole = {**schema, "components": self.description["components"]}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(answer.json)

    async def page(self, answer: Answer) -> Page:
        """Read the page behind an answer."""
        return await self.acme.seen(Ref(answer.json["ref"]))


def settings(*clients: ApiClientSettings) -> Settings:
    """Write what an operator would write."""
    slack = SlackSettings(bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("s"))
    return Settings(slack=slack, api=ApiSettings(clients=clients))


def with_token(name: str, *tokens: str | Secret) -> ApiClientSettings:
    """Give a client its tokens."""
    secrets = tuple(t if isinstance(t, Secret) else Secret(value=SecretStr(t)) for t in tokens)
    return ApiClientSettings(name=name, tokens=secrets, to="any")


@asynccontextmanager
async def api_world(
    *tokens: ApiClientSettings, house: Mapping[str, object] | None = None
) -> AsyncIterator[ApiWorld]:
    """Open the door of a company, mounted as in production."""
    given = tokens or tuple(with_token(name, token) for name, token in TOKENS.items())
    async with running_acme(clients=CLIENTS, house=house) as acme:
        known = Tokens(settings(*given), acme.clock)
        routes = api_routes(acme.core.orders, known, Words.load(), acme.ears)
        app = public_app(PublicDoors(api=routes), acme.ears)
        async with serving(app) as url, aiohttp.ClientSession() as http:
            world = ApiWorld(acme, url, http)
            world.description = (await world.call("GET", "/api/v1/openapi.json")).json
            yield world


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Listen on a free port."""
    runner = Listener(app, access_log=None, shutdown_timeout=1.0, lingering_time=0)
    await runner.setup()
    try:
        yield f"http://127.0.0.1:{await runner.listen('127.0.0.1', 0)}"
    finally:
        await runner.cleanup()
