"""What the store promises about alerts: items once, incidents by version, records in order."""

from dataclasses import replace
from datetime import timedelta

from gateway.domain.alerts import Severity, item_ref
from gateway.domain.deliveries import DeliveryState, PagerReceipt, Step
from gateway.domain.ids import ConversationId, ExtensionNumber, PagerMessageId, Ref
from gateway.domain.outbound import AlertNews, SendFollowUp, SendPage, Wake, Waking
from gateway.domain.routing.fates import Fate, StormSum
from gateway.ports.changes import (
    CountItem,
    Enqueue,
    KeepIngest,
    Once,
    RecordAlert,
    Release,
    SaveIncident,
    SaveSilence,
    SetFates,
    Settle,
)
from gateway.ports.store import Committed, ItemFate, Store, Unit
from tests.contract.store.values import NOW, reply

GROUP = "/0:{alertname=DiskFull}"
AL = Ref("al_91QX")


def said(key: str, facts: str = "{}") -> Once:
    return Once(key, (RecordAlert(GROUP, facts, NOW),))


async def test_an_item_said_before_is_left_out_and_the_rest_is_kept(store: Store) -> None:
    """A batch holds what is new; the repeat of one alert loses none of the others."""
    assert await store.commit(Unit((said("a", "1"),))) is Committed.DONE
    assert await store.commit(Unit((said("a", "again"), said("b", "2")))) is Committed.DONE
    events = await store.alert_events(GROUP, 0, 10)
    assert [event.facts for event in events] == ["1", "2"]
    assert await store.seen(("a", "b", "c")) == {"a", "b"}


async def test_a_key_that_comes_twice_in_a_request_counts_once(store: Store) -> None:
    """In order; what the key was shortened from, or held that no database takes, is no matter."""
    odd = ("x" * 300, "nul\0", "half \ud800")
    items = [said(key, f"{number}") for number, key in enumerate((*odd, *odd, "plain"))]
    assert await store.commit(Unit(tuple(items))) is Committed.DONE
    assert await store.commit(Unit(tuple(items))) is Committed.DONE
    events = await store.alert_events(GROUP, 0, 10)
    assert [event.facts for event in events] == ["0", "1", "2", "6"]
    assert await store.seen((*odd, "other")) == set(odd)


async def test_a_groups_record_is_read_on_from_a_position(store: Store) -> None:
    """Ids rise, so what was handled is never handled again."""
    await store.commit(Unit(tuple(said(str(n), str(n)) for n in range(5))))
    first, second, *_ = await store.alert_events(GROUP, 0, 10)
    rest = await store.alert_events(GROUP, second.id, 2)
    assert first.id < second.id
    assert [event.facts for event in rest] == ["2", "3"]
    assert await store.alert_events("another", 0, 10) == ()


async def test_the_newest_that_was_said_is_read_whatever_group_it_joined(store: Store) -> None:
    """What joined no group is left out."""
    left = CountItem("prom", "in_1", Fate.DUPLICATE, NOW)
    elsewhere = Once("x", (RecordAlert("another", "x", NOW),))
    await store.commit(Unit((said("a", "1"), elsewhere, left, said("b", "2"))))
    assert await store.newest_alerts(2) == ("2", "x")


async def test_an_incident_is_written_over_the_version_that_was_read(store: Store) -> None:
    """Two people act at once: the second write is stale and nothing of its unit remains."""
    await store.commit(Unit((SaveIncident(AL, GROUP, 0, "opened", NOW),)))
    read = await store.incident(AL)
    assert read is not None
    first = SaveIncident(AL, GROUP, read.version, "acked by Bo", NOW)
    second = SaveIncident(AL, GROUP, read.version, "acked by Avery", NOW)
    assert await store.commit(Unit((first,))) is Committed.DONE
    assert await store.commit(Unit((said("x"), second))) is Committed.STALE
    now = await store.incident(AL)
    assert now is not None
    assert (now.facts, now.version) == ("acked by Bo", read.version + 1)
    assert await store.seen(("x",)) == frozenset()


