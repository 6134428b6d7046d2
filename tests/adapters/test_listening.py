"""A listener that closes leaves no connection open, whenever it came."""

import asyncio
import socket

import pytest
from aiohttp import web

from adapters.listening import Listener


@pytest.mark.parametrize("turns", range(8))
async def test_connection_that_came_just_before_the_end_is_closed(turns: int) -> None:
    """However far it has got, its sender sees the end of it."""
    runner = Listener(web.Application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    port = await runner.listen("127.0.0.1", 0)
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.settimeout(0)
        for _ in range(turns):
            await asyncio.sleep(0)  # noqa: TID251 - lets the loop turn, waits for no time
        await runner.cleanup()
        async with asyncio.timeout(10):
            assert await _next_of(sender) == b""


async def _next_of(sender: socket.socket) -> bytes:
    """Read on; being reset is an end too, for whoever was never accepted."""
    try:
        return await asyncio.get_running_loop().sock_recv(sender, 1)
    except ConnectionResetError:
        return b""
