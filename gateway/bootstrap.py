"""Composition root: settings to adapters to services to web; the order of start and stop.

Start: database, secrets, pager, chat, core, listeners, loops. Stop: listeners first, then what is
in hand is finished, then the loops end, then the adapters close. What could not be finished in
time stays in the database as what it is; the next start goes on from there.
"""

import asyncio
import base64
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry
from typing_extensions import override

from adapters.alerts.registry import Sources, open_alert_sources
from adapters.chat.slack import Slack, open_slack
from adapters.pager.ringcentral import LinkedPerson, RingCentralPager
from adapters.registry import EmbeddedBackend, RingCentralBackend, open_pager
from adapters.storage import open_store
from gateway import __version__
from gateway.domain.content import Content
from gateway.domain.deliveries import DeliveryState, Notice, Policy
from gateway.domain.errors import ChatError, GatewayError, StoreUnavailableError
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.routing.routes import Routes
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints, NoFaults
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import Store
from gateway.ports.vault import Vault
from gateway.routes.reading import load_routes
from gateway.services.alerts.rules import RuleBook
from gateway.services.core import Core, House, Ports, build_core
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.settings import Settings
from gateway.system import LogAndCount, SystemClock, SystemIds
from gateway.text.words import Words
from gateway.web.alerts import AlertDoor
from gateway.web.app import Health, HintReceiver, PublicDoors, admin_app, public_app

_DRAIN_S = 20.0
_FIRST_LOOK_S = 10.0
_TAKE_OVER_EVERY_S = 5.0
_TIDY_EVERY_S = 3600.0
_TIDY_BATCH = 500
_KEY_BYTES = 32


@dataclass(frozen=True)
class Seams:
    """Time, names, witnesses and rehearsed faults; production unless a test brings its own."""

    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=SystemIds)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    faults: FaultPoints = field(default_factory=NoFaults)
    observer: Observer | None = None


@dataclass(frozen=True)
class RunningGateway:
    """A gateway that listens and works."""

    public_url: str
    admin_url: str
    store: Store
    core: Core
    directory: DirectoryKeeper


@asynccontextmanager
async def running_gateway(
    settings: Settings, seams: Seams | None = None, rules: Routes | None = None
) -> AsyncIterator[RunningGateway]:
    """Run the service for the length of the block.

    Raises:
        StorageError: the database cannot be used; its words are for the operator.
        OSError: a listener's address is taken.
    """
    seams = seams or Seams()
    observer = seams.observer or LogAndCount(seams.registry)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(
            await open_store(
                settings.database.url,
                migrate=settings.database.migrate,
                clock=seams.clock,
                observer=observer,
            )
        )
        vault = await opened.vault(_vault_keys(settings))
        pager = await stack.enter_async_context(_pager(settings, seams, vault, observer))
        slack = await stack.enter_async_context(_slack(settings, seams, observer))
        directory = _directory(settings, opened.store, pager, seams, observer)
        house = await _house(settings, slack, vault, directory)
        rules = rules or _routes(settings)
        house = replace(house, rules=RuleBook(rules) if rules else None)
        sources = await stack.enter_async_context(_alert_sources(settings, seams, observer))
        ports = Ports(
            opened.store, pager, slack.chat, seams.clock, seams.ids, observer, seams.faults
        )
        core = build_core(ports, house)
        await directory.remember()
        await _first_look(core, directory)
        await opened.store.recover(seams.clock.now(), everything=_single(settings))
        slack.listen(core.intake)
        health = _Health(opened.store, directory, seams.clock)
        loops = _Loops(
            core, directory, pager, slack, opened.store, seams.clock, settings.database.keep_days
        )
        async with loops.running():
            hints = _rehearsed(pager.webhook.handle, seams.faults)
            alerts = _alert_routes(core, sources, seams, observer)
            public = public_app(PublicDoors(slack.edge.handle, hints, alerts), observer)
            admin = admin_app(health, seams.registry, observer)
            server, desk = settings.server, settings.admin
            async with (
                _listening(public, server.host, server.port) as public_url,
                _listening(admin, desk.host, desk.port) as admin_url,
            ):
                observer.saw("gateway.started", public=public_url, admin=admin_url)
                yield RunningGateway(public_url, admin_url, opened.store, core, directory)
                health.draining = True
        observer.saw("gateway.stopped")