async def test_open_incidents_tell_their_versions(store: Store) -> None:
    """Each write raises it; what is closed is not among them."""
    await store.commit(Unit((SaveIncident(AL, GROUP, 0, "opened", NOW),)))
    await store.commit(Unit((SaveIncident(Ref("al_2"), "h", 0, "opened", NOW),)))
    await store.commit(Unit((SaveIncident(AL, GROUP, 1, "grew", NOW),)))
    assert await store.open_versions() == {AL: 2, Ref("al_2"): 1}
    await store.commit(Unit((SaveIncident(AL, GROUP, 2, "over", NOW, open=False),)))
    assert await store.open_versions() == {Ref("al_2"): 1}


async def test_a_group_shows_its_newest_incident_and_closed_ones_are_not_open(store: Store) -> None:
    """A closed incident stays readable; a new one of the same group takes its place."""
    later = NOW + timedelta(minutes=1)
    newer = Ref("al_77B0")
    await store.commit(Unit((SaveIncident(AL, GROUP, 0, "old", NOW, open=False),)))
    await store.commit(Unit((SaveIncident(newer, GROUP, 0, "new", later),)))
    found = await store.incident_of_group(GROUP)
    assert found is not None
    assert (found.ref, found.open) == (newer, True)
    assert [incident.ref for incident in await store.open_incidents(10)] == [newer]
    assert (await store.incident(AL)) is not None


async def test_a_taken_reference_is_told(store: Store) -> None:
    """Neither an incident nor a kept body overwrites another of its name."""
    await store.commit(Unit((SaveIncident(AL, GROUP, 0, "first", NOW),)))
    again = SaveIncident(AL, "other", 0, "second", NOW)
    assert await store.commit(Unit((again,))) is Committed.TAKEN
    body = KeepIngest(Ref("in_8F2K"), "am", b"\x00{}", NOW)
    assert await store.commit(Unit((body,))) is Committed.DONE
    assert await store.commit(Unit((body,))) is Committed.TAKEN
    assert await store.ingest(Ref("in_8F2K")) == b"\x00{}"


async def test_silences_are_found_until_they_ended(store: Store) -> None:
    """Extending one replaces it."""
    hour = timedelta(hours=1)
    await store.commit(Unit((SaveSilence("s1", "one", NOW + hour),)))
    assert await store.silences(NOW) == ("one",)
    assert await store.silences(NOW + hour) == ()
    await store.commit(Unit((SaveSilence("s1", "longer", NOW + 2 * hour),)))
    assert await store.silences(NOW + hour) == ("longer",)


async def test_wakings_and_follow_ups_come_back_as_they_were(store: Store) -> None:
    """A time to look at a group waits in the group's own lane, once."""
    wake = Enqueue("group:g", AL, Wake(Waking.GROUP, GROUP), NOW, coalesce=True)
    further = Enqueue("pager:x", AL, SendFollowUp(ExtensionNumber("700"), "[OK]"), NOW)
    await store.commit(Unit((Once("k", (wake, wake)), further)))
    kept = [delivery.outbound for delivery in await store.deliveries(AL)]
    assert kept == [wake.outbound, further.outbound]


# --- the account -------------------------------------------------------------------------------

HOUR = timedelta(hours=1)


def came(item: str, *groups: str, source: str = "am", key: str | None = None) -> Once:
    """Record an item in its groups; said before, it is counted as that."""
    records = (RecordAlert(group, "{}", NOW, source, item) for group in groups)
    again = CountItem(source, item, Fate.DUPLICATE, NOW)
    return Once(key or item, tuple(records), otherwise=(again,))


def request(ref: str, items: int, source: str = "am") -> KeepIngest:
    return KeepIngest(Ref(ref), source, b"{}", NOW, items)


async def account(store: Store) -> dict[str, StormSum]:
    return dict(await store.account(NOW, NOW + HOUR))


