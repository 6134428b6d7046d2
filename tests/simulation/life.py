"""One life of the process: the production core on what the last life committed, until it dies."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from adapters.storage.store import SqlStore
from adapters.storage.vault import make_vault
from gateway.domain.deliveries import Delivery
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.ports.chat import Hindsight
from gateway.ports.faults import FaultPoints
from gateway.ports.store import Claim, Committed, Unit
from gateway.services.alerts.rules import RuleBook
from gateway.services.catching_up import CatchingUp
from gateway.services.clock_watch import ClockWatch
from gateway.services.core import Core, build_core
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.house import House, Ports
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.roster import Roster
from tests.fakes.accounts import FakeAccounts
from tests.services.acme import ACME, ALARMS, AVERY, BO, CASEY, DANA
from tests.simulation.database import InlineEngine
from tests.simulation.lines import CHAT_SAYS, PAGER_SAYS, ChatLine, PagerLine
from tests.simulation.loop import the_loop
from tests.simulation.surroundings import Surroundings
from tests.simulation.weather import Wire

_FIRST_LOOK_S = 10.0
_TAKE_OVER_EVERY_S = 5.0
_POLL_S = 15.0
_NUMBERS = {DANA: "104", AVERY: "101", BO: "102", CASEY: "103"}
_LINKED = frozenset({DANA})


class FencedStore(SqlStore):
    """The product's store, watched: only the last claim of a lane may write."""

    broken: list[str]
    newest: dict[str, int]

    @override
    async def claim(self, now: Any, limit: int, lease_s: float) -> tuple[Claim, ...]:
        claims = await super().claim(now, limit, lease_s)
        for claim in claims:
            self.newest[claim.delivery.lane] = claim.token
        return claims

    @override
    async def begin(self, claim: Claim, now: Any) -> Delivery | None:
        newest = self.newest.get(claim.delivery.lane)
        begun = await super().begin(claim, now)
        if begun and claim.token != newest:
            self.broken.append(f"I7: a stale claim began delivery {begun.id}")
        return begun

    @override
    async def commit(self, unit: Unit) -> Committed:
        fence = unit.fence
        newest = self.newest.get(fence.delivery.lane) if fence else None
        committed = await super().commit(unit)
        if fence and committed is Committed.DONE and fence.token != newest:
            self.broken.append(f"I7: a stale claim settled delivery {fence.delivery.id}")
        return committed


@dataclass
class Points(FaultPoints):
    """Passes every point on to whoever plans deaths."""

    passed: Callable[[str], bool]
    """Says whether this pass is the last thing the process does."""

    @override
    async def at(self, point: str) -> None:
        if self.passed(point):
            await the_loop().create_future()


@dataclass
class Life:
    """The core, its doors and its loops, as `gateway.bootstrap` wires and runs them."""

    number: int
    around: Surroundings
    connection: sqlite3.Connection
    hindsight: Hindsight
    passed: Callable[[str], bool]
    dead: bool = False
    core: Core | None = None
    over: "asyncio.Future[None]" = field(default_factory=lambda: the_loop().create_future())
    _engine: InlineEngine = field(init=False)

    def __post_init__(self) -> None:
        """Connect to the database."""
        self._engine = InlineEngine(self.connection, self.around.weather.away)

    def begin(self) -> None:
        """Start to live."""
        the_loop().spawn(self._live(), self.number, "life")

    def die(self) -> None:
        """End at once: nothing is written or called any more, by nobody."""
        if not self.dead:
            self.dead = self._engine.dead = True
            self.over.set_result(None)

    async def buried(self) -> None:
        """Get rid of every task; none of them can have an effect."""
        loop = the_loop()
        loop.shuffling = False
        mine = [task for task, whose in loop.tasks.items() if whose == self.number]
        for task in mine:
            task.cancel()
        if mine:
            await asyncio.wait(mine)
        loop.shuffling = True
        for task in mine:
            if not task.cancelled() and (error := task.exception()):
                self.around.broken.append(f"a task fell over while dying: {error!r}")

    async def _live(self) -> None:
        try:
            await self._work()
        except StoreUnavailableError:
            # Production waits for its database; here a new life tries again.
            self.die()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not happen
            self.around.broken.append(f"I14: the process fell over: {error!r}")
            self.die()

    async def _work(self) -> None:
        core, store, directory, catching_up = await self._opened()
        self.core = core
        async with asyncio.TaskGroup() as group:
            group.create_task(core.dispatcher.run())
            group.create_task(core.mailboxes.run())
            group.create_task(core.linking.run())
            group.create_task(directory.run())
            group.create_task(catching_up.run())
            group.create_task(self._take_over(store))
            if core.heartbeats:
                group.create_task(core.heartbeats.run())

    async def _opened(self) -> tuple[Core, SqlStore, DirectoryKeeper, CatchingUp]:
        around = self.around
        clock, observer = around.clock, around.observer
        store = FencedStore(self._engine, clock.now)
        store.broken, store.newest = around.broken, around.newest_claims
        pager = PagerLine(around.pager, self._wire("pager"), around.mailboxes)
        chat = ChatLine(around.chat, self._wire("chat"))
        vault = await make_vault(self._engine, [b"v" * 32])
        book = RuleBook(around.routes)
        directory = DirectoryKeeper(pager, store, clock, observer, sets=Roster(clock, {}, book))
        points = Points(self.passed)
        accounts = FakeAccounts(around.pager)
        ports = Ports(store, pager, chat, clock, around.ids, observer, points, vault, accounts)
        core = build_core(ports, self._house(directory, book))
        await directory.remember()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_LOOK_S):
                await core.linking.links.book.refresh()
                await core.mailboxes.learn()
                if not directory.current.extensions:
                    await directory.refresh()
        await store.recover(clock.now(), everything=True)
        return core, store, directory, CatchingUp(store, vault, self.hindsight, clock, observer)

    def _house(self, directory: DirectoryKeeper, book: RuleBook) -> House:
        everybody = {user: ExtensionNumber(number) for user, number in _NUMBERS.items()}
        people = People({user: everybody[user] for user in _LINKED}, everybody)
        return House(
            workspace=ACME,
            people=people,
            permission=Permission(people),
            directory=directory,
            words=self.around.words,
            policy=self.around.policy,
            ops=ALARMS,
            rules=book,
            poll_s=_POLL_S,
        )

    def _wire(self, side: str) -> Wire:
        says = PAGER_SAYS if side == "pager" else CHAT_SAYS
        return Wire(side, self.around.weather, self.around.clock.now, says, lambda: self.dead)

    async def _take_over(self, store: SqlStore) -> None:
        clock = self.around.clock
        watch = ClockWatch(store, clock, self.around.observer)
        while True:
            with suppress(StoreUnavailableError):
                await watch.look()
                await store.recover(clock.now(), everything=False)
            await clock.sleep(_TAKE_OVER_EVERY_S)
