"""Routes change under alerts that fire: they go where the new routes lead them, and say so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.domain.incidents import Incident
from gateway.domain.routing.routes import Routes
from gateway.routes.reading import read_routes
from gateway.services.alerts.desk import filed
from gateway.services.alerts.moving import take_over, wake_open_groups
from gateway.services.alerts.sums import AlertSums
from tests.fakes.chat import words
from tests.services.acme import Acme, running_acme

TEXT = """\
receivers:
  - {name: lobby, channel: C0OPS}
  - {name: dba, page: [DBA], channel: C0DBA}
  - {name: leads, page: [On-call leads], channel: C0OPS}
route:
  receiver: lobby
  group_by: [alertname]
  group_wait: 10s
  routes:
    - {name: db, matchers: ['team="db"'], receiver: dba,
       ack: {escalate: [{after: 15m, page: [Bo Chen]}]}}
"""


def routes(text: str) -> Routes:
    return read_routes(text).routes


BEFORE = routes(TEXT)
OTHER = routes(
    TEXT.replace("name: db,", "name: database,").replace("receiver: dba,", "receiver: leads,")
)
NOWHERE = routes(TEXT.partition("  routes:")[0])
NARROWER = routes(TEXT.replace("'team=\"db\"'", "'team=\"db\"', 'host=\"db-7\"'"))


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=BEFORE) as running:
        yield running


def alert(acme: Acme, host: str = "db-7", *, team: str = "db", over: bool = False) -> Alert:
    now = acme.clock.now()
    return Alert(
        source="prom",
        source_event_id=f"{host} {over} {now.isoformat()}",
        dedup_key=host,
        status=AlertStatus.RESOLVED if over else AlertStatus.FIRING,
        severity=Severity.CRITICAL,
        title=f"DiskFull on {host}",
        text="",
        labels={"alertname": "DiskFull", "team": team, "severity": "critical", "host": host},
        links=(),
        starts_at=now,
        ends_at=now if over else None,
        received_at=now,
    )


async def say(acme: Acme, *alerts: Alert) -> None:
    assert acme.core.alerts is not None
    await acme.core.alerts.take(Ingest("prom", acme.clock.now(), alerts, b"{}"))


async def change(acme: Acme, rules: Routes, seconds: float = 30) -> None:
    """Put other routes in force, as a reload does."""
    assert acme.house.rules is not None
    acme.house.rules.replace(rules)
    await wake_open_groups(acme.store, acme.clock.now())
    await acme.pass_time(seconds)


def cards(acme: Acme) -> list[str]:
    """List the cards, each by its first line."""
    shown = [m for m in acme.chat.posted if m.root is None]
    return [words(m.content).splitlines()[0] for m in shown]


async def incidents(acme: Acme) -> list[Incident]:
    """List what is open, the oldest first."""
    found = [filed(each).incident for each in await acme.store.open_incidents(10)]
    return sorted(found, key=lambda incident: incident.opened_at)


async def test_a_route_that_is_gone_hands_its_alerts_on(acme: Acme) -> None:
    """Whom they go to now is paged; whoever was paged before is told; nothing hangs open."""
    await say(acme, alert(acme))
    await acme.pass_time(30)
    assert len(acme.sent("[CRIT] DiskFull")) == 1
    await change(acme, OTHER)
    assert len(acme.sent("[CRIT] DiskFull")) == 2
    assert len(acme.sent("[MOVED] DiskFull on db-7 goes to On-call leads now")) == 1
    assert cards(acme) == ["➡️ Moved: DiskFull on db-7", "🔴 Critical: DiskFull on db-7"]
    (open_,) = await acme.store.open_incidents(10)
    assert open_.group.startswith("database:")
    await acme.pass_time(3600)
    (escalated,) = acme.sent("unanswered")
    assert open_.ref in escalated


async def test_an_alert_whose_route_takes_it_no_more_leaves_alone(acme: Acme) -> None:
    """What still belongs together stays, with its thread; a line tells who left."""
    await say(acme, alert(acme), alert(acme, "db-9"))
    await acme.pass_time(30)
    await change(acme, NARROWER)
    stays, leaves = await incidents(acme)
    assert [f.key for f in stays.firing] == ["prom/db-7"]
    assert [f.key for f in leaves.firing] == ["prom/db-9"]
    assert leaves.receiver == "lobby"
    told = [message.text for message in await acme.shown(stays.ref)]
    assert any("The routes have changed: 1 alert goes to lobby now." in text for text in told)
    assert not acme.sent("[MOVED]")


async def test_what_stays_where_it_is_notices_nothing(acme: Acme) -> None:
    """Another version of the file is no news for alerts that it leads the same way."""
    await say(acme, alert(acme))
    await acme.pass_time(30)
    before = acme.sent(), cards(acme)
    await change(acme, routes(f"{TEXT}# another version\n"))
    assert (acme.sent(), cards(acme)) == before


async def test_nobody_is_told_of_a_move_who_was_told_of_nothing(acme: Acme) -> None:
    """Routes that change before the first notice just lead elsewhere."""
    await say(acme, alert(acme))
    await acme.pass_time(1)
    await change(acme, OTHER)
    (page,) = acme.sent()
    assert page.startswith("[CRIT] DiskFull on db-7")
    assert cards(acme) == ["🔴 Critical: DiskFull on db-7"]


async def test_an_alert_that_nobody_looked_at_yet_is_not_lost(acme: Acme) -> None:
    """It was written down under a route that is gone a moment later."""
    await say(acme, alert(acme))
    await change(acme, OTHER)
    (incident,) = await incidents(acme)
    assert incident.receiver == "leads"
    assert len(acme.sent("[CRIT]")) == 1


async def test_an_end_is_heard_though_it_is_said_elsewhere(acme: Acme) -> None:
    """What ends between the change and the next look has ended here, and fires nowhere."""
    await say(acme, alert(acme), alert(acme, "db-9"))
    await acme.pass_time(30)
    assert acme.house.rules is not None
    acme.house.rules.replace(OTHER)
    acme.clock.move(1)
    await say(acme, alert(acme, over=True))
    await acme.pass_time(30)
    await change(acme, OTHER)
    old, new = await incidents(acme)
    assert not old.firing
    assert [f.key for f in new.firing] == ["prom/db-9"]
    await say(acme, alert(acme, "db-9", over=True))
    await acme.pass_time(600)
    assert await incidents(acme) == []
    assert len(acme.sent("[OK]")) == 2


async def test_an_alert_that_was_said_again_meanwhile_is_told_once(acme: Acme) -> None:
    """The source repeats it to its new group before the old one is looked at."""
    await say(acme, alert(acme))
    await acme.pass_time(30)
    assert acme.house.rules is not None
    acme.house.rules.replace(OTHER)
    acme.clock.move(1)
    await say(acme, alert(acme))
    await acme.pass_time(30)
    await change(acme, OTHER)
    assert len(acme.sent("[CRIT]")) == 2
    assert len(await acme.store.open_incidents(10)) == 1


async def test_no_alert_is_unaccounted_for_after_a_move(acme: Acme) -> None:
    """Each is counted where it came in, whatever became of it since."""
    await say(acme, alert(acme), alert(acme, "db-9"))
    await acme.pass_time(1)
    await change(acme, NARROWER, 900)
    account = (await AlertSums(acme.store, acme.clock).lately())["prom"]
    assert (account.ingested, account.unaccounted) == (2, 0)


async def test_a_process_that_is_behind_leaves_alerts_where_they_are(acme: Acme) -> None:
    """Another one has the newer file already; ours would only move back what that one moved."""
    await say(acme, alert(acme))
    await acme.pass_time(30)
    await take_over(acme.store, OTHER, acme.clock.now())
    await change(acme, NOWHERE, seconds=300)
    assert cards(acme) == ["🔴 Critical: DiskFull on db-7"]
    await change(acme, OTHER)
    assert len(acme.sent("[MOVED] DiskFull on db-7 goes to On-call leads now")) == 1


async def test_a_process_that_stays_behind_goes_its_own_way(acme: Acme) -> None:
    """Nobody newer may be left; no alert waits for ever."""
    await say(acme, alert(acme))
    await acme.pass_time(30)
    await take_over(acme.store, OTHER, acme.clock.now())
    await change(acme, NOWHERE, seconds=700)
    assert len(acme.sent("[MOVED] DiskFull on db-7 goes to lobby now")) == 1


async def test_a_group_with_a_long_name_follows_too(acme: Acme) -> None:
    """What it is grouped by may be as long as labels get."""
    long = alert(acme)
    labels = {**long.labels, "alertname": "DiskFull" * 40}
    await say(acme, replace(long, labels=labels))
    await acme.pass_time(30)
    await change(acme, routes(f"{TEXT}# another version\n"))
    assert len(cards(acme)) == 1
    await change(acme, OTHER)
    (incident,) = await incidents(acme)
    assert incident.receiver == "leads"


# --- whatever happens ----------------------------------------------------------------------------

HOSTS = ("db-7", "db-9", "web-1")
FILES = (
    TEXT,
    TEXT.replace("name: db,", "name: database,").replace("receiver: dba,", "receiver: leads,"),
    TEXT.replace("'team=\"db\"'", "'team=\"db\"', 'host=\"db-7\"'"),
    TEXT.replace("group_by: [alertname]", "group_by: [alertname, host]"),
    TEXT.replace("receiver: dba,", "receiver: dba, continue: true,")
    + "    - {name: all, matchers: ['alertname=\"DiskFull\"'], receiver: leads}\n",
)
VERSIONS = tuple(routes(text) for text in FILES)

Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["fire", "end"]), st.integers(0, len(HOSTS) - 1)),
        st.tuples(st.just("routes"), st.integers(0, len(FILES) - 1)),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 15, 400])),
    ),
    max_size=14,
)


async def live(acme: Acme, steps: list[Step]) -> set[str]:
    """Live through all of it; the hosts that fire in the end."""
    firing: set[str] = set()
    assert acme.house.rules is not None
    for deed, what in steps:
        match deed:
            case "fire":
                await say(acme, alert(acme, HOSTS[what]))
                firing.add(HOSTS[what])
            case "end":
                await say(acme, alert(acme, HOSTS[what], over=True))
                firing.discard(HOSTS[what])
            case "routes":
                acme.house.rules.replace(VERSIONS[what])
                await wake_open_groups(acme.store, acme.clock.now())
            case _:
                await acme.pass_time(what)
        acme.clock.move(0.001)
    await acme.pass_time(1800)
    return firing


async def lived(steps: list[Step]) -> None:
    async with running_acme(routes=BEFORE) as acme:
        firing = await live(acme, steps)
        rules = acme.house.rules
        assert rules is not None
        tree = rules.rules.tree
        shown = {(each.group, f.key) for each in await incidents(acme) for f in each.firing}
        led = {
            (route.group_key(labels), f"prom/{host}")
            for host in firing
            for labels in (alert(acme, host).labels,)
            for route in tree.match(labels)
        }
        assert shown == led
        assert all(each.notified_at for each in await incidents(acme))
        sums = await AlertSums(acme.store, acme.clock).since(acme.clock.started)
        assert all(each.unaccounted == 0 for each in sums.values())


ANYHOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(ANYHOW, max_examples=30)
@given(STEPS)
def test_whatever_fires_is_where_the_routes_lead_it(steps: list[Step]) -> None:
    """However alerts and reloads mix: told in each group it belongs to, in no other; all add up."""
    asyncio.run(lived(steps))


@pytest.mark.slow
@settings(ANYHOW, max_examples=600)
@given(STEPS)
def test_whatever_fires_is_where_the_routes_lead_it_for_long(steps: list[Step]) -> None:
    """The same, with thousands of mixtures."""
    asyncio.run(lived(steps))
