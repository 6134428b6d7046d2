"""Who is silent, slow or too many keeps nobody else out (threat row T21)."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from typing_extensions import override

from adapters import visitors
from adapters.listening import Listener
from adapters.visitors import Door
from tests.web.authority import issued

PATIENCE_S = 0.05
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHo"
ENDLESS = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nbody"


@dataclass
class Desk:
    """Answers when it is `open`."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    listening: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def take(self, _: web.Request) -> web.Response:
        self.asked.set()
        await self.open.wait()
        return web.Response(text="taken")

    async def listen(self, request: web.Request) -> web.Response:
        self.listening.release()
        return web.Response(body=await request.read())

    async def hears(self, count: int) -> None:
        """Wait until so many have begun to tell us something."""
        for _ in range(count):
            await self.listening.acquire()


@dataclass
class Connection:
    """A connection to the listener."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> bytes:
        """Read until the other side hangs up."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def first_line(self) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.readline()


@dataclass
class House:
    """A listener and its visitors."""

    port: int
    desk: Desk
    _connections: list[Connection] = field(default_factory=list)

    async def visit(self, said: bytes = b"") -> Connection:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", self.port))
        connection.writer.write(said)
        self._connections.append(connection)
        return connection

    def leave(self) -> None:
        for connection in self._connections:
            connection.writer.close()


@asynccontextmanager
async def listening(patience_s: float, tls: ssl.SSLContext | None = None) -> AsyncIterator[House]:
    desk = Desk()
    desk.open.set()
    app = web.Application()
    app.router.add_get("/", desk.take)
    app.router.add_post("/", desk.listen)
    listener = Listener(app, access_log=None, shutdown_timeout=0.1, lingering_time=0)
    listener.head_within_s = patience_s
    await listener.setup()
    house = House(await listener.listen("127.0.0.1", 0, tls), desk)
    try:
        yield house
    finally:
        house.leave()
        await listener.cleanup()


@pytest.fixture
async def impatient() -> AsyncIterator[House]:
    async with listening(PATIENCE_S) as house:
        yield house


@pytest.fixture
async def patient() -> AsyncIterator[House]:
    async with listening(60.0) as house:
        yield house


@pytest.mark.parametrize("said", [b"", HALF], ids=["silent", "half a head"])
async def test_who_does_not_say_what_they_want_has_to_go(impatient: House, said: bytes) -> None:
    """Soon after they came, without an answer."""
    connection = await impatient.visit(said)
    assert await connection.answer() == b""


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01"], ids=["silent", "half a greeting"])
async def test_tls_is_begun_soon_too(said: bytes, tmp_path: Path) -> None:
    """Before it is, nobody is a visitor, and nobody could make room."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(issued("here").chain(tmp_path))
    async with listening(PATIENCE_S, tls) as house:
        assert await (await house.visit(said)).answer() == b""


async def test_letter_by_letter_buys_no_time(impatient: House) -> None:
    """Each one is read, and none begins the time anew."""
    connection = await impatient.visit()

    async def dribble() -> None:
        for letter in HALF * 1000:
            connection.writer.write(bytes([letter]))
            await asyncio.sleep(PATIENCE_S / 10)  # noqa: TID251 - slowness is what is tried

    async with asyncio.TaskGroup() as group:
        dribbling = group.create_task(dribble())
        assert await connection.answer() == b""
        dribbling.cancel()


async def test_half_of_a_further_request_has_to_go(impatient: House) -> None:
    """A kept connection may rest; what it begins it has to end."""
    connection = await impatient.visit(REQUEST)
    assert b"200" in await connection.first_line()
    connection.writer.write(HALF)
    assert b"taken" in await connection.answer()


async def test_connection_between_requests_may_rest(impatient: House) -> None:
    """A proxy keeps its connections for much longer than a head takes."""
    kept = await impatient.visit(REQUEST)
    assert b"200" in await kept.first_line()
    await (await impatient.visit()).answer()  # by now a silent one had to go
    kept.writer.write(REQUEST)
    answers = b""
    async with asyncio.timeout(10):
        while answers.count(b"taken") < 2:
            answers += await kept.reader.read(1000)


async def test_who_waits_for_an_answer_is_not_sent_away(impatient: House) -> None:
    """However long we take for it."""
    impatient.desk.open.clear()
    waiting = await impatient.visit(REQUEST)
    await impatient.desk.asked.wait()
    await (await impatient.visit()).answer()
    impatient.desk.open.set()
    assert b"200" in await waiting.first_line()


async def test_idle_ones_make_room(patient: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all places are taken, whoever has waited longest goes, and the newcomer is served."""
    monkeypatch.setattr(visitors, "MOST", 3)
    first, *others = [await patient.visit(HALF) for _ in range(3)]
    newcomer = await patient.visit(REQUEST)
    assert b"200" in await newcomer.first_line()
    assert await first.answer() == b""
    for other in others:
        assert not other.reader.at_eof()


async def test_bodies_that_do_not_end_make_room(
    patient: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody is idle, whoever has kept us waiting longest for the rest has to go."""
    monkeypatch.setattr(visitors, "MOST", 2)
    first, second = [await patient.visit(ENDLESS) for _ in range(2)]
    await patient.desk.hears(2)
    newcomer = await patient.visit(REQUEST)
    assert b"200" in await newcomer.first_line()
    assert await first.answer() == b""
    assert not second.reader.at_eof()


async def test_busy_ones_do_not(patient: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was begun is finished; who comes then may try again."""
    monkeypatch.setattr(visitors, "MOST", 1)
    patient.desk.open.clear()
    busy = await patient.visit(REQUEST)
    await patient.desk.asked.wait()
    assert await (await patient.visit(REQUEST)).answer() == b""
    patient.desk.open.set()
    assert b"200" in await busy.first_line()


class Away(asyncio.Transport):
    """The end of a connection from another machine."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 40_000)})
        self.aborted = False

    @override
    def is_closing(self) -> bool:
        return self.aborted

    @override
    def abort(self) -> None:
        self.aborted = True

    @override
    def close(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(
    "near", ["127.0.0.1", "10.1.2.3", "192.168.0.7", "::1", "fd00::1", "::ffff:10.1.2.3"]
)
async def test_one_address_does_not_take_all_places(near: str) -> None:
    """More than its share is refused; others, and a proxy beside us or near, come in."""
    runner = Listener(web.Application(), access_log=None)
    await runner.setup()
    door = runner.server
    assert isinstance(door, Door)
    many = [Away("203.0.113.9") for _ in range(visitors.MOST_OF_ONE + 1)]
    for transport in (*many, other := Away("203.0.113.10")):
        door.connection_made(door(), transport)
    beside = [Away(near) for _ in range(visitors.MOST_OF_ONE + 1)]
    for transport in beside:
        door.connection_made(door(), transport)
    assert [each.aborted for each in many] == [False] * visitors.MOST_OF_ONE + [True]
    assert not any(each.aborted for each in (other, *beside))
    door._connections.clear()
    await runner.cleanup()
