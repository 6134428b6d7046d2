"""Who may use the administration from a browser: pages of one configured origin, nobody else.

The administration has no password; it listens on loopback. A foreign web page could still make a
visitor's browser call it, so requests that carry another `Origin`, or reach a loopback server under
a name that is not loopback (DNS rebinding), are refused.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from adapters.pager.embedded.calls import PAGER
from adapters.pager.embedded.errors import ApiError
from adapters.pager.embedded.reading import is_loopback

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
METHODS = "GET, POST, PUT, PATCH, DELETE"


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign origins; answer preflight requests of the configured one."""
    if not request.path.startswith("/_admin/"):
        return await handler(request)
    allowed = request.app[PAGER].config.allow_origin
    origin = request.headers.get("Origin")
    if not _host_is_ours(request) or not _origin_is_ours(request, origin, allowed):
        raise ApiError(403, "AGW-403", "Origin is not allowed")
    if request.method == "OPTIONS" and origin is not None:
        return web.Response(status=204, headers=_cors(origin))
    return await handler(request)


async def add_cors(request: web.Request, response: web.StreamResponse) -> None:
    """Let the configured origin read the answer, refusals included."""
    allowed = request.app[PAGER].config.allow_origin
    if request.path.startswith("/_admin/") and allowed is not None:
        response.headers.update(_cors(allowed))


def _cors(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": "Content-Type",
        "Vary": "Origin",
    }


def _origin_is_ours(request: web.Request, origin: str | None, allowed: str | None) -> bool:
    return origin in {None, allowed, str(request.url.origin())}


def _host_is_ours(request: web.Request) -> bool:
    config = request.app[PAGER].config
    if not is_loopback(config.host):
        return True
    host = urlsplit(f"//{request.host}").hostname or ""
    own = urlsplit(config.public_url or "").hostname
    return is_loopback(host) or host == own
