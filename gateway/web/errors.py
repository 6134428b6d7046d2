"""Errors to HTTP, in one place: no traceback, no server name, no hint for strangers."""

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.domain.errors import GatewayError, StoreUnavailableError
from gateway.ports.observer import Observer

_RETRY_AFTER_S = "5"
_PASSED = ("Allow", "Retry-After")
"""What a refusal says in its headers."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Server": "gateway",
}


@dataclass(eq=False)
class RefusedError(Exception):
    """What an operator asked for cannot be done; `code` is for programs, `message` for people."""

    code: str
    message: str
    status: int = 409


def plain_answers(observer: Observer) -> Middleware:
    """Make the middleware that turns whatever a handler raises into a plain answer."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            response = web.Response(status=refusal.status, headers=_told_in_headers(refusal))
        except StoreUnavailableError:
            response = web.Response(status=503, headers={"Retry-After": _RETRY_AFTER_S})
        except GatewayError as error:
            observer.saw("request.refused", error_code=error.code, path=route_of(request))
            response = web.json_response({"error": error.code}, status=400)
        except Exception as error:  # noqa: BLE001 - the HTTP edge: a bug answers 500 without a word
            name = type(error).__name__
            observer.saw("request.crashed", error_code=name, path=route_of(request))
            response = web.Response(status=500)
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return answer


def told_answers() -> Middleware:
    """Make the middleware that explains to an operator, as JSON, why something was not done.

    Stands inside `plain_answers`, which takes what is nobody's fault but ours.
    """

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except RefusedError as refusal:
            return _told(refusal.code, refusal.message, refusal.status)
        except web.HTTPException as refusal:
            return _told(f"http.{refusal.status}", refusal.reason, refusal.status)
        except StoreUnavailableError as error:
            return _told(error.code, "The database is away. Nothing was changed; try again.", 503)
        except GatewayError as error:
            return _told(error.code, f"This was refused: {error.code}.", 409)

    return answer


def _told(code: str, message: str, status: int) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def _told_in_headers(refusal: web.HTTPException) -> dict[str, str]:
    return {name: refusal.headers[name] for name in _PASSED if name in refusal.headers}


def route_of(request: web.Request) -> str:
    """Name the route, not the path: paths may hold secrets."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
