"""Before the database answers: alive, not ready, nothing taken, and everybody is told so.

A supervisor would start us again and again, each time later, and who calls meanwhile would find a
closed door. Nothing is lost: what Slack and alert sources have to say comes again, and pagers'
mailboxes are read from where they were left.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry
from typing_extensions import override

from adapters.chat.slack import away_edge
from gateway import __version__
from gateway.bootstrap.doors import listening, listening_on_file
from gateway.bootstrap.health import OPEN_STATES
from gateway.bootstrap.opening import sorry_in
from gateway.bootstrap.parts import Parts
from gateway.bootstrap.tls import Tls
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.settings import Settings, control_socket
from gateway.text.words import Words
from gateway.web.app import Health, PublicDoors, admin_app, public_app
from gateway.web.control import ControlDoors, control_app

_AGAIN_S = 1.0
_AWAY = "database away"


@dataclass(frozen=True)
class WaitingRoom:
    """Where the callers of a process wait until it has its database."""

    settings: Settings
    clock: Clock
    observer: Observer
    tls: Tls | None

    @asynccontextmanager
    async def until_opened(
        self, opened: Callable[[], AbstractAsyncContextManager[Parts]]
    ) -> AsyncIterator[Parts]:
        """Have the parts for the length of the block, as soon as their database is there."""
        async with AsyncExitStack() as stack:
            yield await self._entered(lambda: stack.enter_async_context(opened()))

    async def _entered(self, enter: Callable[[], Awaitable[Parts]]) -> Parts:
        with suppress(StoreUnavailableError):
            return await enter()
        self.observer.saw("database.away")
        async with self._answering():
            while True:
                await self.clock.sleep(_AGAIN_S)
                with suppress(StoreUnavailableError):
                    return await enter()

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Answer on every address for the length of the block."""
        server, desk, health = self.settings.server, self.settings.admin, _Away()
        probes = admin_app(health, CollectorRegistry(), self.observer)
        operators = control_app(ControlDoors(health, (_NOTHING_ELSE,)), self.observer)
        async with (
            listening(self._for_the_world(), server.host, server.port, self.tls),
            listening(probes, desk.host, desk.port),
            listening_on_file(operators, control_socket(self.settings)),
        ):
            yield

    def _for_the_world(self) -> web.Application:
        slack = self.settings.slack
        sorry = sorry_in(Words.load(slack.language, command=slack.command))
        edge = away_edge(slack, sorry, self.clock, self.observer)
        doors = PublicDoors(slack=edge.handle, pager_hint=_heard, installing=(_NOTHING_ELSE,))
        return public_app(doors, self.observer)


async def _heard(_s: str, _h: Mapping[str, str], _b: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """Take a hint that needs no keeping: a start reads every mailbox, and a 503 is a black mark."""
    return 200, {}, b""


async def _unavailable(_: web.Request) -> web.StreamResponse:
    raise StoreUnavailableError


_NOTHING_ELSE = web.route("*", "/{path:.*}", _unavailable)


class _Away(Health):
    @override
    async def ready(self) -> list[str]:
        return [_AWAY]

    @override
    async def status(self) -> dict[str, object]:
        return {
            "version": __version__,
            "ready": False,
            "degraded": [_AWAY],
            "outbox": {state.value: 0 for state in OPEN_STATES},
            "directory": {"extensions": 0, "departments": 0, "read_at": ""},
            "routes": None,
            "pager": None,
        }

    @override
    async def measure(self) -> None:
        return
