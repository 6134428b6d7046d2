"""HTTP to an issuer: bounded, without redirects, and JSON or nothing."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import aiohttp

MAX_ANSWER = 1024 * 1024
_PATIENCE = aiohttp.ClientTimeout(total=10.0, connect=3.0, sock_connect=3.0, sock_read=5.0)

Json = Mapping[str, Any]


class AwayError(Exception):
    """No whole answer came; never chained, because aiohttp's errors carry what was asked."""


async def ask(
    url: str, form: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
) -> tuple[int, Json]:
    """Get a JSON object, or what comes for a form; gives the status with it.

    A connection for each: people sign in a few times a day.

    Raises:
        AwayError: there is none, or it is no object, or beyond 1 MB.
    """
    try:
        async with (
            aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept": "application/json", "User-Agent": "pager-gateway"},
                timeout=_PATIENCE,
            ) as http,
            http.request(
                "GET" if form is None else "POST",
                url,
                data=form,
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            read = json.loads(await _capped(answer), parse_constant=_no_number)
    except (aiohttp.ClientError, OSError, ValueError, RecursionError):
        raise AwayError from None
    if not isinstance(read, dict):
        raise AwayError
    return answer.status, read


async def _capped(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise AwayError
    return bytes(body)


def _no_number(_: str) -> NoReturn:
    raise ValueError
