"""A wire to PostgreSQL that can be cut at the worst moment."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

_COMMIT = b"COMMIT\0"
Cut = Literal["never", "before COMMIT", "after COMMIT"]


class Wire:
    """Passes bytes between a client's socket and the server's; cuts once, where it is told."""

    def __init__(self, server: Path, folder: Path) -> None:
        self._server = server / ".s.PGSQL.5432"
        self._path = folder / ".s.PGSQL.5432"
        self._listener: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []
        self._running: set[asyncio.Task[None]] = set()
        self.cut: Cut = "never"
        self.cuts = 0
        self.on_cut: Callable[[], None] = lambda: None
        """Called when it is cut, before anybody can notice."""

    def lead_to(self, server: Path) -> None:
        """Take clients to another server from the next connection on."""
        self._server = server / ".s.PGSQL.5432"

    def url(self, database: str) -> str:
        """Give the address of a database at the other end."""
        return f"postgresql://gateway@/{database}?host={self._path.parent}"

    async def open(self) -> None:
        """Listen for clients."""
        self._listener = await asyncio.start_unix_server(self._connected, self._path)

    async def close(self) -> None:
        """Hang up on everybody."""
        assert self._listener is not None
        self._listener.close()
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._running, *map(_closed, self._ends))

    async def _connected(
        self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        server, to_server = await asyncio.open_unix_connection(self._server)
        self._ends += to_client, to_server
        up = self._pass_up(client, to_server, to_client)
        for passing in (up, _pass_down(server, to_client)):
            self._running.add(asyncio.get_running_loop().create_task(passing))

    async def _pass_up(
        self,
        client: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        to_client: asyncio.StreamWriter,
    ) -> None:
        while data := await _read(client):
            if _COMMIT in data and self.cut != "never":
                self.cuts += 1
                cut, self.cut = self.cut, "never"
                self.on_cut()
                to_client.transport.abort()
                if cut == "after COMMIT":
                    to_server.write(data)
                break
            to_server.write(data)
        to_server.close()


async def _pass_down(server: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
    while data := await _read(server):
        to_client.write(data)
    to_client.close()


async def _read(end: asyncio.StreamReader) -> bytes:
    """Read what is there; nothing once the other side is gone."""
    with suppress(OSError):
        return await end.read(65536)
    return b""


async def _closed(end: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await end.wait_closed()
