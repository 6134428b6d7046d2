"""Every request that is taken is one line; nobody fills the log with what they are refused."""

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from gateway.log_context import LogContext
from gateway.ports.tracing import UNTRACED
from gateway.web.app import PublicDoors, public_app
from gateway.web.tracing import Following
from tests.fakes.clock import MovedClock
from tests.fakes.ids import CountedIds
from tests.fakes.observer import Ears


async def taken(_: web.Request) -> web.Response:
    return web.json_response({})


async def broken(_: web.Request) -> web.Response:
    raise ZeroDivisionError


async def lines_after(*paths: str) -> list[tuple[str, object, object]]:
    """Ask for these; gives event, route and status of every line about a request."""
    ears, clock = Ears(), MovedClock()
    following = Following(LogContext(UNTRACED), ears, clock, CountedIds())
    routes = (web.get("/alerts/{source}", taken), web.get("/api/broken", broken))
    async with (
        TestServer(public_app(PublicDoors(alerts=routes), ears, following)) as server,
        ClientSession(server.make_url("/")) as session,
    ):
        for path in paths:
            await (await session.get(path)).read()
    return [
        (event, facts["route"], facts["status"])
        for event, facts in ears.heard
        if event in {"request.answered", "request.turned_away"}
    ]


async def test_what_is_taken_and_what_breaks_is_one_line() -> None:
    """By its route: an address may hold a secret."""
    assert await lines_after("/alerts/prom?token=secret", "/api/broken") == [
        ("request.answered", "/alerts/{source}", 200),
        ("request.answered", "/api/broken", 500),
    ]


async def test_strangers_and_probes_fill_no_log() -> None:
    """Refusals are told to those who debug; probes to nobody."""
    assert await lines_after("/healthz", "/wp-login.php") == [
        ("request.turned_away", "unknown", 404)
    ]
