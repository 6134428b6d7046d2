"""Faults of the connection itself: what can go wrong around a request that is handled well."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
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
# No status reaches the caller.
SILENT: Final = frozenset(
    {
        "refuse",
        "reset_before_read",
        "read_then_hang",
        "process_then_reset",
        "process_then_hang",
    }
)
HTML: Final = (
    "<!DOCTYPE html><html><head><title>Slack</title></head><body>Server Error</body></html>"
)


@dataclass(frozen=True)
class Handled:
    """An answer, and what the record of exchanges wants to know about it."""

    response: web.Response
    error: str | None = None
    # The words that were exchanged: searched for a reference, then forgotten.
    said: str = ""
    channel: str | None = None


async def answered(
    slack: Slack, request: web.Request, method: str, handle: Callable[[], Awaitable[Handled]]
) -> web.StreamResponse:
    """Handle a request of the app and record it, spoiled as ordered."""
    started = perf_counter()
    fault = slack.faults.take(BEFORE, method=method)
    if fault is None:
        handled = await handle()
        fault = slack.faults.take(AFTER, method=method, channel=handled.channel)
    else:
        handled = Handled(_instead(fault))
    slack.exchanges.record(
        "in",
        method,
        path=f"/api/{method}" if method != "response_url" else "/response_url",
        status=None if fault and fault.verb in SILENT else handled.response.status,
        error=handled.error,
        said=handled.said,
        elapsed_s=perf_counter() - started,
        fault=None if fault is None else fault.verb,
    )
    return handled.response if fault is None else await _spoiled(slack, request, handled, fault)


def _instead(fault: Fault) -> web.Response:
    """The answer when nothing is processed."""
    if fault.verb == "html":
        return web.Response(status=503, text=HTML, content_type="text/html")
    return _status(fault)


def _status(fault: Fault) -> web.Response:
    status = fault.option("status", 500)
    headers = {}
    if "retry_after" in fault.options:
        headers["Retry-After"] = str(fault.options["retry_after"])
    body = {"ok": False, "error": fault.option("error", "internal_error")}
    return web.json_response(body, status=status, headers=headers)


async def _spoiled(
    slack: Slack, request: web.Request, handled: Handled, fault: Fault
) -> web.StreamResponse:
    """What becomes of the answer on its way."""
    response = handled.response
    match fault.verb:
        case "refuse" | "reset_before_read" | "process_then_reset":
            return _reset(request)
        case "read_then_hang" | "process_then_hang":
            await request.read()
            await slack.hang()
            return _reset(request)
        case "process_then_500":
            return web.json_response({"ok": False, "error": "fatal_error"}, status=500)
        case "process_then_truncate":
            return await _truncated(request, response)
        case "slow":
            await slack.pause(fault.option("seconds", 1.0))
        case "slow_drip":
            return await _dripped(slack, request, response, fault.option("seconds", 1.0))
        case "unknown_fields":
            return _with_unknown_fields(response)
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
