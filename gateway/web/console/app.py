"""The console as an application, mounted at `/console` on the admin listener only."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.domain.errors import GatewayError, StoreUnavailableError
from gateway.ports.observer import Observer
from gateway.web.console.drawing import STATIC, static_file
from gateway.web.console.frame import HEADERS, SIGN_IN, Frame
from gateway.web.errors import RefusedError

_TITLES = {
    400: "That is not right",
    403: "Not allowed",
    404: "Nothing is here",
    409: "Nothing was changed",
    421: "Not at this address",
    502: "Signing in is not possible now",
    503: "The database is away",
}
_STRANGE = (403, 421)
"""Somebody went too far, or was led here by somebody else."""
_NOTHING = "The console has no such page. A page that somebody sent is found by its reference."
_AWAY = "The database is away. Nothing was changed; try again in a moment."
_BROKEN = "Something in the gateway failed. Nothing more is known here; its log says more."


def console_app(frame: Frame, observer: Observer) -> web.Application:
    """Build the application; every answer has the headers, whatever became of the request."""
    app = web.Application(middlewares=[_headed(), _explained(frame, observer)])
    app.router.add_get("/static/{version}/{name}", _static)
    app.router.add_routes(frame.entrance.ways(frame))
    app.router.add_get(SIGN_IN.removeprefix("/console"), _sign_in(frame))
    app.router.add_routes(frame.routes())
    return app


def _headed() -> Middleware:
    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return answer


def _explained(frame: Frame, observer: Observer) -> Middleware:
    """Make the middleware that answers with a page whatever a handler raises."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            frame.check_host(request)
            return await handler(request)
        except RefusedError as refusal:
            if refusal.status in _STRANGE:
                observer.saw("console.refused", error_code=refusal.code)
            return _problem(frame, refusal.status, refusal.message)
        except web.HTTPException as refusal:
            missing = refusal.status == web.HTTPNotFound.status_code
            return _problem(frame, refusal.status, _NOTHING if missing else refusal.reason)
        except StoreUnavailableError:
            return _problem(frame, 503, _AWAY)
        except GatewayError as error:
            return _problem(frame, 409, f"This was refused: {error.code}.")
        except Exception as error:  # noqa: BLE001 - the HTTP edge: a bug is told without details
            observer.saw("request.crashed", error_code=type(error).__name__, path=_route(request))
            return _problem(frame, 500, _BROKEN)

    return answer


def _problem(frame: Frame, status: int, message: str) -> web.Response:
    title = _TITLES.get(status, "This did not work")
    text = frame.drawing.page("problem.html", {"title": title, "message": message})
    return web.Response(text=text, content_type="text/html", status=status)


def _sign_in(frame: Frame) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(_: web.Request) -> web.Response:
        text = frame.drawing.page(frame.entrance.template, {"entrance": frame.entrance})
        return web.Response(text=text, content_type="text/html")

    return show


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    raw, version = static_file(name)
    # An address names its content; a page of an older version gets what there is now.
    lasting = (
        "public, max-age=31536000, immutable"
        if request.match_info["version"] == version
        else "no-store"
    )
    headers = {"Cache-Control": lasting}
    return web.Response(body=raw, content_type=STATIC[name], charset="utf-8", headers=headers)


def _route(request: web.Request) -> str:
    """Name the route, not the path: paths may hold secrets."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
