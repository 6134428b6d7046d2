"""A listener that closes serves who has come, leaves no connection open, and takes nobody else."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.listening import AddressError, Listener

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


@asynccontextmanager
async def closing_after(turns: int, said: bytes) -> AsyncIterator[tuple[socket.socket, int]]:
    """Connect and speak, let the loop turn so often, and close the listener; gives its port."""
    runner = Listener(web.Application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    port = await runner.listen("127.0.0.1", 0)
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(said)
        sender.settimeout(0)
        for _ in range(turns):
            await asyncio.sleep(0)  # noqa: TID251 - lets the loop turn, waits for no time
        await runner.cleanup()
        yield sender, port


async def answer_to(sender: socket.socket) -> bytes:
    loop, answer = asyncio.get_running_loop(), b""
    async with asyncio.timeout(10):
        while part := await loop.sock_recv(sender, 1000):
            answer += part
    return answer


@pytest.mark.parametrize("turns", range(8))
async def test_silent_connection_is_closed(turns: int) -> None:
    """However far it has got, its sender sees the end of it."""
    async with closing_after(turns, b"") as (sender, _):
        assert await answer_to(sender) == b""


@pytest.mark.parametrize("turns", range(8))
async def test_request_that_came_just_before_the_end_is_answered(turns: int) -> None:
    """Also one whose connection was not accepted yet."""
    async with closing_after(turns, REQUEST) as (sender, _):
        assert (await answer_to(sender)).startswith(b"HTTP/1.1 404 Not Found")


async def test_who_comes_later_finds_the_door_closed() -> None:
    """They are refused at once, and may try another process."""
    async with closing_after(0, b"") as (_, port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


async def test_a_taken_address_is_told_in_words() -> None:
    """Whoever starts a second program there reads where, and how to find the first."""
    runner = Listener(web.Application(), access_log=None)
    await runner.setup()
    port = await runner.listen("127.0.0.1", 0)
    with pytest.raises(AddressError) as refused:
        await runner.listen("127.0.0.1", port)
    await runner.cleanup()
    told = f"127.0.0.1:{port} cannot be listened on (Address already in use)."
    assert str(refused.value) == f"{told} See who has it: ss -ltnp 'sport = :{port}'."