async def test_every_item_has_one_fate(store: Store) -> None:
    """What waits, what was told, and what joined no group: the sum closes by source."""
    await store.commit(Unit((request("in_1", 3), came("1:0", "g"), came("1:1", "g"))))
    await store.commit(Unit((CountItem("am", "1:2", Fate.IGNORED, NOW),)))
    await store.commit(Unit((request("in_2", 1, "pd"), came("2:0", "g", source="pd"))))
    first, *_ = await store.alert_events("g", 0, 10)
    await store.commit(Unit((SetFates({first.id: Fate.PAGED}),)))
    sums = await account(store)
    assert sums["am"] == StormSum(3, {Fate.PAGED: 1, Fate.WAITING: 1, Fate.IGNORED: 1})
    assert sums["pd"] == StormSum(1, {Fate.WAITING: 1})
    assert [each.unaccounted for each in sums.values()] == [0, 0]


async def test_an_item_on_several_routes_is_counted_once(store: Store) -> None:
    """It has the strongest of its fates."""
    await store.commit(Unit((request("in_1", 1), came("1:0", "g", "h"))))
    (one,) = await store.alert_events("g", 0, 10)
    (other,) = await store.alert_events("h", 0, 10)
    await store.commit(Unit((SetFates({one.id: Fate.SILENCED, other.id: Fate.DIGESTED}),)))
    assert (await account(store))["am"] == StormSum(1, {Fate.DIGESTED: 1})


async def test_a_repeat_is_counted_in_place_of_what_it_repeats(store: Store) -> None:
    """Two requests say the same at once: the second is a duplicate by the key itself."""
    await store.commit(Unit((request("in_1", 1), came("1:0", "g", key="a"))))
    await store.commit(Unit((request("in_2", 1), came("2:0", "g", key="a"))))
    assert (await account(store))["am"] == StormSum(2, {Fate.WAITING: 1, Fate.DUPLICATE: 1})
    assert len(await store.alert_events("g", 0, 10)) == 1


async def test_an_item_without_a_fate_is_missed(store: Store) -> None:
    """The two sides of the sum are counted apart, so that a loss shows."""
    await store.commit(Unit((request("in_1", 2), came("1:0", "g"))))
    assert (await account(store))["am"].unaccounted == 1


async def test_an_account_is_of_its_window(store: Store) -> None:
    """What came before or after is another window's, and is forgotten with the rest."""
    await store.commit(Unit((request("in_1", 1), came("1:0", "g"))))
    assert await store.account(NOW - HOUR, NOW) == {}
    assert await store.forget(NOW + HOUR, 100) > 0
    assert await account(store) == {}


def about(alert: str, group: str, facts: str) -> RecordAlert:
    return RecordAlert(group, facts, NOW, "prom", "", alert)


async def test_an_alert_is_found_in_every_group_it_joined(store: Store) -> None:
    """By the newest entry in each, the latest group last; of too many, the latest."""
    entries = (about("a", "g", "1"), about("a", "h", "2"), about("b", "g", "3"))
    await store.commit(Unit((*entries, about("a", "g", "4"))))
    assert await store.records_of_alerts(("a", "b", "c"), 9) == {
        "a": ("2", "4"),
        "b": ("3",),
        "c": (),
    }
    assert await store.records_of_alerts(("a",), 1) == {"a": ("4",)}
    assert await store.records_of_alerts(("",), 9) == {"": ()}


async def test_a_requests_items_are_found_with_what_became_of_them(store: Store) -> None:
    """In order, each on all of its ways; a request nobody knows has none."""
    ref = Ref("in_8F2K")
    first, second = item_ref(ref, 0), item_ref(ref, 1)
    await store.commit(
        Unit(
            (
                KeepIngest(ref, "prom", b"{}", NOW, items=3),
                RecordAlert("g", "one", NOW, "prom", first),
                RecordAlert("h", "two", NOW, "prom", first),
                CountItem("prom", second, Fate.IGNORED, NOW, "why"),
            )
        )
    )
    (event,) = await store.alert_events("g", 0, 1)
    await store.commit(Unit((SetFates({event.id: Fate.PAGED}),)))
    assert await store.items_of(ref) == (
        (ItemFate(Fate.PAGED, "one", NOW, "g"), ItemFate(Fate.WAITING, "two", NOW, "h")),
        (ItemFate(Fate.IGNORED, "why", NOW),),
        (),
    )
    assert await store.items_of(Ref("in_ZZZZ")) is None


