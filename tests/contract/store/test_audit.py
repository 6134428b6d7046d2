"""The audit trail: written with the deed, sealed to one chain, and nothing in it can be undone."""

import asyncio
from dataclasses import astuple, replace
from datetime import timedelta

import pytest

from adapters.storage import OpenStore
from adapters.storage.engine import Script, Statement
from gateway.domain.audit import (
    BEGINNING,
    Act,
    Actor,
    AuditEnds,
    AuditEntry,
    AuditHead,
    Broken,
    Flaw,
)
from gateway.ports.changes import Audit, NewPage, Once
from gateway.ports.store import Committed, Store, Unit
from gateway.services.auditing import AuditTrail
from tests.contract.store.conftest import Database
from tests.contract.store.values import NOW, enqueue, later, page
from tests.fakes.clock import MovedClock
from tests.fakes.observer import Ears

HOUR = timedelta(hours=1)


def done(number: int = 0, ref: str = "pg_1", act: Act = Act.PAGE_ACCEPTED) -> Audit:
    """Note what somebody did, `number` seconds after the beginning."""
    return Audit(AuditEntry(act, ref, Actor("T1/U1", "chat"), later(number), {"to": ["101"]}))


async def write(store: Store, count: int) -> None:
    for number in range(count):
        await store.commit(Unit((done(number),)))


async def verdict(store: Store, *anchors: AuditHead) -> Broken | None:
    """Follow the whole trail."""
    trail = AuditTrail(store, MovedClock(), Ears())
    return (await trail.verify({each.number: each.seal for each in anchors})).broken


