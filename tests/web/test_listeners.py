"""Our own HTTP surface: what the world, a load balancer and an operator are answered."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry, Gauge
from typing_extensions import override

from gateway.domain.errors import ChatRefusedError, StoreUnavailableError
from gateway.web.app import Health, PublicDoors, admin_app, public_app
from tests.fakes.observer import Ears

Client = TestClient[web.Request, web.Application]


@dataclass
class Probed(Health):
    """A gateway as a test wants it."""

    reasons: list[str] = field(default_factory=list)
    gauge: Gauge | None = None

    @override
    async def ready(self) -> list[str]:
        return self.reasons

    @override
    async def status(self) -> dict[str, object]:
        return {"version": "1"}

    @override
    async def measure(self) -> None:
        if self.gauge:
            self.gauge.set(7)


@dataclass
class Doors:
    """What stands behind the public routes."""

    raises: BaseException | None = None
    bodies: list[bytes] = field(default_factory=list)

    async def slack(self, _: web.Request) -> web.Response:
        if self.raises:
            raise self.raises
        return web.Response(text="ok")

    async def hint(
        self, _: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.bodies.append(body)
        return 200, {"Validation-Token": headers.get("Validation-Token", "")}, b""


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def public(doors: Doors, ears: Ears) -> AsyncIterator[Client]:
    app = public_app(PublicDoors(doors.slack, doors.hint), ears)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_the_world_sees_what_it_needs_and_no_more(public: Client) -> None:
    """Neither metrics nor readiness nor status on the public side."""
    for path in ("/metrics", "/readyz", "/-/status", "/", "/slack"):
        assert (await public.get(path)).status == 404
    assert (await public.get("/healthz")).status == 200
    assert (await public.get("/slack/events")).status == 405


async def test_no_answer_tells_what_we_are_made_of(public: Client, doors: Doors) -> None:
    """No server name, no traceback, no text of an error."""
    doors.raises = ZeroDivisionError("secret")
    answer = await public.post("/slack/events")
    assert answer.status == 500
    assert await answer.read() == b""
    assert answer.headers["Server"] == "gateway"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_bug_is_noted_with_its_route_and_kind(
    public: Client, doors: Doors, ears: Ears
) -> None:
    """By pattern, never by path: paths hold secrets."""
    doors.raises = ZeroDivisionError("secret")
    await public.post("/slack/events?token=secret")
    (facts,) = ears.events("request.crashed")
    assert facts == {"error_code": "ZeroDivisionError", "path": "/slack/events"}


async def test_a_database_that_is_away_asks_to_come_again(public: Client, doors: Doors) -> None:
    """Slack and alert sources repeat after a 503."""
    doors.raises = StoreUnavailableError()
    answer = await public.post("/slack/events")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


async def test_a_refusal_is_answered_by_its_code(public: Client, doors: Doors) -> None:
    """The code only."""
    doors.raises = ChatRefusedError("secret_vendor_code")
    answer = await public.post("/slack/events")
    assert answer.status == 400
    assert await answer.json() == {"error": "chat.refused"}


async def test_a_hint_is_handed_on_with_its_raw_body(public: Client, doors: Doors) -> None:
    """And answered with what the pager wants to see."""
    answer = await public.post(
        "/ringcentral/webhook/s3cret", data=b"{}", headers={"Validation-Token": "t"}
    )
    assert answer.headers["Validation-Token"] == "t"
    assert doors.bodies == [b"{}"]


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_hint_that_is_too_large_is_not_read(
    public: Client, doors: Doors, *, chunked: bool
) -> None:
    """Whatever its length claims to be."""
    large = b"x" * (64 * 1024 + 1)

    async def dribble() -> AsyncIterator[bytes]:
        yield large

    data = dribble() if chunked else large
    answer = await public.post("/ringcentral/webhook/s3cret", data=data)
    assert answer.status == 413
    assert doors.bodies == []


async def test_a_door_that_is_not_there_is_not_found(ears: Ears) -> None:
    """Without a pager's webhook there is no route for it."""
    async with TestClient(TestServer(public_app(PublicDoors(), ears))) as client:
        assert (await client.post("/ringcentral/webhook/s3cret")).status == 404
        assert (await client.post("/slack/events")).status == 404


async def test_the_operator_sees_readiness_status_and_metrics(ears: Ears) -> None:
    """Readiness with its reasons; gauges as they stand at that moment."""
    registry = CollectorRegistry()
    health = Probed(gauge=Gauge("gateway_test", "A test's.", registry=registry))
    async with TestClient(TestServer(admin_app(health, registry, ears))) as client:
        assert (await client.get("/readyz")).status == 200
        health.reasons = ["draining"]
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert (await answer.json())["reasons"] == ["draining"]
        assert await (await client.get("/-/status")).json() == {"version": "1"}
        assert "gateway_test 7.0" in await (await client.get("/metrics")).text()
