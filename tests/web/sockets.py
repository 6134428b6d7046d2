"""A control socket for tests: routes behind it, and somebody who asks there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession, UnixConnector, web
from typing_extensions import override

from adapters.listening import Listener
from gateway.web.app import Health
from gateway.web.control import ControlDoors, control_app
from tests.fakes.observer import Ears


@dataclass
class Well(Health):
    """A gateway that is well."""

    @override
    async def ready(self) -> list[str]:
        return []

    @override
    async def status(self) -> dict[str, object]:
        return {"version": "1"}

    @override
    async def measure(self) -> None:
        """Measure nothing."""


@asynccontextmanager
async def served(path: Path, *routes: web.RouteDef) -> AsyncIterator[ClientSession]:
    """Listen on the path; gives who asks there."""
    listener = Listener(control_app(ControlDoors(Well(), routes), Ears()), access_log=None)
    await listener.setup()
    try:
        await listener.listen_unix(path)
        async with ClientSession("http://gateway", connector=UnixConnector(str(path))) as session:
            yield session
    finally:
        await listener.cleanup()
