"""The control door: what an operator asks of the running gateway, over its Unix socket.

Who may open the socket is an operator; there is no other credential. Answers are JSON with stable
keys, refusals `{"error": {"code", "message"}}`.
"""

from dataclasses import dataclass

from aiohttp import web

from gateway.ports.observer import Observer
from gateway.web.app import Health, status_route
from gateway.web.errors import plain_answers, told_answers
from gateway.web.tracing import Following, followed

_BODY_CAP = 64 * 1024


@dataclass(frozen=True)
class ControlDoors:
    """What can be asked: how it is, and the routes that services bring."""

    health: Health
    routes: tuple[web.RouteDef, ...] = ()


def control_app(
    doors: ControlDoors, observer: Observer, following: Following | None = None
) -> web.Application:
    """Build the application behind the control socket."""
    app = web.Application(
        client_max_size=_BODY_CAP,
        middlewares=[*followed(following), plain_answers(observer), told_answers()],
    )
    app.router.add_get("/-/status", status_route(doors.health))
    app.router.add_routes(doors.routes)
    return app
