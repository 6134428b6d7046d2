"""The network between two systems: a TCP proxy that takes its time, and sees what arrives."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.faults.waiting import until

_TOKEN = re.compile(rb"token\d{5}")


@dataclass
class Distance:
    """Half of `round_trip_s` away from whoever connects, in each direction.

    `arrived` tells when a word such as `token00001` came to the far end for the first time, in
    seconds of the loop; `connections` counts who connected.
    """

    far: str
    round_trip_s: float
    url: str = ""
    arrived: dict[str, float] = field(default_factory=dict)
    connections: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def meet(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry a connection to the far end, and its answers back."""
        self.connections += 1
        parts = urlsplit(self.far)
        answers, on = await asyncio.open_connection(parts.hostname, parts.port)
        self._open |= {on, back}
        with suppress(ConnectionError):
            await asyncio.gather(self._carry(near, on, watched=True), self._carry(answers, back))
        for each in (on, back):
            with suppress(ConnectionError):
                await each.wait_closed()
            self._open.discard(each)

    async def cut(self) -> None:
        """Drop every connection."""
        for each in self._open:
            each.transport.abort()
        await until(self._is_cut, "no connection left")

    async def _is_cut(self) -> bool | None:
        return None if self._open else True

    async def _carry(
        self, come: asyncio.StreamReader, go: asyncio.StreamWriter, *, watched: bool = False
    ) -> None:
        loop, late = asyncio.get_running_loop(), self.round_trip_s / 2
        while piece := await come.read(65536):
            loop.call_at(loop.time() + late, self._arrive, piece, go, watched)
        loop.call_at(loop.time() + late, go.close)

    def _arrive(self, piece: bytes, go: asyncio.StreamWriter, watched: bool) -> None:  # noqa: FBT001 - the loop hands on what it was given, in order
        if watched:
            for word in _TOKEN.findall(piece):
                self.arrived.setdefault(word.decode(), asyncio.get_running_loop().time())
        if not go.is_closing():
            go.write(piece)


@asynccontextmanager
async def distant(far: str, round_trip_s: float) -> AsyncIterator[Distance]:
    """Put a system so far away for the length of the block; it is reached at `url`."""
    distance = Distance(far, round_trip_s)
    server = await asyncio.start_server(distance.meet, "127.0.0.1", 0)
    distance.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield distance
    finally:
        server.close()
        await distance.cut()
