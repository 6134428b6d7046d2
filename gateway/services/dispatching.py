"""The second half-line: claim → attempt → record what the attempt taught us.

One loop per process. It takes due lanes, serves each in a task of its own, and sleeps until a
commit, a due time or a free hand wakes it. It never polls.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.domain.deliveries import (
    Delivery,
    DeliveryState,
    Policy,
    Step,
    after_crash,
    next_look,
    next_state,
)
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.outbound import SendFollowUp, SendPage, Wake
from gateway.domain.pager_text import REPEAT_MARK
from gateway.ports.changes import Change, Settle
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints
from gateway.ports.observer import Observer
from gateway.ports.store import Claim, Committed, Store, Unit
from gateway.ports.tracing import UNTRACED, Tracing
from gateway.services.attempts import Attempts
from gateway.services.consequences import Consequences
from gateway.services.waiting import first_of
from gateway.services.watching import Watching

_LEASE_S = 90.0
"""Longer than any attempt may take: upstream time-outs end well before it."""
_TRIES = 4
_NO_ANSWER = frozenset({DeliveryState.UNKNOWN, DeliveryState.RECONCILING})
_STORE_PAUSE_S = 1.0
_PAUSE = timedelta(seconds=1)
_REMOVED_PAUSE = timedelta(seconds=30)
"""How often what waits for a workspace to take us back is looked at."""


@dataclass
class Dispatcher:
    """Sends what the outbox holds. `hands` lanes are served at the same time."""

    store: Store
    attempts: Attempts
    consequences: Consequences
    clock: Clock
    observer: Observer
    faults: FaultPoints
    watching: Watching
    policy: Policy = field(default_factory=Policy)
    hands: int = 128
    tracing: Tracing = UNTRACED
    paused: bool = False
    """What has no answer yet is looked for, times come, but nothing is sent."""
    _asked_at: float | None = field(default=None, init=False)
    _busy: int = field(default=0, init=False)
    _freed: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _stopping: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Serve until `stop`; then finish what is in hand and return."""
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                await self._round(group)

    def stop(self) -> None:
        """Take nothing more; attempts under way go on to their end."""
        self._stopping = True
        self._freed.set()

    @property
    def stuck_s(self) -> float:
        """For how long the outbox has not said what is due; 0 while we work, or wait for work."""
        return 0.0 if self._asked_at is None else self.clock.monotonic() - self._asked_at

    async def _round(self, group: asyncio.TaskGroup) -> None:
        await self.faults.at("dispatcher.round")
        self._asked_at = self.clock.monotonic()
        try:
            # Looking writes nothing, and after most commits nothing is due.
            due = await self.store.next_due()
            claims = await self._claim() if due and due <= self.clock.now() else ()
        except StoreUnavailableError:
            self.observer.saw("dispatcher.paused", error_code=StoreUnavailableError.code)
            await self.clock.sleep(_STORE_PAUSE_S)
            return
        self._asked_at = None
        for claim in claims:
            self._busy += 1
            group.create_task(self._lend_a_hand(claim), name=f"delivery {claim.delivery.id}")
        if not claims or self._busy >= self.hands:
            await self._wait(due)

    async def _claim(self) -> tuple[Claim, ...]:
        return await self.store.claim(self.clock.now(), self.hands - self._busy, _LEASE_S)

    async def _wait(self, due: datetime | None) -> None:
        """Sleep until a commit, a due time or a free hand; whichever comes first."""
        if self._stopping:
            return
        waits: list[Coroutine[Any, Any, object]] = [self._freed.wait()]
        if self._busy < self.hands:
            waits.append(self.store.wait(due))
            if due is not None:
                due_in_s = (due - self.clock.now()).total_seconds()
                waits.append(self.clock.sleep(max(due_in_s, 0.0)))
        await first_of(*waits)
        self._freed.clear()

    async def _lend_a_hand(self, claim: Claim) -> None:
        try:
            await self.serve(claim)
        finally:
            self._busy -= 1
            self._freed.set()

    async def serve(self, claim: Claim) -> None:
        """Take one delivery a step further. Does not raise: one bad row must not stop the rest."""
        async with self.watching.by_one(claim.delivery.id):
            try:
                await self._work(claim)
            except StoreUnavailableError:
                await self._give_back(claim)
            except Exception as error:  # noqa: BLE001 - the worker loop
                await self._crashed(claim, error)

    async def _give_back(self, claim: Claim) -> None:
        """Let a delivery go on once the store is there; its lease would hold it far longer.

        One whose attempt has begun after all stays as it is: its lease ends, and it is looked for.
        """
        self.observer.saw("claim.abandoned", delivery_id=claim.delivery.id)
        while not self._stopping:
            with suppress(StoreUnavailableError):
                return await self.store.release(claim, self.clock.now())
            await self.clock.sleep(_STORE_PAUSE_S)
        return None

    async def _work(self, claim: Claim) -> None:
        await self.faults.at("delivery.claimed")
        if claim.delivery.state in _NO_ANSWER:
            await self._look(claim)
        elif self.paused and not isinstance(claim.delivery.outbound, Wake):
            await self.store.release(claim, self.clock.now() + _PAUSE)
        elif self.attempts.waits(claim.delivery):
            await self.store.release(claim, self.clock.now() + _REMOVED_PAUSE)
        else:
            await self._attempt(claim)

    async def _attempt(self, claim: Claim) -> None:
        begun = await self._begun(claim)
        if begun is None:
            return
        with self._span("attempt", begun):
            await self._try(claim, begun)

    async def _begun(self, claim: Claim) -> Delivery | None:
        """Have it on disk that an attempt begins, but for times: they may come twice without harm.

        `None` when somebody else has it, or nobody wants it any more.
        """
        delivery, now = claim.delivery, self.clock.now()
        if isinstance(delivery.outbound, Wake):
            return replace(delivery, attempt=delivery.attempt + 1, started_at=now)
        return await self.store.begin(claim, now)

    async def _try(self, claim: Claim, begun: Delivery) -> None:
        self.watching.begin(begun)
        await self.faults.at("delivery.attempting")
        if self._is_over(claim):
            # We were frozen since. Whoever has the lane now looks for it, and may have sent it.
            self.observer.saw("claim.abandoned", delivery_id=begun.id)
            return
        started = self.clock.monotonic()
        outcome = await self.attempts.make(begun)
        await self.faults.at("delivery.answered")
        step = next_state(begun, outcome, self.policy, self.clock.now())
        self._note("delivery.attempted", begun, step, started)
        await self._settle(claim, begun, step)

    def _span(self, what: str, delivery: Delivery) -> AbstractContextManager[object]:
        """Go on with the trace it was asked for in; what comes later is a trace of its own.

        A trace that grows for hours is read by nobody, so retries and looks only point at it.
        """
        kind, trace = type(delivery.outbound).__name__, delivery.trace
        first = what == "attempt" and delivery.attempt == 1
        return self.tracing.span(
            f"{what} {kind}",
            parent=trace if first else "",
            linked="" if first else trace,
            page_id=delivery.ref,
            delivery_id=delivery.id,
            attempt=delivery.attempt,
        )

    def _is_over(self, claim: Claim) -> bool:
        return self.clock.now() >= claim.lease_until

    async def _look(self, claim: Claim) -> None:
        with self._span("look for", claim.delivery):
            await self._find(claim)

    async def _find(self, claim: Claim) -> None:
        # As the look begins: what comes up while it is under way may escape it.
        watched = self.watching.watched(claim.delivery)
        started = self.clock.monotonic()
        look = await self.attempts.look(claim.delivery)
        await self.faults.at("delivery.looked")
        step = next_look(claim.delivery, look, self.policy, self.clock.now(), watched)
        self._note("delivery.looked_for", claim.delivery, step, started)
        await self._settle(claim, claim.delivery, step)

    async def _settle(self, claim: Claim, delivery: Delivery, step: Step) -> None:
        """Record an outcome and what follows from it.

        Only this process knows the outcome, so a store that is away is waited for.
        """
        committed: Committed | None = None
        tries = _TRIES
        while committed is None:
            try:
                changes = await self.consequences.of(delivery, step)
                committed = await self._commit(claim, step, *changes)
                # What was read may have moved on meanwhile; only a lost claim stays stale.
                if committed is not Committed.DONE and (tries := tries - 1):
                    committed = None
            except StoreUnavailableError:
                self.observer.saw("outcome.delayed", delivery_id=delivery.id)
                await self.clock.sleep(_STORE_PAUSE_S)
        await self.faults.at("delivery.settled")
        if committed is not Committed.DONE:
            self.observer.saw("claim.lost", delivery_id=delivery.id, verdict=committed.value)
        elif step.state not in _NO_ANSWER:
            self.watching.end(delivery)

    async def _commit(self, claim: Claim, step: Step, *changes: Change) -> Committed:
        settled = Settle(claim.delivery.id, step)
        return await self.store.commit(Unit((settled, *changes), fence=claim))

    async def _crashed(self, claim: Claim, error: Exception) -> None:
        """A row we trip over is a bug of ours; the lease ends by itself if that trips us too."""
        delivery, name = claim.delivery, type(error).__name__
        self.observer.saw("delivery.crashed", delivery_id=delivery.id, error_code=name)
        step = after_crash(delivery, self.policy, self.clock.now())
        try:
            if step.state is DeliveryState.UNKNOWN:
                await self._commit(claim, step)
            else:
                await self._settle(claim, delivery, step)
        except Exception as again:  # noqa: BLE001 - the consequences are what we trip over
            await self._put_aside(claim, step, again)

    async def _put_aside(self, claim: Claim, step: Step, error: Exception) -> None:
        """End a delivery whose consequences cannot be drawn: it waits among the dead letters."""
        name = type(error).__name__
        self.observer.saw("delivery.put_aside", delivery_id=claim.delivery.id, error_code=name)
        with suppress(StoreUnavailableError):
            await self._commit(claim, step)

    def _note(self, event: str, delivery: Delivery, step: Step, started: float) -> None:
        self.observer.saw(
            event,
            delivery_id=delivery.id,
            page_id=delivery.ref,
            kind=type(delivery.outbound).__name__,
            state=step.state.value,
            attempt=delivery.attempt,
            elapsed_ms=round((self.clock.monotonic() - started) * 1000),
            repeat=_is_repeat(delivery),
            age_ms=round((self.clock.now() - delivery.created_at).total_seconds() * 1000),
            error_code=step.fault.code if step.fault else None,
        )


def _is_repeat(delivery: Delivery) -> bool:
    """Whether it says of itself that it may have been sent before."""
    match delivery.outbound:
        case SendPage(text=text) | SendFollowUp(text=text):
            return text.endswith(REPEAT_MARK)
        case _:
            return False
