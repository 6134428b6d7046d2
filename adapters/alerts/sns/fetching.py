"""Visits to Amazon's own addresses: certificates of signatures, confirmations of subscriptions.

An address comes out of a stranger's body, so the rule for hosts stands before every visit.
"""

import re
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from typing_extensions import override
from yarl import URL

ANSWER_MOST = 64 * 1024
WITHIN_S = 3.0

_HOST = re.compile(r"sns\.[a-z0-9-]{1,32}\.amazonaws\.com(\.cn)?")
_WRITTEN = re.compile(r"[\x21-\x7e]{1,2048}")


class UnreachableError(Exception):
    """Nothing came that could be used; it may come later."""


class Fetch(Protocol):
    """GET an address that has passed the rule."""

    async def get(self, address: str) -> bytes:
        """Get a body of at most 64 KB.

        Raises:
            UnreachableError: no answer, another status than 200 (redirects too), or too long.
        """
        ...


class HttpFetch(Fetch):
    """The real network: no redirects, no cookies, no proxies of the environment."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @override
    async def get(self, address: str) -> bytes:
        try:
            async with self._session.get(
                URL(address, encoded=True),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=WITHIN_S),
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    raise UnreachableError
                return await _capped(answer.content)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise UnreachableError from error


async def _capped(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > ANSWER_MOST:
            raise UnreachableError
    return bytes(body)


def is_amazon(address: str) -> bool:
    """Tell whether an address is SNS's own: https, its exact host, nothing before or after it."""
    if not _WRITTEN.fullmatch(address) or "\\" in address:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(_HOST.fullmatch(parts.netloc))


def is_certificate(address: str) -> bool:
    """Tell whether a signature's certificate may be there."""
    return is_amazon(address) and urlsplit(address).path.endswith(".pem")