async def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; a second one ends at once. Returns the exit code."""
    async with running_gateway(settings):
        await stop_signal()
    return 0


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


# --- adapters ----------------------------------------------------------------------------------


def _single(settings: Settings) -> bool:
    """Whether no other process can hold a lease: the SQLite file is ours alone."""
    return settings.database.url.startswith("sqlite")


def _vault_keys(settings: Settings) -> tuple[bytes, ...]:
    given = settings.vault.keys
    if given:
        return tuple(base64.b64decode(key.get_secret_value()) for key in given)
    return (_key_from(settings.vault.key_file),)


def _key_from(file: Path) -> bytes:
    """Read the key, or make one that only its owner can read."""
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as made:
            made.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)))
    return base64.b64decode(file.read_bytes())


@asynccontextmanager
async def _pager(
    settings: Settings, seams: Seams, vault: Vault, observer: Observer
) -> AsyncIterator[RingCentralPager]:
    backend = settings.pager
    people = {p.chat_user: p.extension for p in settings.people}
    if isinstance(backend, RingCentralBackend):
        linked = tuple(
            LinkedPerson(chat_user=p.chat_user, extension=p.extension, jwt=p.jwt)
            for p in settings.people
            if p.jwt
        )
        backend = backend.model_copy(update={"people": (*backend.people, *linked)})
    server = settings.server
    own_url = f"http://127.0.0.1:{server.port}" if server.port else None
    async with open_pager(
        backend,
        people,
        own_url=own_url,
        clock=seams.clock,
        ids=seams.ids,
        vault=vault,
        observer=observer,
    ) as pager:
        yield pager


@asynccontextmanager
async def _slack(settings: Settings, seams: Seams, observer: Observer) -> AsyncIterator[Slack]:
    words = Words.load("en", command=settings.slack.command)

    def sorry(error: GatewayError, text: str) -> Content:
        return words.content(Notice(error.code, {"text": text}))

    async with open_slack(
        settings.slack,
        clock=seams.clock,
        ids=seams.ids,
        observer=observer,
        sorry=sorry,
    ) as slack:
        yield slack


def _routes(settings: Settings) -> Routes | None:
    """Read where alerts go.

    Raises:
        RoutesError: with every problem of the file.
    """
    file = settings.routing.file
    return load_routes(file).routes if file else None


def _alert_sources(
    settings: Settings, seams: Seams, observer: Observer
) -> AbstractAsyncContextManager[Sources]:
    return open_alert_sources(
        settings.alerts,
        secrets=settings.secrets,
        clock=seams.clock,
        observer=observer,
    )


def _alert_routes(
    core: Core, sources: Sources, seams: Seams, observer: Observer
) -> tuple[web.RouteDef, ...]:
    """Open the door for alerts where there are routes for them."""
    if core.alerts is None:
        return ()
    return tuple(AlertDoor(sources, core.alerts, seams.clock, observer).routes())


def _directory(
    settings: Settings, store: Store, pager: RingCentralPager, seams: Seams, observer: Observer
) -> DirectoryKeeper:
    return DirectoryKeeper(
        pager.directory,
        store,
        seams.clock,
        observer,
        aliases=_numbers(settings.directory.aliases),
        managers={ExtensionNumber(d): n for d, n in _numbers(settings.directory.managers).items()},
        refresh_s=settings.directory.refresh_s,
    )


def _numbers(table: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[ExtensionNumber, ...]]:
    return {name: tuple(map(ExtensionNumber, numbers)) for name, numbers in table.items()}


async def _house(
    settings: Settings, slack: Slack, vault: Vault, directory: DirectoryKeeper
) -> House:
    everybody = {ChatUserId(p.chat_user): ExtensionNumber(p.extension) for p in settings.people}
    embedded = isinstance(settings.pager, EmbeddedBackend)
    linked = {ChatUserId(p.chat_user) for p in settings.people if p.jwt or embedded}
    people = People(
        links={user: number for user, number in everybody.items() if user in linked},
        everybody=everybody,
    )
    policy, patience = settings.policy, settings.delivery
    return House(
        workspace=await _workspace(slack, vault),
        people=people,
        permission=Permission(
            people,
            unlinked=policy.unlinked,
            guests=policy.guests,
            strangers=policy.strangers,
            bots=policy.bots,
        ),
        directory=directory,
        words=Words.load("en", command=settings.slack.command),
        policy=Policy(
            visible_after_s=patience.visible_after_s,
            hold_after_s=patience.hold_after_s,
            give_up_after_s=patience.give_up_after_s,
        ),
        lobby=ChannelId(settings.slack.lobby_channel) if settings.slack.lobby_channel else None,
        ops=ChannelId(settings.slack.ops_channel) if settings.slack.ops_channel else None,
        max_parts=policy.max_parts,
        poll_s=patience.poll_s,
    )


async def _workspace(slack: Slack, vault: Vault) -> WorkspaceId:
    """Learn which workspace the token belongs to; remembered, because Slack may be away."""
    try:
        workspace = await slack.chat.workspace()
    except ChatError:
        return WorkspaceId(await vault.get("slack.workspace") or "")
    await vault.put("slack.workspace", workspace)
    return workspace


async def _first_look(core: Core, directory: DirectoryKeeper) -> None:
    """Learn names and senders before the first command; a pager that is away is not waited for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_LOOK_S):
            await core.mailboxes.learn()
            if not directory.current.extensions:
                await directory.refresh()


