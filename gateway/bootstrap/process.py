"""The gateway as a process: it runs until it is told to end."""

import asyncio
import gc
import os
import signal

from gateway.bootstrap import RunningGateway, Seams, running_gateway
from gateway.routes.loads import Trigger
from gateway.settings import Settings


async def serve(
    settings: Settings, seams: Seams | None = None, others: tuple[Settings, ...] = ()
) -> int:
    """Serve until SIGTERM or SIGINT; a second one ends at once. Returns the exit code.

    SIGHUP has the files read again that may change while we run; it never ends us.
    """
    hung_up = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up.set)
    async with (
        running_gateway(settings, seams, others=others) as gateway,
        asyncio.TaskGroup() as tasks,
    ):
        reloads = tasks.create_task(_reload_when(hung_up, gateway))
        spare_the_collector()
        await stop_signal()
        reloads.cancel()
    return 0


def spare_the_collector() -> None:
    """Leave out what stays as long as we run, for good, when garbage is collected.

    Going over it takes 0.1 s of CPU each time, and everybody waits for that.
    """
    gc.collect()
    gc.freeze()


async def _reload_when(hung_up: asyncio.Event, gateway: RunningGateway) -> None:
    while await hung_up.wait():
        hung_up.clear()
        for house in gateway.houses.open.values():
            await house.reloads.reload(Trigger.SIGNAL)


async def stop_signal() -> None:
    """Wait for SIGTERM or SIGINT. A second one ends the process where it stands."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _stop_or_end, stop)
    await stop.wait()


def _stop_or_end(stop: asyncio.Event) -> None:
    if stop.is_set():
        os._exit(130)
    stop.set()
