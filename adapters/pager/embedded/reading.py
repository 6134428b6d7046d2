"""Reading what clients send, hostile or not: bodies, queries, path ids; refusals are 4xx."""

import ipaddress
import json
from typing import Any, NoReturn

from aiohttp import web
from multidict import MultiMapping

from adapters.pager.embedded.clock import from_iso
from adapters.pager.embedded.errors import ApiError, bad, refuse
from adapters.pager.embedded.resources import Paging

MAX_BODY = 256 * 1024
MAX_DEPTH = 32
LARGEST = 2**63 - 1
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 50

Form = MultiMapping[str]


async def read_body(request: web.Request) -> bytes:
    """Read a body up to `MAX_BODY` bytes; compressed bodies are refused, not unpacked."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ApiError(415, "CMN-104", "Content encoding is not supported")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "CMN-104", "Request body is too large") from None


async def read_json(request: web.Request) -> Any:
    """Read any JSON value, at most `MAX_DEPTH` deep, without NaN or endless numbers."""
    raw = await read_body(request)
    try:
        value = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise refuse("CMN-103") from None
    if _depth_exceeds(value, MAX_DEPTH):
        raise refuse("CMN-103")
    return value


async def read_object(request: web.Request) -> dict[str, Any]:
    """Read a JSON object."""
    value = await read_json(request)
    if not isinstance(value, dict):
        raise refuse("CMN-103")
    return value


async def read_form(request: web.Request) -> Form:
    """Read a urlencoded form, and nothing else (415)."""
    raw = await read_body(request)
    if raw and request.content_type != FORM:
        raise ApiError(415, "CMN-104", "Unsupported Media Type")
    if raw.count(b"&") >= MOST_FIELDS:
        raise refuse("CMN-104")
    try:
        form = await request.post()
    except (ValueError, LookupError):
        raise refuse("CMN-104") from None
    return form  # type: ignore[return-value]  # urlencoded forms hold no files


async def read_optional_object(request: web.Request) -> dict[str, Any]:
    """Read a JSON object, or nothing at all."""
    return await read_object(request) if await read_body(request) else {}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def whole_number(text: str, name: str, low: int, high: int = LARGEST) -> int:
    """Read a decimal number between `low` and `high`."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))):
        raise bad(name)
    number = int(text)
    if not low <= number <= high:
        raise bad(name)
    return number


def one_of(query: MultiMapping[str], name: str, known: frozenset[str]) -> tuple[str, ...] | None:
    """Read a repeatable choice, `None` if it is absent."""
    chosen = tuple(query.getall(name, ()))
    if not known.issuperset(chosen):
        raise bad(name)
    return chosen or None


def flag(query: MultiMapping[str], name: str) -> bool:
    """Read `true` or `false`; absent is false."""
    text = query.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise bad(name)
    return text == "true"


def moment(query: MultiMapping[str], name: str, default_ms: int) -> int:
    """Read an ISO 8601 moment in milliseconds."""
    if name not in query:
        return default_ms
    found = from_iso(query[name])
    if found is None:
        raise bad(name)
    return found


def page_wanted(query: MultiMapping[str], largest: int = 1000) -> Paging:
    """Read `page` (from 1) and `perPage` (clamped to `largest`; `max` means that)."""
    page = whole_number(query.get("page", "1"), "page", 1, 2**31 - 1)
    size = query.get("perPage", "100")
    wanted = largest if size == "max" else whole_number(size, "perPage", 1)
    return Paging(page, min(wanted, largest))


def others(query: MultiMapping[str]) -> list[tuple[str, str]]:
    """List the query without paging, as navigation links repeat it."""
    return [(key, value) for key, value in query.items() if key not in {"page", "perPage"}]


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