def _rehearsed(receive: HintReceiver, faults: FaultPoints) -> HintReceiver:
    """Put a fault point between taking a hint and answering it."""

    async def hint(
        secret: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        answer = await receive(secret, headers, body)
        await faults.at("hint.taken")
        return answer

    return hint


# --- listeners and loops -----------------------------------------------------------------------


@asynccontextmanager
async def _listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0, lingering_time=0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{bound}"
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class _Loops:
    """Everything that works in the background."""

    core: Core
    directory: DirectoryKeeper
    pager: RingCentralPager
    slack: Slack
    store: Store
    clock: Clock
    keep_days: int

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work for the length of the block; then let what is in hand come to its end."""
        async with asyncio.TaskGroup() as group:
            dispatcher = group.create_task(self.core.dispatcher.run(), name="dispatcher")
            others = [
                group.create_task(loop, name=name)
                for name, loop in {
                    "mailboxes": self.core.mailboxes.run(),
                    "directory": self.directory.run(),
                    "pager upkeep": self._upkeep(),
                    "slack": self.slack.run(),
                    "taking over": self._take_over(),
                    "tidying": self._tidy(),
                }.items()
            ]
            try:
                yield
            finally:
                self.core.dispatcher.stop()
                await asyncio.wait([dispatcher], timeout=_DRAIN_S)
                for task in (dispatcher, *others):
                    task.cancel()

    async def _upkeep(self) -> None:
        await self.pager.keep()

    async def _take_over(self) -> None:
        """Settle what a worker left whose lease ended: another replica's, or one of ours."""
        while True:
            await self.clock.sleep(_TAKE_OVER_EVERY_S)
            with suppress(StoreUnavailableError):
                await self.store.recover(self.clock.now(), everything=False)

    async def _tidy(self) -> None:
        """Forget what is finished and old, in small batches."""
        while True:
            before = self.clock.now() - timedelta(days=self.keep_days)
            with suppress(StoreUnavailableError):
                while await self.store.forget(before, _TIDY_BATCH):
                    await self.clock.sleep(0)
            await self.clock.sleep(_TIDY_EVERY_S)


@dataclass
class _Health(Health):
    """Looks at the parts. A vendor that is away never makes us unready: we queue for it."""

    store: Store
    directory: DirectoryKeeper
    clock: Clock
    draining: bool = False

    @override
    async def ready(self) -> list[str]:
        reasons = ["draining"] if self.draining else []
        try:
            await self.store.counts()
        except StoreUnavailableError:
            reasons.append("database away")
        return reasons

    @override
    async def status(self) -> dict[str, object]:
        snapshot = self.directory.current.snapshot
        try:
            counts = await self.store.counts()
        except StoreUnavailableError:
            counts = {}
        return {
            "version": __version__,
            "ready": not await self.ready(),
            "outbox": {state.value: counts.get(state, 0) for state in _OPEN_STATES},
            "directory": {
                "extensions": len(snapshot.extensions),
                "departments": len(snapshot.departments),
                "read_at": snapshot.taken_at.isoformat(),
            },
        }


_OPEN_STATES = tuple(state for state in DeliveryState if not state.final)
