"""A wire that breaks in the middle of a request: half of it gets through, and nothing after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from yarl import URL

from tests.faults.company import Company


@dataclass
class HalfWay:
    """Passes everything on until it sees `word`; of that piece, the first half."""

    to: URL
    word: bytes
    broken: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        there, back = await asyncio.open_connection(self.to.host, self.to.port)
        answers = asyncio.create_task(_carry(there, writer))  # noqa: TID251 - ended below
        with suppress(ConnectionError):
            while piece := await reader.read(2**16):
                if self.word in piece:
                    back.write(piece[: len(piece) // 2])
                    self.broken.set()
                    break
                back.write(piece)
            await reader.read()
        answers.cancel()
        for end in (back, writer):
            end.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(2**16):
            writer.write(piece)


@asynccontextmanager
async def half_way(company: Company, word: bytes) -> AsyncIterator[HalfWay]:
    """Put the wire between the service and the pager, for runs that start in the block."""
    wire, usual = HalfWay(URL(company.pager.url), word), company.config.read_text()
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    company.config.write_text(usual.replace(company.pager.url, f"http://127.0.0.1:{port}"))
    try:
        yield wire
    finally:
        company.config.write_text(usual)
        server.close()
