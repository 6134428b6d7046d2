"""The outermost layer: every answer gets an id, a date and a clean body; every call is noted."""

import logging
import sqlite3
from collections.abc import Awaitable, Callable
from time import perf_counter

from aiohttp import web

from adapters.pager.embedded.calls import EXTRA_HEADERS, PAGER, REFERENCE
from adapters.pager.embedded.clock import http_date, iso
from adapters.pager.embedded.errors import LOCALISED, ApiError, GatewayError, refuse
from adapters.pager.embedded.keys import new_uuid
from adapters.pager.embedded.striking import CUT, cut, strike

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ERROR_CODE = web.RequestKey("error_code", str)
FAULT = web.RequestKey("fault", str)
LONGEST_PATH = 300  # in the journal


@web.middleware
async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every outcome into an answer and note the exchange."""
    started = perf_counter()
    if not request.path.startswith("/restapi/"):
        return await _outcome(request, handler)
    response = await _struck(request, handler)
    _note(request, response.status, started)
    return response


async def _struck(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Process a request, unless a fault has other plans for it."""
    pager = request.app[PAGER]
    if pager.door is not None and pager.door.is_closed:
        return cut(request)
    if not pager.faults.standing():
        return await _outcome(request, handler)
    fault = pager.faults.take_request(request.method, request.path, _caller_number(request))
    if fault is None:
        return await _outcome(request, handler)
    request[FAULT] = fault.verb

    async def stricken(request: web.Request) -> web.StreamResponse:
        return await strike(fault, request, lambda: _outcome(request, handler), pager.clock)

    return await _outcome(request, stricken)


def _caller_number(request: web.Request) -> str | None:
    pager = request.app[PAGER]
    token = request.headers.get("Authorization", "").partition(" ")[2]
    owner = pager.sessions.holder_of(token)
    extension = pager.directory.extensions.get(owner) if owner is not None else None
    return extension.number if extension else None


async def _outcome(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return _stamped(request, await handler(request))
    except ApiError as refusal:
        return _stamped(request, refused(request, refusal))
    except web.HTTPException as error:
        return _stamped(request, refused(request, _of_http(error)))
    except sqlite3.Error as error:
        log.error("store.failed", extra={"reason": str(error)})  # noqa: TRY400  no defect of ours
        return _stamped(request, refused(request, refuse("CMN-201")))
    except Exception:
        # The edge: a defect of ours becomes a 500 in the dialect and a line in the log.
        log.exception("request.failed", extra={"path": request.path})
        return _stamped(request, refused(request, refuse("CMN-203")))


def _stamped(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Add what every answer carries: rate headers, an id, the pager's own time."""
    if not response.prepared:
        response.headers.update(request.get(EXTRA_HEADERS, {}))
        response.headers["RCRequestId"] = new_uuid()
        response.headers["Date"] = http_date(request.app[PAGER].clock.now_ms())
    return response


def refused(request: web.Request, refusal: ApiError) -> web.Response:
    """Write a refusal."""
    request[ERROR_CODE] = refusal.code
    if request.app[PAGER].config.dialect.localised_messages:
        refusal.message = LOCALISED
    word = request.app[PAGER].config.dialect.word_for_msg_codes
    body = refusal.body()
    if word is not None and refusal.code.startswith("MSG-3"):
        body["errorCode"] = word
    headers = {}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    return web.json_response(body, status=refusal.status, headers=headers)


def _of_http(error: web.HTTPException) -> ApiError:
    """Translate aiohttp's own refusals: no such address, method not allowed, and the like."""
    if error.status == web.HTTPNotFound.status_code:
        return GatewayError(404, "AGW-404", "Resource not found")
    return ApiError(error.status, f"AGW-{error.status}", error.reason)


def _note(request: web.Request, status: int, started: float) -> None:
    """Write an exchange down, without query and without secrets."""
    request.app[PAGER].journal.add(
        "exchange",
        {
            "time": iso(request.app[PAGER].clock.now_ms()),
            "direction": "in",
            "method": request.method,
            "path": request.path[:LONGEST_PATH],
            "status": status if status != CUT else None,
            "error_code": request.get(ERROR_CODE),
            "fault": request.get(FAULT),
            "reference": request.get(REFERENCE) or None,
            "elapsed_ms": round((perf_counter() - started) * 1000, 1),
        },
    )
