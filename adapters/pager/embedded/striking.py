"""How faults strike a request: before, instead of, or after it is processed."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from adapters.pager.embedded.clock import ServerClock
from adapters.pager.embedded.errors import ApiError, refuse
from adapters.pager.embedded.faults import Fault

Process = Callable[[], Awaitable[web.StreamResponse]]

# Nobody reads what is returned after the connection was cut.
CUT = 499


async def strike(
    fault: Fault, request: web.Request, process: Process, clock: ServerClock
) -> web.StreamResponse:
    """Answer a request the way a fault wants it.

    Raises:
        ApiError: for verbs that refuse.
    """
    match fault.verb:
        case "reset_before_read":
            return cut(request)
        case "read_then_hang":
            await request.read()
            return await _hang(fault, request)
        case "hang_then_process":
            await request.read()
            await _released(fault)
            return await process()
        case "status" | "maintenance":
            raise _refusal(fault)
    response = await process()
    match fault.verb:
        case "process_then_reset":
            return cut(request)
        case "process_then_hang":
            return await _hang(fault, request)
        case "process_then_500":
            failure = refuse("CMN-203").body()
            return web.json_response(failure, status=fault.arguments["status"])
        case "process_then_truncate":
            return await _truncate(request, response)
        case _:
            return await _drip(fault, request, response, clock)


def _refusal(fault: Fault) -> ApiError:
    status = fault.arguments.get("status", 503)
    code = fault.arguments.get("error_code") or {503: "CMN-201", 429: "CMN-301"}.get(status)
    if fault.verb == "maintenance":
        code = "CMN-211"
    refusal = ApiError(status, str(code or f"AGW-{status}"), "Ordered by the administrator")
    refusal.retry_after_s = fault.arguments["retry_after"]
    return refusal


def cut(request: web.Request) -> web.Response:
    """Cut the connection under a request."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=CUT)


async def _hang(fault: Fault, request: web.Request) -> web.Response:
    """Say nothing until the fault is deleted or its time is over, then cut the connection."""
    await _released(fault)
    return cut(request)


async def _released(fault: Fault) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(fault.released.wait(), fault.arguments["for_s"])


async def _truncate(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    body = _body(response)
    partial = _without_body(response)
    partial.content_length = len(body)
    await partial.prepare(request)
    await partial.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()  # after what was written has left
    return partial


async def _drip(
    fault: Fault, request: web.Request, response: web.StreamResponse, clock: ServerClock
) -> web.StreamResponse:
    body = _body(response)
    slow = _without_body(response)
    slow.content_length = len(body)
    await slow.prepare(request)
    size = max(1, fault.arguments["chunk"])
    for start in range(0, len(body), size):
        await clock.wait_until(clock.now_ms() + round(fault.arguments["delay_s"] * 1000))
        await slow.write(body[start : start + size])
    await slow.write_eof()
    return slow


def _without_body(response: web.StreamResponse) -> web.StreamResponse:
    return web.StreamResponse(status=response.status, headers=response.headers)


def _body(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else None
    return body if isinstance(body, bytes) else b""
