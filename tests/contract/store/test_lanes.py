"""Lanes keep order, leases keep workers apart, fences keep the dead ones out."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from gateway.domain.deliveries import DeliveryState, Step
from gateway.domain.pages import Fault
from gateway.ports.changes import NewPage, Release, Settle
from gateway.ports.store import Claim, Committed, Store, Unit
from tests.contract.store.values import (
    DBA,
    LEASE_S,
    NOW,
    REF,
    attempt,
    enqueue,
    held,
    later,
    only,
    page,
    put,
    refused,
    retry,
    send,
    sent,
    settle,
    states,
    take,
    unknown,
    update,
)

READY, CLAIMED, HELD = DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.HELD
CANCELLED, UNKNOWN = DeliveryState.CANCELLED, DeliveryState.UNKNOWN


def lanes_of(claims: tuple[Claim, ...]) -> list[str]:
    return [claim.lane for claim in claims]


# --- order -------------------------------------------------------------------------------------


async def test_a_lane_goes_one_at_a_time_in_the_order_of_commits(store: Store) -> None:
    """Nothing of a lane is claimed before what stands ahead of it has ended."""
    await put(store, *(enqueue(outbound=send(f"text {n}")) for n in range(5)))
    seen = []
    for _ in range(5):
        claim = await attempt(store)
        assert await store.claim(NOW, 10, LEASE_S) == ()
        seen.append(claim.delivery.outbound)
        assert await settle(store, claim, sent()) is Committed.DONE
    assert seen == [send(f"text {n}") for n in range(5)]
    assert await store.claim(NOW, 10, LEASE_S) == ()


async def test_order_holds_when_many_commit_at_once(store: Store) -> None:
    """Ids of one lane follow the order in which its units were committed."""
    finished: list[int] = []

    async def commit(number: int) -> None:
        await put(store, enqueue(outbound=send(str(number))))
        finished.append(number)

    await asyncio.gather(*(commit(number) for number in range(40)))
    found = [delivery.outbound for delivery in await store.deliveries(REF)]
    assert sorted(found, key=str) == sorted((send(str(n)) for n in range(40)), key=str)
    assert len({delivery.id for delivery in await store.deliveries(REF)}) == 40


@pytest.mark.parametrize("end", [sent(), refused(), Step(CANCELLED, NOW)])
async def test_every_final_state_lets_the_next_one_go(store: Store, end: Step) -> None:
    """Sent, refused and cancelled end a delivery; the lane's next is due in the same commit."""
    await put(store, enqueue(), enqueue(outbound=send("next")))
    assert await settle(store, await attempt(store), end) is Committed.DONE
    assert (await take(store)).delivery.outbound == send("next")


@pytest.mark.parametrize("step", [retry(later(60)), unknown(later(60))])
async def test_an_open_delivery_keeps_its_place(store: Store, step: Step) -> None:
    """What is tried or looked for again later keeps back what stands behind it."""
    await put(store, enqueue(), enqueue(outbound=send("next")))
    await settle(store, await attempt(store), step)
    assert await store.claim(later(59), 10, LEASE_S) == ()
    claim = await take(store, later(60))
    assert claim.delivery.outbound == send()
    assert (claim.delivery.attempt, claim.delivery.fault) == (1, step.fault)


# --- between lanes -----------------------------------------------------------------------------


async def test_the_urgent_goes_first_then_what_waited_longest(store: Store) -> None:
    """Priority, then due time; a limit cuts the rest off."""
    await put(
        store,
        enqueue("digest", priority=9, at=later(-90)),
        enqueue("alert, late", priority=5, at=later(-10)),
        enqueue("alert, early", priority=5, at=later(-20)),
        enqueue("person", priority=0, at=NOW),
    )
    assert lanes_of(await store.claim(NOW, 2, LEASE_S)) == ["person", "alert, early"]
    assert lanes_of(await store.claim(NOW, 9, LEASE_S)) == ["alert, late", "digest"]


