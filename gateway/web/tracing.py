"""Requests as the beginnings of traces, and each as one line of the log."""

from dataclasses import dataclass
from http import HTTPStatus
from itertools import count

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.tracing import Tracing
from gateway.web.errors import route_of

_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_RUN_LETTERS = 8


@dataclass(frozen=True)
class Following:
    """What is needed to follow a request."""

    tracing: Tracing
    observer: Observer
    clock: Clock
    ids: Ids


def followed(following: Following | None) -> tuple[Middleware, ...]:
    """Make the middleware that follows each request from its first line to its last; no probes.

    A traceparent from outside is not taken up: whoever can reach the listener could have everything
    recorded, or nothing.
    """
    if following is None:
        return ()
    tracing, clock = following.tracing, following.clock
    run, numbers = following.ids.secret()[:_RUN_LETTERS], count(1)

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        route, method = route_of(request), request.method
        if route in _PROBES:
            return await handler(request)
        started = clock.monotonic()
        name = f"{run}-{next(numbers)}"
        spoken = {"http.request.method": method, "http.route": route}
        with tracing.span(f"{method} {route}", request_id=name, **spoken) as noted:
            response = await handler(request)
            tracing.note(**{"http.response.status_code": response.status})
            following.observer.saw(
                _event(response.status),
                method=method,
                route=route,
                status=response.status,
                elapsed_ms=round((clock.monotonic() - started) * 1000),
                **noted,
            )
            return response

    return (answer,)


def _event(status: int) -> str:
    """Name the line; strangers must not be able to fill the log with what they are refused."""
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return "request.turned_away" if refused else "request.answered"
