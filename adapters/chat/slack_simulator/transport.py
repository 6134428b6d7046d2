"""Faults of the connection itself: what can go wrong around a request that is handled well."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from adapters.chat.slack_simulator.faults import Fault
from adapters.chat.slack_simulator.slack import Slack

BEFORE: Final = frozenset({"refuse", "reset_before_read", "read_then_hang", "status", "html"})
AFTER: Final = frozenset(
    {
        "process_then_reset",
        "process_then_hang",
        "process_then_500",
        "process_then_truncate",
        "slow_drip",
        "slow",
        "unknown_fields",
    }
)
HTML: Final = (
    "<!DOCTYPE html><html><head><title>Slack</title></head><body>Server Error</body></html>"
)


async def answered(
    slack: Slack,
    request: web.Request,
    method: str,
    handle: Callable[[], Awaitable[web.Response]],
) -> web.StreamResponse:
    """Handle a request, spoiled as ordered. `channel` of a fault is not looked at here."""
    if (fault := slack.faults.take(BEFORE, method=method)) is not None:
        return await _instead(slack, request, fault)
    fault = slack.faults.take(AFTER, method=method)
    if fault is not None and fault.verb == "slow":
        await slack.pause(fault.option("seconds", 1.0))
    response = await handle()
    return response if fault is None else await _afterwards(slack, request, response, fault)


async def _instead(slack: Slack, request: web.Request, fault: Fault) -> web.StreamResponse:
    """Nothing is processed."""
    match fault.verb:
        case "status":
            return _status(fault)
        case "html":
            return web.Response(status=503, text=HTML, content_type="text/html")
        case "read_then_hang":
            await request.read()
            await slack.hang()
    return _reset(request)


def _status(fault: Fault) -> web.Response:
    status = fault.option("status", 500)
    headers = {}
    if "retry_after" in fault.options:
        headers["Retry-After"] = str(fault.options["retry_after"])
    body = {"ok": False, "error": fault.option("error", "internal_error")}
    return web.json_response(body, status=status, headers=headers)


async def _afterwards(
    slack: Slack, request: web.Request, response: web.Response, fault: Fault
) -> web.StreamResponse:
    """It was processed, and the answer does not arrive as it should."""
    match fault.verb:
        case "process_then_reset":
            return _reset(request)
        case "process_then_hang":
            await slack.hang()
            return _reset(request)
        case "process_then_500":
            return web.json_response({"ok": False, "error": "fatal_error"}, status=500)
        case "process_then_truncate":
            return await _truncated(request, response)
        case "slow_drip":
            return await _dripped(slack, request, response, fault.option("seconds", 1.0))
        case "unknown_fields":
            return _with_unknown_fields(response)
        case _:
            return response


def _reset(request: web.Request) -> web.Response:
    """Drop the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


def _body(response: web.Response) -> bytes:
    body = response.body
    return body if isinstance(body, bytes) else b""


async def _truncated(request: web.Request, response: web.Response) -> web.StreamResponse:
    """The header promises the whole body; half of it comes."""
    body = _body(response)
    stream = web.StreamResponse(status=response.status, headers={"Content-Length": str(len(body))})
    stream.content_type = "application/json"
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return stream


async def _dripped(
    slack: Slack, request: web.Request, response: web.Response, seconds: float
) -> web.StreamResponse:
    """The body comes in ten pieces over `seconds`."""
    body = _body(response)
    stream = web.StreamResponse(status=response.status, headers={"Content-Length": str(len(body))})
    stream.content_type = "application/json"
    await stream.prepare(request)
    size = max(1, len(body) // 10)
    for start in range(0, len(body), size):
        await slack.pause(seconds / 10)
        await stream.write(body[start : start + size])
    return stream


def _with_unknown_fields(response: web.Response) -> web.Response:
    """Slack adds fields without notice; nobody may stumble over them."""
    text = _body(response).decode()
    surprise = '"new_in_2031":{"nested":[null,1,{"deep":true}]},"etag":null,'
    return web.Response(
        status=response.status,
        body=text.replace("{", "{" + surprise, 1).encode(),
        content_type="application/json",
    )