async def test_what_is_not_due_yet_holds_nobody_up(store: Store) -> None:
    """An urgent lane that waits for its time does not hide a less urgent one that is due."""
    await put(store, enqueue("soon", priority=0, at=later(5)), enqueue("now", priority=9))
    assert lanes_of(await store.claim(NOW, 10, LEASE_S)) == ["now"]
    assert lanes_of(await store.claim(later(5), 10, LEASE_S)) == ["soon"]


async def test_a_lane_is_as_urgent_as_what_waits_in_it(store: Store) -> None:
    """A person's reply behind a digest lends the lane its urgency."""
    await put(store, enqueue("mixed", priority=9), enqueue("alert", priority=5))
    await put(store, enqueue("mixed", send("a person's reply"), priority=0))
    assert lanes_of(await store.claim(NOW, 1, LEASE_S)) == ["mixed"]


async def test_a_limit_of_nothing_claims_nothing(store: Store) -> None:
    """A dispatcher without free hands may ask."""
    await put(store, enqueue())
    assert await store.claim(NOW, 0, LEASE_S) == ()


# --- leases and fences -------------------------------------------------------------------------


async def test_a_claim_is_durable_and_exclusive(store: Store) -> None:
    """READY becomes CLAIMED; nobody else gets the lane before the lease ends."""
    await put(store, enqueue())
    claim = await take(store)
    assert claim.delivery.state is CLAIMED
    assert claim.lease_until == later(LEASE_S)
    assert await states(store) == [CLAIMED]
    assert await store.claim(later(LEASE_S - 1), 10, LEASE_S) == ()


async def test_many_claim_at_once_and_each_lane_goes_to_one(store: Store) -> None:
    """However many workers ask, a lane has one."""
    await put(store, *(enqueue(f"lane {n}") for n in range(30)))
    claims = await asyncio.gather(*(store.claim(NOW, 7, LEASE_S) for _ in range(10)))
    lanes = [claim.lane for some in claims for claim in some]
    assert sorted(lanes) == sorted(f"lane {n}" for n in range(30))


async def test_an_attempt_is_on_disk_before_it_is_made(store: Store) -> None:
    """`begin` counts the attempt and notes its start."""
    await put(store, enqueue())
    begun = await store.begin(await take(store), later(1))
    assert begun is not None
    assert (begun.state, begun.attempt, begun.started_at) == (
        DeliveryState.ATTEMPTING,
        1,
        later(1),
    )
    assert await only(store) == begun


async def test_nothing_begins_twice(store: Store) -> None:
    """A second `begin` of one claim finds the attempt open already."""
    await put(store, enqueue())
    claim = await take(store)
    assert await store.begin(claim, NOW) is not None
    assert await store.begin(claim, NOW) is None


async def test_nothing_begins_after_its_lease(store: Store) -> None:
    """A worker that was paused past its lease must not send, even if nobody took over yet."""
    await put(store, enqueue())
    claim = await take(store)
    assert await store.begin(claim, later(LEASE_S)) is None
    assert await states(store) == [CLAIMED]


async def test_who_lost_the_lane_writes_nothing(store: Store) -> None:
    """After a take-over the old worker's begin, release and settle have no effect."""
    await put(store, enqueue())
    old = await take(store)
    new = await take(store, later(LEASE_S))
    assert new.token > old.token
    assert await store.begin(old, later(1)) is None
    await store.release(old, NOW)
    assert await settle(store, old, sent()) is Committed.STALE
    begun = await store.begin(new, later(LEASE_S))
    assert begun is not None
    assert begun.attempt == 1


async def test_an_outcome_after_the_lease_counts_while_nobody_took_over(store: Store) -> None:
    """What the pager answered is worth keeping: only a moved token makes it stale."""
    await put(store, enqueue())
    claim = await attempt(store)
    assert await settle(store, claim, sent(later(LEASE_S + 5))) is Committed.DONE


