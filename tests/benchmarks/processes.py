"""Servers in processes of their own, so that what they cost is theirs alone."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any

from aiohttp import ClientSession, web

from tests.faults.waiting import listening

Serve = Callable[..., Coroutine[Any, Any, None]]


@asynccontextmanager
async def served(
    session: ClientSession, url: str, serve: Serve, *arguments: object
) -> AsyncIterator[int]:
    """Run a server for the length of the block, once somebody listens at `url`; gives its pid.

    `serve` and its arguments are pickled: a function of a module, not of a function.
    """
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=_run, args=(serve, *arguments), daemon=True)
    process.start()
    try:
        await listening(session, url, serve.__module__)
        yield process.pid or 0
    finally:
        process.kill()
        process.join()


def _run(serve: Serve, *arguments: object) -> None:
    asyncio.run(serve(*arguments))


async def serve_app(app: web.Application, port: int, tls: SSLContext | None = None) -> None:
    """Serve an application on loopback until killed."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
    await asyncio.Event().wait()
