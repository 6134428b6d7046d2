"""A company in which everything happens: lives of the gateway, and people who use it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from typing_extensions import override

from adapters.storage.store import SqlStore
from gateway.domain.errors import StoreUnavailableError, ThreadNotOpenError
from gateway.domain.inbound import ChatReply
from gateway.domain.pages import ChatThread
from gateway.ports.chat import Hindsight
from gateway.services.core import Core
from tests.simulation.database import InlineEngine, fresh_database
from tests.simulation.ledger import Ledger
from tests.simulation.life import Life
from tests.simulation.loop import sleep, the_loop
from tests.simulation.plan import Death, Plan
from tests.simulation.surroundings import Surroundings
from tests.simulation.weather import Weather

T = TypeVar("T")

_START_S = 0.2
_EVENT_RETRIES_S = (0.5, 60.0, 300.0)
"""When Slack brings an event again that was not acknowledged."""


class NoAnswerError(Exception):
    """The connection to the gateway broke, or there was nobody to connect to."""


@dataclass
class World(Hindsight):
    """The company of one seed."""

    plan: Plan
    around: Surroundings = field(init=False)
    ledger: Ledger = field(default_factory=Ledger)
    database: sqlite3.Connection = field(default_factory=fresh_database)
    life: Life | None = None
    lives: int = 0
    written: list[ChatReply] = field(default_factory=list)
    """Everything people wrote in threads: what the chat's history would tell."""
    bringing: int = 0
    """How many events of the chat are on their way."""
    _passes: dict[str, int] = field(default_factory=dict)
    _deaths: list[Death] = field(default_factory=list)
    _down_s: float = _START_S
    _keys: int = 0

    def __post_init__(self) -> None:
        """Prepare the weather."""
        plan = self.plan
        dice = Random(f"weather {plan.seed}")  # noqa: S311 - a seed has to replay
        weather = Weather(dice, plan.rates, plan.outages, plan.calm_at)
        self.around = Surroundings(weather, plan.lag_s)
        self._deaths = list(plan.deaths)

    # --- lives --------------------------------------------------------------------------------

    async def keep_alive(self) -> None:
        """Start the gateway, bury it, start it again; until cancelled."""
        while True:
            self.lives += 1
            life = Life(self.lives, self.around, self.database, self, self._is_last)
            self.around.journal.note("life begins", self.lives)
            self.life = life
            life.begin()
            await asyncio.wait([life.over])
            self.life = None
            self.around.journal.note("life ends", self.lives)
            await life.buried()
            await sleep(self._down_s)
            self._down_s = _START_S

    def _is_last(self, point: str) -> bool:
        """Whether the process dies at this pass of a point."""
        self._passes[point] = nth = self._passes.get(point, 0) + 1
        for death in self._deaths:
            if (death.point, death.nth) == (point, nth) and self._before(self.plan.calm_at):
                self.around.journal.note("death at", point, nth)
                self._die(death)
                return True
        return False

    def _before(self, moment: float) -> bool:
        return the_loop().time() < moment

    def _die(self, death: Death) -> None:
        self._down_s = death.down_s
        if self.life:
            self.life.die()

    async def strike(self, death: Death) -> None:
        """Kill the process at a moment, whatever it is doing."""
        await sleep(death.at)
        self.around.journal.note("death at a moment")
        self._die(death)

    # --- speaking with the gateway --------------------------------------------------------------

    def key(self, what: str) -> str:
        """Make a key that was never used."""
        self._keys += 1
        return f"{what}:{self._keys}"

    async def ask(self, request: Callable[[Core], Awaitable[T]]) -> T:
        """Ask the gateway something.

        Raises:
            NoAnswerError: nobody listens, or it died before it answered.
            GatewayError: as the core says.
        """
        life = self.life
        if life is None or life.core is None or life.dead:
            raise NoAnswerError
        core = life.core

        async def answered() -> T:
            return await request(core)

        loop = the_loop()
        task = loop.spawn(answered(), life.number, "request")
        either: list[asyncio.Future[Any]] = [task, life.over]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if life.over.done() or task.cancelled():
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise NoAnswerError
        return task.result()

    async def bring(self, event: Callable[[Core], Awaitable[T]]) -> bool:
        """Bring an event as Slack does, again and again; `False` when it is given up."""
        self.bringing += 1
        try:
            for pause_s in (*_EVENT_RETRIES_S, None):
                with suppress(NoAnswerError, StoreUnavailableError, ThreadNotOpenError):
                    await self.ask(event)
                    return True
                if pause_s is not None:
                    await sleep(pause_s)
            return False
        finally:
            self.bringing -= 1

    @override
    async def hear_again(self, thread: ChatThread, since: datetime) -> None:
        life = self.life
        if life is None or life.core is None:
            raise asyncio.CancelledError
        for reply in list(self.written):
            if reply.thread == thread and reply.received_at >= since and reply.text:
                person = self.around.chat.people[reply.person.user]
                await life.core.intake.reply(replace(reply, person=person))

    # --- looking ------------------------------------------------------------------------------

    def store(self) -> SqlStore:
        """Open the database as an operator does, whoever else is dead."""
        return SqlStore(InlineEngine(self.database), self.around.clock.now)

    async def seen(self, condition: Callable[[], bool], until: float) -> bool:
        """Wait until something can be seen, at most until a moment."""
        while not condition():
            if not self._before(until):
                return False
            await sleep(1.0)
        return True