async def test_a_settled_claim_is_over(store: Store) -> None:
    """The fence ends with the outcome: a second one is stale."""
    await put(store, enqueue(), enqueue(outbound=send("next")))
    claim = await attempt(store)
    assert await settle(store, claim, sent()) is Committed.DONE
    assert await settle(store, claim, refused()) is Committed.STALE
    assert await states(store) == [DeliveryState.SENT, READY]


async def test_a_taken_over_attempt_is_looked_for(store: Store) -> None:
    """An attempt left open by a dead worker comes back as UNKNOWN, never to be sent blindly."""
    await put(store, enqueue())
    await attempt(store)
    claim = await take(store, later(LEASE_S))
    assert claim.delivery.state is UNKNOWN
    assert claim.delivery.attempt == 1
    assert await store.begin(claim, later(LEASE_S)) is None


async def test_looking_keeps_its_state_while_claimed(store: Store) -> None:
    """UNKNOWN and RECONCILING are claimed as they are, with their count of looks."""
    await put(store, enqueue())
    await settle(store, await attempt(store), unknown(later(2)))
    claim = await take(store, later(2))
    assert claim.delivery.state is UNKNOWN
    again = Step(DeliveryState.RECONCILING, later(6), Fault("pager.outcome_unknown"), looks=1)
    assert await settle(store, claim, again) is Committed.DONE
    claim = await take(store, later(6))
    assert (claim.delivery.state, claim.delivery.looks) == (DeliveryState.RECONCILING, 1)
    assert await settle(store, claim, sent()) is Committed.DONE


async def test_a_new_attempt_forgets_old_looks(store: Store) -> None:
    """Looks are counted since the last attempt that ended without an answer."""
    await put(store, enqueue())
    await settle(store, await attempt(store), unknown(NOW))
    proved_absent = Step(READY, NOW, Fault("pager.outcome_unknown"), looks=2)
    await settle(store, await take(store), proved_absent)
    begun = await store.begin(await take(store), later(1))
    assert begun is not None
    assert (begun.attempt, begun.looks) == (2, 0)


# --- giving back and recovering ----------------------------------------------------------------


async def test_a_claim_given_back_is_due_when_it_says(store: Store) -> None:
    """Untried: no attempt is counted, and the lane stays in order."""
    await put(store, enqueue(), enqueue(outbound=send("next")))
    await store.release(await take(store), later(10))
    assert await states(store) == [READY, READY]
    assert await store.claim(later(9), 10, LEASE_S) == ()
    claim = await take(store, later(10))
    assert (claim.delivery.outbound, claim.delivery.attempt) == (send(), 0)


async def test_a_look_given_back_stays_a_look(store: Store) -> None:
    """Giving back UNKNOWN does not make it READY."""
    await put(store, enqueue())
    await settle(store, await attempt(store), unknown(NOW))
    await store.release(await take(store), later(5))
    assert (await take(store, later(5))).delivery.state is UNKNOWN


async def test_an_open_attempt_cannot_be_given_back(store: Store) -> None:
    """After `begin` bytes may have left: only an outcome or a look ends it."""
    await put(store, enqueue())
    claim = await attempt(store)
    await store.release(claim, NOW)
    assert await states(store) == [DeliveryState.ATTEMPTING]


async def test_a_new_process_settles_what_the_dead_one_left(store: Store) -> None:
    """ATTEMPTING becomes UNKNOWN, CLAIMED becomes READY, all leases end, nothing else moves."""
    await put(store, enqueue("attempting"))
    await attempt(store)
    await put(store, enqueue("claimed"))
    claimed = await take(store)
    await put(store, enqueue("ready"))
    assert await store.recover(later(1), everything=True) == 2
    assert await states(store) == [UNKNOWN, READY, READY]
    assert await store.begin(claimed, later(1)) is None
    assert len(await store.claim(later(1), 10, LEASE_S)) == 3


