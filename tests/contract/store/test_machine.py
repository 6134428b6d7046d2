"""Whatever is done in whatever order, a database behaves like the few lines of the model."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adapters.storage.engine import Script, Statement
from gateway.domain.deliveries import DeliveryState, Step
from gateway.domain.ids import DeliveryId
from gateway.ports.changes import Release
from gateway.ports.store import Claim, Committed, Unit
from tests.contract.store.conftest import TABLES, Database
from tests.contract.store.model import Entry, Model
from tests.contract.store.values import NOW, REF, enqueue, settle

T = TypeVar("T")

LANES = st.sampled_from(["a", "b", "c"])
SECONDS = st.integers(0, 40)
PRIORITIES = st.integers(0, 2)
ENDS = [DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.CANCELLED]
STEPS = st.sampled_from(
    [
        *ENDS,
        DeliveryState.READY,
        DeliveryState.UNKNOWN,
        DeliveryState.RECONCILING,
        DeliveryState.HELD,
    ]
)
DECISIONS = st.sampled_from([DeliveryState.READY, DeliveryState.CANCELLED, DeliveryState.SENT])


def emptied() -> Script[None]:
    for table in TABLES:
        yield Statement(f"DELETE FROM {table}")()  # noqa: S608 - our own table names


class Lanes(RuleBasedStateMachine):
    """Dispatchers, dying ones too, people who decide, and a clock."""

    claims: Bundle[Claim] = Bundle("claims")
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = self.run(self.database.open())
        self.run(self.opened.engine.write(emptied))
        self.store = self.opened.store
        self.model = Model()
        self.now = NOW

    def run(self, call: Awaitable[T]) -> T:
        async def waited() -> T:
            return await call

        return self.runner.run(waited())

    def teardown(self) -> None:
        self.run(self.opened.close())
        self.runner.close()

    @rule(lanes=st.lists(LANES, min_size=1, max_size=3), priority=PRIORITIES, wait_s=SECONDS)
    def append(self, lanes: list[str], priority: int, wait_s: int) -> None:
        due_at = self.now + timedelta(seconds=wait_s)
        entries = tuple(enqueue(lane, priority=priority, at=due_at) for lane in lanes)
        assert self.run(self.store.commit(Unit(entries))) is Committed.DONE
        new = self.run(self.store.deliveries(REF))[-len(lanes) :]
        assert [delivery.lane for delivery in new] == lanes
        for delivery in new:
            self.model.append(delivery.lane, Entry(delivery.id, priority, due_at))

    @rule(target=claims, limit=st.integers(0, 4), lease_s=st.integers(1, 60))
    def claim(self, limit: int, lease_s: int) -> MultipleResults[Claim]:
        due = self.model.due(self.now)
        claims = self.run(self.store.claim(self.now, limit, lease_s))
        ranks = {name: (urgency, due_at) for urgency, due_at, name in due}
        chosen = sorted(ranks[claim.lane] for claim in claims)
        assert chosen == sorted(ranks.values())[:limit]
        for claim in claims:
            entry = self.model.claimed(claim)
            assert (claim.delivery.id, claim.delivery.state) == (entry.id, entry.state)
        return multiple(*claims)

    @rule(claim=claims)
    def begin(self, claim: Claim) -> None:
        begun = self.run(self.store.begin(claim, self.now))
        assert (begun is not None) == self.model.begin(claim, self.now)

    @rule(claim=claims, state=STEPS, wait_s=SECONDS)
    def settle(self, claim: Claim, state: DeliveryState, wait_s: int) -> None:
        step = Step(state, self.now + timedelta(seconds=wait_s))
        done = self.run(settle(self.store, claim, step)) is Committed.DONE
        assert done == self.model.settle(claim, step)

    @rule(claim=claims, wait_s=SECONDS)
    def give_back(self, claim: Claim, wait_s: int) -> None:
        due_at = self.now + timedelta(seconds=wait_s)
        self.run(self.store.release(claim, due_at))
        self.model.give_back(claim, due_at)

    @precondition(lambda self: self.model.standing())
    @rule(draw=st.data(), state=DECISIONS)
    def decide(self, draw: st.DataObject, state: DeliveryState) -> None:
        number = draw.draw(st.sampled_from(sorted(self.model.standing())))
        when = (DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.HELD)
        release = Release(DeliveryId(number), state, self.now, when)
        done = self.run(self.store.commit(Unit((release,)))) is Committed.DONE
        assert done == (self.model.standing()[number][1] in when)
        if done:
            self.model.release(number, state, self.now)

    @rule(everything=st.booleans())
    def recover(self, everything: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        changed = self.run(self.store.recover(self.now, everything=everything))
        assert changed == self.model.recover(self.now, everything=everything)

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def stands_like_the_model(self) -> None:
        found = self.run(self.store.deliveries(REF))
        assert {d.id: (d.lane, d.state, d.attempt) for d in found} == self.model.standing()
        due = [lane.due_at for lane in self.model.lanes.values() if lane.due_at is not None]
        assert self.run(self.store.next_due()) == min(due, default=None)


def test_lanes_behave_like_the_model(database: Database) -> None:
    """Order, exclusive claims, fences, take-over and release, against both databases."""
    machine = type("LanesOfThisDatabase", (Lanes,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            derandomize=True,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
