"""One rehearsal: traffic of all kinds while the service is killed and started again and again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from gateway.system import SystemClock
from tests.faults.checker import broken_promises
from tests.faults.company import KILLED, Company, end_of
from tests.faults.killable import Kill
from tests.faults.promises import Broken
from tests.faults.senders import Senders, SendersLog
from tests.faults.upstream import acknowledged, read_upstream
from tests.faults.waiting import PATIENCE_S, NotSeenError, until

USERS = frozenset({"U0DANA", "U0AVERY", "U0BO", "U0JOSE", "U0PRIYA"})
_SLACK_RETRIES_S = 61.0
_RETRIES = 8
_FEW = 3
"""Slack gives up on an event after three retries; it must not meet a death at each of them."""
_MOST_ROUNDS = 3


class NotRehearsedError(AssertionError):
    """The service did not die where it was meant to, so nothing was proved."""


@dataclass(frozen=True)
class After:
    """A death from outside, so many seconds after the service began to listen."""

    seconds: float


@dataclass
class Rehearsal:
    """Plays the traffic on a company whose service dies as ordered, again until all have died.

    `patience_s` is how long anything may take; without a defence a story may never go on.
    """

    company: Company
    kills: Sequence[Kill | After] = ()
    without: frozenset[str] = field(default_factory=frozenset)
    patience_s: float = PATIENCE_S
    _deaths: int = field(default=0, init=False)

    async def broken_promises(self) -> list[Broken]:
        """Play everything, let it settle, and judge.

        Raises:
            NotRehearsedError: a kill did not happen, or the service ended by itself.
        """
        senders = Senders(self.company, patience_s=self.patience_s)
        async with asyncio.TaskGroup() as group:
            supervising = group.create_task(self._supervise())
            await self._play_until_all_died(senders)
            await settled(self.company, senders.log, self.patience_s)
            trail = await self.company.control("/-/audit/verification")
            supervising.cancel()
        assert trail["whole"], trail
        senders.log.save(self.company.folder / "senders.json")
        return broken_promises(senders.log, await read_upstream(self.company, USERS))

    async def _play_until_all_died(self, senders: Senders) -> None:
        await play(senders, forgiving=bool(self.without))
        rounds, deaths = 0, 0
        while await self._all_dead() is None:
            rounds = rounds + 1 if self._deaths == deaths else 0
            if rounds > _MOST_ROUNDS:
                raise NotRehearsedError(f"{self.kills[deaths]} was never reached")
            deaths = self._deaths
            await play(senders, forgiving=bool(self.without))

    async def _supervise(self) -> None:
        """Start the service, see it die, start it again; the last run stays."""
        for kill in (*self.kills, None):
            at = kill if isinstance(kill, Kill) else None
            if at and at.point.startswith("token."):
                await self.company.pager_door.call("POST", "faults", {"verb": "expire_token"})
            async with self.company.service(at, self.without) as service:
                if self._deaths and (kill is None or len(self.kills) <= _FEW):
                    await self.company.slack_waits(_SLACK_RETRIES_S)
                if isinstance(kill, After):
                    await SystemClock().sleep(kill.seconds)
                    service.kill()
                code = await service.ended()
            if kill is None or code != KILLED:
                raise NotRehearsedError(
                    f"the service ended with {code}\n{end_of(self.company.log)}"
                )
            self._deaths += 1

    async def _all_dead(self) -> bool | None:
        return True if self._deaths == len(self.kills) else None


# --- settling ----------------------------------------------------------------------------------


async def settled(company: Company, log: SendersLog, patience_s: float = PATIENCE_S) -> None:
    """Wait until nothing is under way; what does not come is the checker's to say."""
    await _everything_is_heard(company, log)
    with suppress(NotSeenError):
        await _outbox_is_empty(company, patience_s)
        await _answers_are_shown(company, log, patience_s)
        await _outbox_is_empty(company, patience_s)


