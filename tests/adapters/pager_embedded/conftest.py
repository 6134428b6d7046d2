"""A running pager on loopback, whose clock stands still until a test moves it, and its phones."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.pager.embedded import (
    PagerServerConfig,
    RateLimits,
    RunningPager,
    ServerClock,
    running_pager,
)

MONDAY_MS = 1_772_442_900_000  # 2026-03-02T09:15:00Z
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass
class Answer:
    """What a call got: the status, the headers, the JSON (or text)."""

    status: int
    headers: Any
    body: Any

    @property
    def code(self) -> str:
        """The first error code."""
        code: str = self.body["errors"][0]["errorCode"]
        return code


@dataclass
class Phone:
    """One extension, signed in through the API."""

    office: "Office"
    number: str
    tokens: dict[str, Any] = field(default_factory=dict)

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        """Call the API; paths without a leading slash are below one's own extension."""
        if not path.startswith("/"):
            path = f"/restapi/v1.0/account/~/extension/~/{path}"
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        headers.update(options.pop("headers", {}))
        return await self.office.call(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.call("GET", path, **options)

    async def page(self, *to: str, text: str = "Disk full on db-3", **body: Any) -> Answer:
        """Send a page to extension numbers; `sender` is the request's `from`."""
        if "sender" in body:
            body["from"] = body.pop("sender")
        if to:
            body["to"] = [{"extensionNumber": each} for each in to]
        return await self.call("POST", "company-pager", json={"text": text, **body})

    async def reply(self, message: dict[str, Any], text: str = "on it", **body: Any) -> Answer:
        """Answer a message of this phone."""
        return await self.page(text=text, replyOn=message["id"], **body)

    async def messages(self, **query: str) -> list[dict[str, Any]]:
        """What this phone's message list shows, oldest first."""
        answer = await self.get("message-store", params=query)
        assert answer.status == 200, answer.body
        records: list[dict[str, Any]] = answer.body["records"]
        return records[::-1]

    async def texts(self, **query: str) -> list[str]:
        """The texts this phone shows, oldest first."""
        return [each["subject"] for each in await self.messages(**query)]

    async def newest(self) -> dict[str, Any]:
        """The newest message this phone shows."""
        return (await self.messages())[-1]

    @property
    def id(self) -> int:
        """The extension's internal id."""
        return self.office.id_of(self.number)


@dataclass
class Office:
    """A running pager and the way to its phones."""

    running: RunningPager
    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        async with self.http.request(method, self.running.url + path, **options) as response:
            is_json = "json" in response.content_type and response.status != 204
            body = await (response.json(content_type=None) if is_json else response.text())
            return Answer(response.status, response.headers, body)

    async def admin(self, method: str, path: str, **options: Any) -> Answer:
        return await self.call(method, f"/_admin/{path}", **options)

    async def token(self, **form: str) -> Answer:
        """Call the token endpoint as the default app."""
        login = aiohttp.encode_basic_auth(self.running.client_id, self.running.client_secret)
        headers = {"Authorization": login}
        return await self.call("POST", "/restapi/oauth/token", data=form, headers=headers)

    async def phone(self, number: str, **wishes: str) -> Phone:
        """Sign an extension in by its JWT credential."""
        assertion = self.running.jwt[number]
        answer = await self.token(grant_type=JWT_BEARER, assertion=assertion, **wishes)
        assert answer.status == 200, answer.body
        return Phone(self, number, answer.body)

    def id_of(self, number: str) -> int:
        return self.running.pager.directory.by_number[number].id

    async def set_status(self, number: str, status: str) -> None:
        answer = await self.admin("PATCH", f"extensions/{number}", json={"status": status})
        assert answer.status == 200, answer.body

    async def remove(self, number: str, department: str) -> None:
        answer = await self.admin("DELETE", f"departments/{department}/members/{number}")
        assert answer.status == 204, answer.body

    async def add(self, number: str, department: str) -> None:
        answer = await self.admin("PUT", f"departments/{department}/members/{number}")
        assert answer.status == 204, answer.body

    async def log(self) -> list[dict[str, Any]]:
        """Every page accepted so far."""
        records: list[dict[str, Any]] = (await self.admin("GET", "log")).body["records"]
        return records


OpenOffice = Callable[..., Awaitable[Office]]


@pytest.fixture
def clock() -> ServerClock:
    return ServerClock(frozen_at_ms=MONDAY_MS)


@pytest.fixture
async def open_office(clock: ServerClock) -> AsyncIterator[OpenOffice]:
    """Start a pager with the settings a test is about; limits are off unless it asks for them."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Office:
            usual = PagerServerConfig(admin=True, dev_credentials=True, limits=RateLimits.off())
            config = replace(usual, **settings)
            running = await stack.enter_async_context(running_pager(config, clock))
            http = await stack.enter_async_context(aiohttp.ClientSession())
            return Office(running, http)

        yield start


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A server certificate for 127.0.0.1 that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
async def office(open_office: OpenOffice) -> Office:
    return await open_office()