# --- what is put by ----------------------------------------------------------------------------

SHARED = ExtensionNumber("700")
NEWS = AlertNews("am", Severity.WARNING, (ExtensionNumber("400"),), "DiskFull", (("DiskFull", 2),))


def page_about(ref: str, *, later: bool, priority: int = 5) -> Enqueue:
    """A page of the shared sender, due now or put by for an hour."""
    page = SendPage(SHARED, NEWS.to, f"[WARN] {ref}", insist=True, news=replace(NEWS, events=(7,)))
    due_at = NOW + HOUR if later else None
    return Enqueue(f"pager:{ref}", Ref(ref), page, NOW, priority=priority, due_at=due_at)


async def test_what_is_put_by_waits_until_it_is_released(store: Store) -> None:
    """Nobody takes it before its time; whoever divides the budget finds it, the urgent first."""
    urgent = page_about("al_2", later=True, priority=0)
    await store.commit(Unit((page_about("al_1", later=True), urgent)))
    await store.commit(Unit((page_about("al_3", later=False),)))
    found = await store.put_by(SHARED, NOW, 10)
    assert [each.ref for each in found] == ["al_2", "al_1"]
    assert found[0].outbound == urgent.outbound
    assert (found[0].created_at, found[0].due_at) == (NOW, NOW + HOUR)
    assert [claim.delivery.ref for claim in await store.claim(NOW, 10, 60)] == ["al_3"]
    released = Release(found[0].id, DeliveryState.READY, NOW, (DeliveryState.READY,))
    assert await store.commit(Unit((released,))) is Committed.DONE
    assert [claim.delivery.ref for claim in await store.claim(NOW, 10, 60)] == ["al_2"]
    assert [each.ref for each in await store.put_by(SHARED, NOW, 10)] == ["al_1"]


async def test_who_waits_behind_what_is_put_by_is_known(store: Store) -> None:
    """A person's reply in the same conversation; nobody else keeps anybody waiting."""
    behind = Enqueue("pager:al_1", Ref("al_1"), reply(), NOW, priority=0)
    await store.commit(Unit((page_about("al_1", later=True), page_about("al_2", later=True))))
    assert await store.kept_waiting(SHARED, NOW) == frozenset()
    await store.commit(Unit((behind, page_about("al_2", later=False))))
    assert await store.kept_waiting(SHARED, NOW) == {"pager:al_1"}
    assert await store.kept_waiting(ExtensionNumber("101"), NOW) == frozenset()


async def test_what_a_sender_used_of_its_budget_is_known(store: Store) -> None:
    """What is due or on its way, and what was sent of late; called off and put by count nothing."""
    units = (page_about("al_1", later=False), page_about("al_2", later=True))
    await store.commit(Unit((*units, page_about("al_3", later=False))))
    assert await store.used(SHARED, NOW, NOW) == 2
    claim, *_ = await store.claim(NOW, 1, 60)
    await store.begin(claim, NOW)
    receipt = PagerReceipt(PagerMessageId("1"), ConversationId("1"), NOW)
    settled = Settle(claim.delivery.id, Step(DeliveryState.SENT, NOW, receipt=receipt))
    await store.commit(Unit((settled,), fence=claim))
    (put_by,) = await store.put_by(SHARED, NOW, 10)
    gone = Release(put_by.id, DeliveryState.CANCELLED, NOW, (DeliveryState.READY,))
    await store.commit(Unit((gone,)))
    assert await store.used(SHARED, NOW, NOW) == 2
    assert await store.used(SHARED, NOW + HOUR, NOW) == 1
    ((at, sent),) = await store.sends(SHARED, NOW)
    assert (at, sent.id, sent.outbound) == (NOW, claim.delivery.id, claim.delivery.outbound)
    assert await store.sends(SHARED, NOW + HOUR) == ()
    assert await store.alert_pages(NOW) == 1
    assert await store.sends(ExtensionNumber("101"), NOW) == ()
