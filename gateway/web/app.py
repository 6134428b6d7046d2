"""Our own HTTP surface: one listener for the world, one for the operator."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from gateway.ports.observer import Observer
from gateway.web.body import read_body
from gateway.web.errors import plain_answers
from gateway.web.tracing import Following, followed

_BODY_CAP = 1024 * 1024
"""The widest door's cap; each handler reads within its own, narrower one."""
_WEBHOOK_CAP = 64 * 1024

HintReceiver = Callable[
    [str, Mapping[str, str], bytes], Awaitable[tuple[int, Mapping[str, str], bytes]]
]
"""A pager webhook: (path secret, headers, raw body) → (status, headers, body)."""


class Health(Protocol):
    """What the probes ask."""

    async def ready(self) -> list[str]:
        """List why this process cannot take work; empty when it can."""
        ...

    async def status(self) -> dict[str, object]:
        """Describe everything an operator wants to see at a glance. Never fails."""
        ...

    async def measure(self) -> None:
        """Bring the gauges up to date. Never fails."""
        ...


@dataclass(frozen=True)
class PublicDoors:
    """Handlers behind the public routes; an absent one is 404."""

    slack: Handler | None = None
    pager_hint: HintReceiver | None = None
    alerts: tuple[web.RouteDef, ...] = ()
    api: tuple[web.RouteDef, ...] = ()
    linking: tuple[web.RouteDef, ...] = ()
    installing: tuple[web.RouteDef, ...] = ()


def public_app(
    doors: PublicDoors, observer: Observer, following: Following | None = None
) -> web.Application:
    """Build the listener for Slack, the pager and load balancers."""
    app = web.Application(
        client_max_size=_BODY_CAP, middlewares=[*followed(following), plain_answers(observer)]
    )
    app.router.add_get("/healthz", _alive)
    if doors.slack:
        app.router.add_post("/slack/events", doors.slack)
    if doors.pager_hint:
        app.router.add_post("/ringcentral/webhook/{secret}", _hint_route(doors.pager_hint))
    app.router.add_routes(doors.alerts)
    app.router.add_routes(doors.api)
    app.router.add_routes(doors.linking)
    app.router.add_routes(doors.installing)
    return app


def admin_app(
    health: Health,
    registry: CollectorRegistry,
    observer: Observer,
    console: web.Application | None = None,
) -> web.Application:
    """Build the listener for the operator; loopback by default."""
    app = web.Application(middlewares=[plain_answers(observer)])
    if console:
        app.add_subapp("/console", console)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready_route(health))
    app.router.add_get("/-/status", status_route(health))
    app.router.add_get("/metrics", _metrics_route(health, registry))
    return app


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _hint_route(receive: HintReceiver) -> Handler:
    async def hint(request: web.Request) -> web.Response:
        body = await read_body(request, _WEBHOOK_CAP)
        status, headers, answer = await receive(request.match_info["secret"], request.headers, body)
        return web.Response(status=status, headers=dict(headers), body=answer)

    return hint


def _ready_route(health: Health) -> Handler:
    async def ready(_: web.Request) -> web.Response:
        reasons = await health.ready()
        body = {"status": "ok"} if not reasons else {"status": "not ready", "reasons": reasons}
        return web.json_response(body, status=503 if reasons else 200)

    return ready


def status_route(health: Health) -> Handler:
    """Make the handler that describes a running gateway."""

    async def status(_: web.Request) -> web.Response:
        return web.json_response(await health.status())

    return status


def _metrics_route(health: Health, registry: CollectorRegistry) -> Handler:
    async def metrics(_: web.Request) -> web.Response:
        await health.measure()
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return metrics