_COPY = """
    INSERT INTO audit (number, at, act, ref, who, origin, facts, seal)
    SELECT {number}, at, act, ref, who, origin, facts, seal FROM audit WHERE number = 6
"""
_FORGE = """
    INSERT INTO audit (number, at, act, ref, who, origin, facts, seal)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def tamper(opened: OpenStore, text: str, *values: str | int) -> None:
    """Do something to the tables behind our back."""

    def script() -> Script[None]:
        yield Statement(text)(*values)

    await opened.engine.write(script)


async def test_record_comes_with_the_deed(store: Store) -> None:
    """Both are committed, or neither: a repeat and a taken reference leave no record."""
    assert await store.audit_ends() == AuditEnds(BEGINNING, BEGINNING, 0)
    assert await store.commit(Unit((NewPage(page()), done()), once="k")) is Committed.DONE
    assert await store.commit(Unit((done(),), once="k")) is Committed.REPEATED
    assert await store.commit(Unit((NewPage(page()), done()))) is Committed.TAKEN
    (record,) = await store.audit(0, 10)
    assert (record.number, record.act, record.ref) == (1, "page.accepted", "pg_1")
    assert (record.who, record.origin, record.facts) == ("T1/U1", "chat", '{"to": ["101"]}')
    assert await verdict(store) is None


async def test_record_inside_an_item_goes_with_the_item(store: Store) -> None:
    """What is left out because it was done before leaves no second record."""
    for _ in range(2):
        await store.commit(Unit((Once("item", (done(),)),)))
    assert len(await store.audit(0, 10)) == 1
    assert await verdict(store) is None


async def test_records_can_be_asked_for(store: Store) -> None:
    """The newest first, all or of one reference; from a number on."""
    for number, ref in enumerate(("a", "b", "a")):
        await store.commit(Unit((done(number, ref),)))
    assert [r.number for r in await store.audit_newest(2)] == [3, 2]
    assert [r.number for r in await store.audit_newest(9, "a")] == [3, 1]
    assert [r.number for r in await store.audit(1, 9)] == [2, 3]


async def test_several_at_once_make_one_chain(store: Store) -> None:
    """Units that share a transaction, and units that touch other lanes meanwhile."""
    await asyncio.gather(
        *(store.commit(Unit((done(n), enqueue(f"lane {n % 7}")))) for n in range(50)),
        *(store.commit(Unit((enqueue(f"lane {n % 7}"),))) for n in range(50)),
    )
    assert (await store.audit_ends()).head.number == 50
    assert await verdict(store) is None


async def test_processes_append_to_one_chain(database: Database) -> None:
    """Three replicas on one database write one trail, without gap, fork or dead lock."""
    if not database.url.startswith("postgresql"):
        pytest.skip("only PostgreSQL takes several processes")
    replicas = [await database.open() for _ in range(3)]
    try:
        await asyncio.gather(
            *(
                replica.store.commit(Unit((enqueue(f"lane {n % 5}"), done(n))))
                for n in range(40)
                for replica in replicas
            )
        )
        assert (await replicas[0].store.audit_ends()).head.number == 120
        assert await verdict(replicas[1].store) is None
    finally:
        for replica in replicas:
            await replica.close()


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("UPDATE audit SET who = 'T1/U2' WHERE number = 3", Broken(3, Flaw.ALTERED)),
        ("UPDATE audit SET at = at + 1 WHERE number = 6", Broken(6, Flaw.ALTERED)),
        ("UPDATE audit SET facts = '{}' WHERE number = 1", Broken(1, Flaw.ALTERED)),
        ("UPDATE audit SET seal = 'x' WHERE number = 2", Broken(2, Flaw.ALTERED)),
        ("UPDATE audit SET number = 9 - number WHERE number IN (4, 5)", Broken(4, Flaw.ALTERED)),
        ("DELETE FROM audit WHERE number = 4", Broken(4, Flaw.MISSING)),
        ("DELETE FROM audit WHERE number = 1", Broken(1, Flaw.MISSING)),
        ("DELETE FROM audit WHERE number > 4", Broken(5, Flaw.MISSING)),
        ("DELETE FROM audit", Broken(1, Flaw.MISSING)),
        (_COPY.format(number=7), Broken(7, Flaw.BEYOND)),
        (_COPY.format(number=3), Broken(3, Flaw.ALTERED)),
    ],
)
async def test_harm_is_found_at_its_first_record(
    opened: OpenStore, harm: str, found: Broken
) -> None:
    """Changed, swapped, removed, cut off at either end, inserted."""
    await write(opened.store, 6)
    assert await verdict(opened.store) is None
    await tamper(opened, harm)
    broken = await verdict(opened.store)
    assert broken is not None
    # An inserted twin may come before or after the true record; the next one is bad then.
    assert broken.number in {found.number, found.number + 1}
    assert broken == found or harm == _COPY.format(number=3)


async def test_harm_with_the_head_adjusted_is_found_by_an_anchor(opened: OpenStore) -> None:
    """Who may write both tables cannot write the log: the copy of the head there tells."""
    await write(opened.store, 6)
    anchor = (await opened.store.audit_ends()).head
    await tamper(opened, "DELETE FROM audit WHERE number > 4")
    (last,) = await opened.store.audit_newest(1)
    await tamper(opened, "UPDATE audit_head SET number = 4, seal = $1", last.seal)
    assert await verdict(opened.store) is None
    assert await verdict(opened.store, anchor) == Broken(5, Flaw.MISSING)
    await write(opened.store, 3)
    assert await verdict(opened.store) is None
    assert await verdict(opened.store, anchor) == Broken(6, Flaw.NOT_THE_ANCHORED)


async def test_record_behind_the_head_is_found(opened: OpenStore) -> None:
    """One that was put there with a right seal, by somebody who forgot the head."""
    await write(opened.store, 2)
    (last,) = await opened.store.audit_newest(1)
    forged = replace(last, number=3, who="T1/U9")
    await tamper(opened, _FORGE, *astuple(forged)[:-1], forged.sealed_after(last.seal))
    assert await verdict(opened.store) == Broken(3, Flaw.BEYOND)


async def test_retention_leaves_a_whole_trail(opened: OpenStore) -> None:
    """Old records go, a checkpoint vouches for them; without it their absence shows."""
    store = opened.store
    await write(store, 10)
    anchor = (await store.audit_ends()).head
    assert await store.forget_audit(NOW - HOUR, 100) == 0
    assert await store.forget_audit(later(6), 4) == 4
    assert await store.forget_audit(later(6), 100) == 2
    assert [r.number for r in await store.audit(0, 100)] == [7, 8, 9, 10, 11, 12]
    assert await verdict(store, anchor) is None
    await write(store, 2)
    assert await verdict(store, anchor) is None
    await tamper(opened, "DELETE FROM audit WHERE number = 7")
    assert await verdict(store) == Broken(7, Flaw.MISSING)


async def test_replicas_forget_together(database: Database) -> None:
    """Whoever is later says no less than who was earlier, while others go on writing."""
    if not database.url.startswith("postgresql"):
        pytest.skip("only PostgreSQL takes several processes")
    replicas = [await database.open() for _ in range(3)]
    try:
        await write(replicas[0].store, 30)
        await asyncio.gather(
            *(replica.store.forget_audit(later(20), 4 + n) for n, replica in enumerate(replicas)),
            *(replica.store.commit(Unit((done(), enqueue()))) for replica in replicas),
        )
        assert await verdict(replicas[0].store) is None
    finally:
        for replica in replicas:
            await replica.close()


async def test_retention_keeps_the_newest_checkpoint(store: Store) -> None:
    """However old everything is, the trail can be followed on."""
    await write(store, 3)
    for _ in range(3):
        await store.forget_audit(later(1e9), 100)
        assert await verdict(store) is None
    await write(store, 1)
    assert await verdict(store) is None
