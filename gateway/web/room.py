"""How much of alert sources is in hand at once, so that Slack's acknowledgements never wait behind.

What finds no room is answered 503 and comes again. No source may take the room of the others, some
of which try only once. What is in hand is worked on a little at a time: whatever a person waits for
comes in between.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from aiohttp import web

from gateway.ports.observer import Observer

RETRY_AFTER_S = "5"

_LEAST = 4096
"""A request takes so much room however small it is: a thousand of them are a lot, too."""

AT_ONCE = 8
"""So many small requests are parsed and written together, some 100 alerts; or a large one alone."""


@dataclass
class IntakeRoom:
    """Counts what is in hand, in bytes; an empty room takes anything.

    `readers` bounds the bodies being read, `most` the bytes that are parsed and written.
    """

    observer: Observer
    readers: int = 256
    most: int = 4 * 1024 * 1024
    _reading: int = field(default=0, init=False)
    _held: Counter[str] = field(default_factory=Counter, init=False)
    _line: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _hands: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(AT_ONCE), init=False
    )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold a place while a body comes in.

        Raises:
            web.HTTPServiceUnavailable: too many come in already; nothing was read.
        """
        if self._reading >= self.readers:
            self._shed("")
        self._reading += 1
        try:
            yield
        finally:
            self._reading -= 1

    @contextmanager
    def working(self, source: str, size: int) -> Iterator[None]:
        """Hold room while a body is checked, parsed and written.

        Raises:
            web.HTTPServiceUnavailable: there is none; nothing was written.
        """
        taken = max(size, _LEAST)
        of_source, of_all = self._held[source], self._held.total()
        if (of_all and of_all + taken > self.most) or (
            of_source and of_source + taken > self.most // 2
        ):
            self._shed(source)
        self._held[source] += taken
        try:
            yield
        finally:
            self._held[source] -= taken

    @asynccontextmanager
    async def turn(self, size: int) -> AsyncIterator[None]:
        """Wait until a body's turn has come to be parsed and written, in the order of asking."""
        async with AsyncExitStack() as held:
            async with self._line:  # or two large ones would wait for each other's half
                for _ in range(min(-(-size // _LEAST), AT_ONCE)):
                    await held.enter_async_context(self._hands)
            yield

    def _shed(self, source: str) -> NoReturn:
        self.observer.saw("alerts.shed", source=source)
        raise web.HTTPServiceUnavailable(headers={"Retry-After": RETRY_AFTER_S})