async def test_replicas_only_recover_expired_leases(store: Store) -> None:
    """A lease that still runs belongs to somebody alive."""
    await put(store, enqueue("old"))
    await store.claim(NOW, 10, 10)
    await put(store, enqueue("young"))
    await store.claim(NOW, 10, 60)
    assert await store.recover(later(10), everything=False) == 1
    assert await states(store) == [READY, CLAIMED]
    assert await store.recover(later(10), everything=False) == 0


async def test_what_is_due_soon_by_the_old_time_is_brought_forward(store: Store) -> None:
    """What was put by for longer waits for its time, and what somebody holds stays theirs."""
    await put(store, enqueue("held"))
    claim = await attempt(store)
    for lane, seconds in (("soon", 60), ("late", 3600)):
        due = replace(enqueue(lane), due_at=later(seconds))
        await store.commit(Unit((due, replace(due, outbound=send("next")))))
    await store.bring_forward(NOW, later(120))
    assert lanes_of(await store.claim(NOW, 10, LEASE_S)) == ["soon"]
    assert await settle(store, claim, sent()) is Committed.DONE


# --- what a person decides ---------------------------------------------------------------------


async def test_a_held_delivery_blocks_its_lane_until_it_is_released(store: Store) -> None:
    """Neither it nor what stands behind it is ever due; released, both go in order."""
    await put(store, enqueue(), enqueue(outbound=send("next")))
    claim = await attempt(store)
    await settle(store, claim, held())
    assert await store.claim(later(10**6), 10, LEASE_S) == ()
    assert await store.next_due() is None
    go_on = Release(claim.delivery.id, READY, later(5), (HELD,))
    assert await store.commit(Unit((go_on,), once="press")) is Committed.DONE
    claim = await take(store, later(5))
    assert (claim.delivery.outbound, claim.delivery.state) == (send(), CLAIMED)


async def test_a_held_delivery_may_be_called_off(store: Store) -> None:
    """Cancelled, it lets the next one go."""
    await put(store, enqueue(), enqueue(outbound=send("next")))
    claim = await attempt(store)
    await settle(store, claim, held())
    await store.commit(Unit((Release(claim.delivery.id, CANCELLED, NOW, (HELD,)),)))
    assert (await take(store)).delivery.outbound == send("next")


async def test_new_entries_do_not_wake_a_held_lane(store: Store) -> None:
    """What is appended behind a HELD delivery waits with it."""
    await put(store, enqueue())
    await settle(store, await attempt(store), held())
    await put(store, enqueue(outbound=send("next"), priority=0))
    assert await store.claim(later(10**6), 10, LEASE_S) == ()


async def test_cancelled_between_claim_and_begin_is_not_sent(store: Store) -> None:
    """`begin` answers None, and the lane goes on with the next one at once."""
    await put(store, enqueue(), enqueue(outbound=send("next")))
    claim = await take(store)
    cancel = Release(claim.delivery.id, CANCELLED, NOW, (READY, CLAIMED))
    assert await store.commit(Unit((cancel,))) is Committed.DONE
    assert await store.begin(claim, NOW) is None
    assert (await take(store)).delivery.outbound == send("next")


async def test_cancelling_one_that_waits_leaves_the_lane_alone(store: Store) -> None:
    """The head stays claimed; the cancelled one is passed over when its turn comes."""
    await put(store, enqueue(), enqueue(outbound=send("second")), enqueue(outbound=send("third")))
    claim = await attempt(store)
    second = (await store.deliveries(REF))[1]
    assert await store.commit(Unit((Release(second.id, CANCELLED, NOW, (READY,)),)))
    assert await settle(store, claim, sent()) is Committed.DONE
    assert (await take(store)).delivery.outbound == send("third")


