"""Connections of strangers: they have to say soon what they want, and there are only so many.

aiohttp waits for ever for a request's head, and takes as many connections as there are files. Who
is silent, or says a letter a minute, would sooner or later keep out Slack.
"""

import asyncio
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import chain

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from typing_extensions import override

HEAD_WITHIN_S = 5.0
"""From the connection, or from the first byte of a further request, to the end of its head."""
MOST = 512
MOST_OF_ONE = 64
"""Of one address of the internet. Whoever comes from near is a proxy, and speaks for many."""
_NEAR = tuple(
    map(
        ip_network,
        (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
"""This machine, and private networks, where proxies and clusters are (RFC 1918, 6598, 4193)."""
_SERVER_ERRORS = 500


class Visitor(RequestHandler):
    """One connection. aiohttp's own handler, that does not wait for ever."""

    __slots__ = ("_patience", "_patience_s")

    def __init__(self, door: "Door", patience_s: float, **options: object) -> None:
        super().__init__(door, **options)  # type: ignore[arg-type]  # passed on as they came
        self._patience_s = patience_s
        self._patience: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether no request is under way, at most the beginning of a head."""
        waiter = self._waiter
        return waiter is not None and not waiter.done() and not self._messages

    @property
    def unfinished(self) -> bool:
        """Whether they have not said all of a request yet."""
        if self._current_request is not None:
            return not self._current_request.content.is_eof()
        return not any(body.is_eof() for _, body in self._messages)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._expect_a_head()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._patience is None and self.idle:
            self._expect_a_head()
        elif self._patience and not self.idle:
            self._patience.cancel()
            self._patience = None

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        if self._patience:
            self._patience.cancel()
        super().connection_lost(exc)

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Refuse what is no HTTP without a word: aiohttp would quote it, to them and in the log.

        Addresses and headers hold secrets, also in requests that nobody can read.
        """
        if status >= _SERVER_ERRORS or request.writer.output_size:
            return super().handle_error(request, status, exc, message)
        answer = web.Response(status=status, headers={"Server": "gateway"})
        answer.force_close()
        return answer

    def _expect_a_head(self) -> None:
        self._patience = self._loop.call_later(self._patience_s, self._lose_patience)

    def _lose_patience(self) -> None:
        self._patience = None
        if self.idle:
            self.force_close()


class Door(web.Server):
    """Lets visitors in; when all places are taken, whoever has been idle longest has to go.

    Where nobody is idle, it is who came first of those who have not said all of their request:
    five hundred bodies that never end would else keep everybody out.
    """

    def __init__(self, server: web.Server, patience_s: float = HEAD_WITHIN_S) -> None:
        """Stand in the place of aiohttp's own server."""
        super().__init__(
            server.request_handler,
            request_factory=server.request_factory,
            loop=server._loop,  # noqa: SLF001 - made to be replaced by us
            **server._kwargs,  # noqa: SLF001 - same
        )
        self._patience_s = patience_s

    @override
    def __call__(self) -> Visitor:
        return Visitor(self, self._patience_s, loop=self._loop, **self._kwargs)

    @override
    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        peer = _address(transport)
        if peer and sum(_address(each) == peer for each in self._open()) > MOST_OF_ONE:
            transport.abort()
        elif len(self._open()) > MOST:
            self._make_room(transport)

    def _open(self) -> list[asyncio.Transport]:
        return [each for each in self._connections.values() if not each.is_closing()]

    def _make_room(self, newcomer: asyncio.Transport) -> None:
        """Close the oldest connection that waits for a request or its end; else the new one."""
        here = [
            visitor
            for visitor, transport in self._connections.items()
            if isinstance(visitor, Visitor)
            and transport is not newcomer
            and not transport.is_closing()
        ]
        idle = (visitor for visitor in here if visitor.idle)
        unfinished = (visitor for visitor in here if visitor.unfinished)
        if goes := next(chain(idle, unfinished), None):
            return goes.force_close()
        return newcomer.abort()


def _address(transport: asyncio.Transport) -> str:
    """Tell whose connection this is; empty when it comes from near."""
    peer = transport.get_extra_info("peername")
    if not isinstance(peer, tuple):
        return ""
    address = ip_address(peer[0].partition("%")[0])
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return "" if any(address in network for network in _NEAR) else str(address)
