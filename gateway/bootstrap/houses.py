"""The workspaces of a process: each is opened, works, fails and closes on its own.

One that cannot be opened, or one of whose loops fails, is told in the log and in the status, and
opened again after a while; the others do not notice.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from prometheus_client import CollectorRegistry

from adapters.alerts.authentication.keyring import KeyringError
from adapters.registry import UnknownPersonError
from adapters.storage import StorageError
from gateway.bootstrap.house import UnknownWorkspaceError
from gateway.bootstrap.inhabiting import Inhabited, inhabited
from gateway.bootstrap.opening import Shared
from gateway.bootstrap.parts import Seams, opened_parts
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.errors import GatewayError, StoreUnavailableError
from gateway.domain.ids import WorkspaceId
from gateway.ports.changes import Audit
from gateway.ports.installs import Installed
from gateway.ports.observer import Observer
from gateway.ports.store import Unit
from gateway.routes.problems import RoutesError
from gateway.services.installing import Verdict
from gateway.services.waiting import first_of
from gateway.settings import Settings
from gateway.system import OfWorkspace

_AGAIN_S = 30.0
_AT_ONCE = 4
"""So many are opened at the same time: those that are open already have Slack to answer."""
_FOR_OPERATORS = (
    GatewayError,
    KeyringError,
    OSError,
    RoutesError,
    StorageError,
    UnknownPersonError,
    UnknownWorkspaceError,
)
"""What says in its own words why a workspace cannot be opened."""


@dataclass
class Houses:
    """Those that are open, by workspace, and what keeps the others from it."""

    others: tuple[Settings, ...]
    seams: Seams
    observer: Observer
    shared: Shared
    open: dict[str, Inhabited] = field(default_factory=dict, init=False)
    troubles: dict[str, str] = field(default_factory=dict, init=False)
    _few: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False)
    _leaving: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    @contextmanager
    def entered(self, house: Inhabited) -> Iterator[None]:
        """Let the world in for the length of the block."""
        workspace, board = house.parts.house.workspace, self.shared.front
        takes = house.parts.slack.takes
        with board.connected(workspace, takes) if board else nullcontext():
            self.open[workspace] = house
            try:
                yield
            finally:
                del self.open[workspace]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep all but the first open for the length of the block."""
        async with asyncio.TaskGroup() as group:
            for settings in self.others:
                self.troubles[settings.slack.team] = "not open yet"
                if self.shared.front:
                    self.shared.front.expect(WorkspaceId(settings.slack.team))
                group.create_task(self._keep(settings), name=f"workspace {settings.slack.team}")
            try:
                yield
            finally:
                self.close()

    def close(self) -> None:
        """Begin to close all but the first."""
        self._leaving.set()

    def seams_of(self, settings: Settings) -> Seams:
        """Have a workspace say of itself what it says, where there are several."""
        if self.shared.front is None or self.seams.observer is None:
            return self.seams
        return replace(self.seams, observer=OfWorkspace(self.seams.observer, settings.slack.team))

    async def _keep(self, settings: Settings) -> None:
        team = settings.slack.team
        observer = OfWorkspace(self.observer, team)
        while not self._leaving.is_set():
            try:
                await self._inhabit(settings, observer)
            except Exception as error:  # noqa: BLE001 - the worker loop of a whole workspace
                self.troubles[team] = why = "; ".join(_reasons(error))
                observer.saw("workspace.failed", error_code=type(error).__name__, why=why)
                await first_of(self._leaving.wait(), self.seams.clock.sleep(_AGAIN_S))

    async def _inhabit(self, settings: Settings, observer: Observer) -> None:
        team = settings.slack.team
        seams = replace(self.seams_of(settings), registry=CollectorRegistry())
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            async with self._few:
                parts = await enter(opened_parts(settings, seams, None, self.shared, team))
                house = await enter(inhabited(parts))
            with self.entered(house):
                del self.troubles[team]
                observer.saw("workspace.opened")
                await self._leaving.wait()
        observer.saw("workspace.closed")

    @property
    def teams(self) -> frozenset[str]:
        """All but the first, open or not."""
        return frozenset(settings.slack.team for settings in self.others)

    @property
    def complete(self) -> bool:
        """Whether all are open; else what nobody knows may be known in a moment."""
        return self.teams <= self.open.keys()

    def further(self) -> tuple[Inhabited, ...]:
        """List those that are open, but the first."""
        return tuple(self.open[team] for team in sorted(self.teams) if team in self.open)

    async def take_in(self, installed: Installed) -> Verdict:
        """Give a workspace what it let us have, where that is expected.

        Raises:
            StoreUnavailableError: it is expected, and cannot be kept now.
        """
        team = installed.workspace
        house = self.open.get(team)
        if house is None and team not in self.teams:
            return Verdict.FOREIGN
        if house is None:
            raise StoreUnavailableError
        if not await house.parts.slack.admit(installed.credential):
            return Verdict.KNOWN
        by = Actor.of_person(team, installed.by)
        noted = AuditEntry(Act.WORKSPACE_JOINED, team, by, self.seams.clock.now())
        await house.parts.opened.store.commit(Unit((Audit(noted),)))
        return Verdict.INSTALLED


def _reasons(error: BaseException) -> Iterator[str]:
    """Say why, as far as it is meant for people."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _reasons(each)
    elif isinstance(error, _FOR_OPERATORS):
        yield str(error)
    else:
        yield type(error).__name__