async def test_a_begun_attempt_is_not_cancelled(store: Store) -> None:
    """Only the states a person saw may be released; the attempt has begun meanwhile."""
    await put(store, enqueue())
    claim = await attempt(store)
    cancel = Release(claim.delivery.id, CANCELLED, NOW, (READY, CLAIMED))
    assert await store.commit(Unit((cancel,))) is Committed.STALE
    assert await settle(store, claim, sent()) is Committed.DONE


async def test_a_delayed_delivery_may_be_sent_now(store: Store) -> None:
    """Released as READY with a new time, it is due then."""
    await put(store, enqueue(at=later(600)))
    delivery = await only(store)
    await store.commit(Unit((Release(delivery.id, READY, NOW, (READY,)),)))
    assert (await take(store)).delivery.id == delivery.id


# --- coalescing --------------------------------------------------------------------------------


async def test_an_update_rides_along_with_one_that_waits(store: Store) -> None:
    """A READY delivery of the same kind and target stands for the new one."""
    again = enqueue(outbound=update(), coalesce=True)
    await put(store, enqueue(outbound=update()), again, again)
    assert await states(store) == [READY]


async def test_an_update_does_not_ride_along_with_another_thing(store: Store) -> None:
    """Not with another kind, another lane, a claimed one, nor one that was attempted."""
    again = enqueue(outbound=update(), coalesce=True)
    await put(store, enqueue(outbound=send()), enqueue("other", update()), again)
    assert len(await states(store)) == 3
    head, _ = await store.claim(NOW, 10, LEASE_S)
    await store.begin(head, NOW)
    await settle(store, head, sent())
    claim = await take(store)
    await put(store, again)
    assert len(await states(store)) == 4
    await store.begin(claim, NOW)
    await settle(store, claim, retry(NOW))
    assert await states(store) == [DeliveryState.SENT, CLAIMED, READY, READY]
    await put(store, again)
    assert len(await states(store)) == 4


async def test_a_retried_update_is_not_ridden_upon(store: Store) -> None:
    """One that was attempted may have been seen with the older facts."""
    await put(store, enqueue(outbound=update()))
    await settle(store, await attempt(store), retry(NOW))
    await put(store, enqueue(outbound=update(), coalesce=True))
    assert await states(store) == [READY, READY]


async def test_what_waits_is_brought_forward_to_the_earliest(store: Store) -> None:
    """However many want it sooner at once, and whichever of them is written last."""
    await put(store, enqueue(outbound=update(), due_at=later(60)))
    again = enqueue(outbound=update(), coalesce=True)
    sooner = [replace(again, due_at=later(seconds)) for seconds in (40, 20, 50, 5, 30)]
    await asyncio.gather(*(put(store, each) for each in sooner))
    assert (await only(store)).due_at == later(5)
    assert await store.next_due() == later(5)


# --- waiting -----------------------------------------------------------------------------------


async def until_quiet(store: Store) -> None:
    """Take what rings already: a wait may end early, for example while replicas connect."""
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.25):
                await store.wait()


async def test_next_due_is_the_earliest_lane(store: Store) -> None:
    """Leased lanes count with the end of their lease; nothing waiting is None."""
    assert await store.next_due() is None
    await put(store, enqueue("a", at=later(50), priority=0), enqueue("b", at=later(20)))
    assert await store.next_due() == later(20)
    await store.claim(later(20), 10, 15)
    assert await store.next_due() == later(35)


@pytest.mark.parametrize("what", ["enqueue", "settle", "release", "give back", "recover"])
async def test_a_waiting_dispatcher_is_woken(store: Store, what: str) -> None:
    """Every commit that may make a lane due ends the wait."""
    await put(store, enqueue())
    claim = await take(store)
    await until_quiet(store)
    waiting = asyncio.ensure_future(store.wait())  # noqa: TID251 - a test's own task
    cancel = Release(claim.delivery.id, CANCELLED, NOW, (CLAIMED,))
    match what:
        case "enqueue":
            await put(store, enqueue("other"))
        case "settle":
            await settle(store, claim, sent())
        case "release":
            await store.commit(Unit((cancel,)))
        case "give back":
            await store.release(claim, NOW)
        case _:
            await store.recover(NOW, everything=True)
    async with asyncio.timeout(5):
        await waiting