async def _everything_is_heard(company: Company, log: SendersLog) -> None:
    """Let Slack's time pass as long as messages wait for a retry of their event."""

    async def look() -> bool | None:
        said = {one.ts for one in log.said}
        return True if said <= set(acknowledged(await company.deliveries())) else None

    for _ in range(_RETRIES):
        with suppress(NotSeenError):
            await until(look, "every event acknowledged", patience_s=1.0)
            return
        await company.slack_waits(_SLACK_RETRIES_S)


async def _outbox_is_empty(company: Company, patience_s: float) -> None:
    async def look() -> bool | None:
        outbox = await company.outbox()
        if outbox is None:
            return None
        # What is held waits for a person, as long as it takes.
        return None if any(n for state, n in outbox.items() if state != "held") else True

    await until(look, "an empty outbox", patience_s)


async def _answers_are_shown(company: Company, log: SendersLog, patience_s: float) -> None:
    async def look() -> bool | None:
        upstream = await read_upstream(company, USERS)
        return True if all(upstream.posts(one.token) for one in log.phoned) else None

    await until(look, "the phones' answers in Slack", patience_s)


# --- traffic -----------------------------------------------------------------------------------


async def play(senders: Senders, *, forgiving: bool = False) -> None:
    """Pages to people and departments, replies from both sides, and refusals, all at once.

    Forgiving, a story that cannot go on just ends: without a defence, some cannot.
    """
    async with asyncio.TaskGroup() as group:
        for story in (
            *(_person, _shared_sender, _department, _frozen, _one_of_two, _removed),
            _program,
        ):
            group.create_task(_tell(story, senders, forgiving=forgiving), name=story.__name__)


async def _tell(
    story: Callable[[Senders], Awaitable[None]], senders: Senders, *, forgiving: bool
) -> None:
    try:
        await story(senders)
    except NotSeenError:
        if not forgiving:
            raise


async def _person(senders: Senders) -> None:
    """Somebody with an extension of their own pages a colleague, and they talk."""
    page = await senders.page_surely("U0DANA", "102", "C0PERSON")
    await senders.say("U0DANA", page)
    await senders.answer("102", page)
    await senders.say("U0DANA", page)
    await senders.say("U0AVERY", page)
    await senders.answer("102", page)


async def _shared_sender(senders: Senders) -> None:
    """Somebody without one is sent for; the answer comes before they look again."""
    page = await senders.page_surely("U0AVERY", "118", "C0SHARED")
    await senders.answer("118", page)
    await senders.answer("118", page)
    await senders.say("U0AVERY", page)


async def _department(senders: Senders) -> None:
    """A department is paged; members answer on the phone and, linked, in the thread."""
    page = await senders.page_surely("U0BO", "dba", "C0DEPARTMENT")
    await senders.answer("101", page)
    await senders.say("U0DANA", page)
    await senders.say("U0BO", page)
    await senders.answer("101", page)


async def _frozen(senders: Senders) -> None:
    """A frozen extension is refused: by the pager, or by us once we have heard of it."""
    await senders.freeze("213")
    await senders.page_surely("U0DANA", "213", "C0FROZEN")
    await senders.page_surely("U0JOSE", "213", "C0FROZEN")


async def _one_of_two(senders: Senders) -> None:
    """One frozen recipient refuses the page for the other, too."""
    await senders.freeze("215")
    await senders.page_surely("U0PRIYA", "101,215:", "C0MIXED")
    await senders.page_surely("U0PRIYA", "101,102:", "C0MIXED")


async def _removed(senders: Senders) -> None:
    """Somebody leaves the department in the middle of a conversation."""
    page = await senders.page_surely("U0BO", "402", "C0REMOVED")
    await senders.say("U0PRIYA", page)
    await senders.company.pager_door.call("DELETE", "departments/402/members/110")
    await senders.say("U0PRIYA", page)
    await senders.say("U0BO", page)


async def _program(senders: Senders) -> None:
    """A program pages, and repeats whatever it heard no answer to, several times at once."""
    for to in ("102", "dba", "118", "102", "118"):
        ordered = await senders.order_surely(to, "C0PROGRAM")
        await senders.hear(ordered)
