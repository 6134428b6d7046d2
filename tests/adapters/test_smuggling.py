"""Requests that two readers of HTTP could read in two ways get one answer: no (threat row T22)."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from adapters.listening import Listener
from gateway.web.app import PublicDoors, public_app
from gateway.web.body import read_body
from tests.fakes.observer import Ears

HOST = b"Host: here\r\n"
SECOND = b"POST /slack/events HTTP/1.1\r\nHost: here\r\nContent-Length: 6\r\n\r\nhidden"
POST = b"POST /slack/events HTTP/1.1\r\n"


def post(headers: bytes, body: bytes) -> bytes:
    return POST + HOST + headers + b"\r\n" + body


AMBIGUOUS: dict[str, bytes] = {
    "length and chunks": post(
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SECOND
    ),
    "chunks and length": post(
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n" + SECOND
    ),
    "two lengths": post(b"Content-Length: 0\r\nContent-Length: 4\r\n", b"body" + SECOND),
    "two lengths that agree": post(b"Content-Length: 4\r\nContent-Length: 4\r\n", b"body"),
    "lengths in a list": post(b"Content-Length: 4, 4\r\n", b"body"),
    "two hosts": POST + HOST + b"Host: there\r\nContent-Length: 4\r\n\r\nbody",
    "a negative length": post(b"Content-Length: -1\r\n", b"body"),
    "a signed length": post(b"Content-Length: +4\r\n", b"body"),
    "a length in hex": post(b"Content-Length: 0x4\r\n", b"body"),
    "a length with a gap": post(b"Content-Length: 4 0\r\n", b"body"),
    "a length beyond all numbers": post(b"Content-Length: " + b"9" * 40 + b"\r\n", b"body"),
    "chunks under another name": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + SECOND),
    "chunks that are not last": post(
        b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n" + SECOND
    ),
    "chunks twice": post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n" + SECOND),
    "a chunk of no size": post(b"Transfer-Encoding: chunked\r\n", b"\r\nbody\r\n0\r\n\r\n"),
    "a chunk of a negative size": post(
        b"Transfer-Encoding: chunked\r\n", b"-4\r\nbody\r\n0\r\n\r\n"
    ),
    "a chunk of a size in 0x": post(b"Transfer-Encoding: chunked\r\n", b"0x4\r\nbody\r\n0\r\n\r\n"),
    "a chunk longer than it says": post(
        b"Transfer-Encoding: chunked\r\n", b"2\r\nbody\r\n0\r\n\r\n"
    ),
    "a chunk beyond all numbers": post(
        b"Transfer-Encoding: chunked\r\n", b"f" * 20 + b"\r\nbody\r\n0\r\n\r\n"
    ),
    "a gap before the colon": post(b"Content-Length : 4\r\n", b"body"),
    "a folded header": post(b"X-Odd: a\r\n b\r\nContent-Length: 4\r\n", b"body"),
    "a header with a NUL": post(b"X-Odd: a\x00b\r\nContent-Length: 4\r\n", b"body"),
    "a header with a bare CR": post(b"X-Odd: a\rContent-Length: 4\r\n", b"body"),
    "a header without a name": post(b": a\r\nContent-Length: 4\r\n", b"body"),
    "a header that never ends": post(b"X-Odd: " + b"a" * 100_000 + b"\r\n", b""),
    "more headers than anybody has": post(b"X-Odd: a\r\n" * 5_000, b""),
    "no method": b"/slack/events HTTP/1.1\r\n" + HOST + b"\r\n",
    "a version of tomorrow": b"POST /slack/events HTTP/9.9\r\n" + HOST + b"\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@dataclass
class Desk:
    """Who is asked; counts what got as far."""

    heard: list[bytes] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append(await read_body(request, 1000))
        return web.Response(text="taken")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def port(desk: Desk) -> AsyncIterator[int]:
    app = public_app(PublicDoors(slack=desk.take), Ears())
    listener = Listener(app, access_log=None, shutdown_timeout=1.0, lingering_time=0)
    await listener.setup()
    try:
        yield await listener.listen("127.0.0.1", 0)
    finally:
        await listener.cleanup()


async def answers_to(port: int, said: bytes, *, more: bool = False) -> bytes:
    """Say something, and perhaps nothing more; gives everything that is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(said)
        if not more:
            writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_ambiguous_request_reaches_nobody(
    port: int, desk: Desk, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is refused without a word, here and in the log: what it holds may be a secret."""
    answer = await answers_to(port, AMBIGUOUS[name])
    assert desk.heard == []
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert answer.count(b"HTTP/1.1") <= 1
    assert caplog.records == []
    assert b"aiohttp" not in answer
    assert answer.partition(b"\r\n\r\n")[2] == b""


async def test_requests_in_a_row_are_answered_one_by_one(port: int, desk: Desk) -> None:
    """Who speaks plainly is heard, also twice on one connection."""
    last = SECOND.replace(HOST, HOST + b"Connection: close\r\n")
    answer = await answers_to(port, SECOND + last, more=True)
    assert desk.heard == [b"hidden", b"hidden"]
    assert answer.count(b"HTTP/1.1 200") == 2


def test_spare_parser_is_refused() -> None:
    """It reads odd requests in other ways; a gateway that would use it does not start."""
    code = (
        "import asyncio\n"
        "from aiohttp import web\n"
        "from adapters.listening import Listener\n"
        "asyncio.run(Listener(web.Application()).setup())"
    )
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        text=True,
        env={"AIOHTTP_NO_EXTENSIONS": "1", "PYTHONPATH": ":".join(sys.path)},
    )
    assert "SlowParserError" in ended.stderr
    assert "AIOHTTP_NO_EXTENSIONS" in ended.stderr