async def test_a_look_whose_worker_died_wakes_the_dispatcher(store: Store) -> None:
    """Its delivery stays as it is, but its lane is due again, and nobody else would say so."""
    await put(store, enqueue())
    await settle(store, await attempt(store), unknown(NOW))
    await take(store)
    await until_quiet(store)
    waiting = asyncio.ensure_future(store.wait())  # noqa: TID251 - a test's own task
    assert await store.recover(NOW, everything=True) == 0
    async with asyncio.timeout(5):
        await waiting


async def test_a_commit_between_asking_and_waiting_is_not_missed(store: Store) -> None:
    """A dispatcher that found nothing and then waits is woken by what came in between."""
    assert await store.claim(NOW, 10, LEASE_S) == ()
    await put(store, enqueue())
    async with asyncio.timeout(5):
        await store.wait()


async def test_what_is_due_later_than_is_waited_for_wakes_nobody(store: Store) -> None:
    """Whoever waits looks by then, and finds it; what is due earlier ends the wait."""
    await put(store, enqueue("soon", at=later(60)))
    await until_quiet(store)
    waiting = asyncio.ensure_future(store.wait(later(60)))  # noqa: TID251 - a test's own task
    await put(store, enqueue("late", at=later(60)))
    done, _ = await asyncio.wait([waiting], timeout=0.25)
    assert not done
    await put(store, enqueue("earlier", at=later(59)))
    async with asyncio.timeout(5):
        await waiting


# --- positions and counts ----------------------------------------------------------------------


async def test_position_counts_a_senders_older_unsent_pager_deliveries(store: Store) -> None:
    """Not those of others, not what is sent, not what goes to the chat."""
    await put(store, enqueue("sent"))
    await settle(store, await attempt(store), sent())
    await put(
        store,
        enqueue("a", send("1")),
        enqueue("b", send("2", sender=type(DBA)("555"))),
        enqueue("c", update()),
        enqueue("d", send("3")),
        enqueue("e", send("4")),
    )
    fourth = (await store.deliveries(REF))[4]
    assert await store.waiting_before(fourth.id, DBA) == 1
    last = (await store.deliveries(REF))[5]
    assert await store.waiting_before(last.id, DBA) == 2


async def test_counts_leave_finished_ones_out(store: Store) -> None:
    """What is open, by state."""
    assert await store.counts() == {}
    await put(store, *(enqueue(f"lane {n}") for n in range(4)))
    claims = await store.claim(NOW, 2, LEASE_S)
    await store.begin(claims[0], NOW)
    await settle(store, claims[0], sent())
    assert await store.counts() == {CLAIMED: 1, READY: 2}


async def test_dead_letters_are_what_was_refused_or_is_held(store: Store) -> None:
    """Newest first, no more than asked for; what is sent or waiting is none."""
    for number, step in enumerate([refused(), sent(), held(), refused()]):
        await put(store, enqueue(f"lane {number}"))
        await settle(store, await attempt(store), step)
    await put(store, enqueue("waiting"))
    letters = await store.dead_letters(10)
    assert [letter.lane for letter in letters] == ["lane 3", "lane 2", "lane 0"]
    assert letters[0].fault == refused().fault
    assert await store.dead_letters(1) == letters[:1]


async def test_a_unit_with_a_stale_fence_appends_nothing(store: Store) -> None:
    """The consequences of an outcome that is not ours any more are not drawn."""
    await put(store, enqueue())
    old = await attempt(store)
    await take(store, later(LEASE_S))
    unit = Unit((Settle(old.delivery.id, sent()), enqueue("chat"), NewPage(page())), fence=old)
    assert await store.commit(unit) is Committed.STALE
    assert len(await states(store)) == 1
