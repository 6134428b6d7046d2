"""Requests as the beginnings of traces."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.ports.tracing import Tracing
from gateway.web.errors import route_of

_PROBES = frozenset({"/healthz"})


def traced_requests(tracing: Tracing) -> Middleware:
    """Make the middleware that notes each request as a span; a probe is none.

    A traceparent from outside is not taken up: whoever can reach the listener could have everything
    recorded, or nothing.
    """

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        route = route_of(request)
        if route in _PROBES:
            return await handler(request)
        facts = {"http.request.method": request.method, "http.route": route}
        with tracing.span(f"{request.method} {route}", **facts):
            response = await handler(request)
            tracing.note(**{"http.response.status_code": response.status})
            return response

    return answer
