"""Heartbeats: whose arrivals page nobody, and whose silence is an alert like any other."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity, Verdict
from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.routing.heartbeats import Heartbeat
from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.tree import OwnSettings, Receiver, Seed, grow
from gateway.ports.store import Unit
from gateway.services.alerts.heartbeats import Heartbeats
from gateway.services.alerts.moving import take_over
from gateway.services.alerts.rules import RuleBook
from tests.acceptance.alert_rules import DBA, RULES
from tests.services.acme import OPS, Acme, running_acme, until

MINUTE = timedelta(minutes=1)
WATCHDOG = Heartbeat("prom-eu", parse_matchers("alertname=Watchdog"), 5 * MINUTE, 10 * MINUTE)
MISSING = Seed(
    OwnSettings(receiver="watch", group_by=("source",)),
    parse_matchers("alertname=HeartbeatMissing"),
    name="heartbeats",
)
ROUTES = replace(
    RULES,
    tree=grow(
        Seed(
            OwnSettings(
                receiver="lobby",
                group_wait=timedelta(seconds=1),
                group_interval=timedelta(seconds=10),
            ),
            routes=(MISSING,),
        )
    ),
    receivers={
        "lobby": Receiver("lobby", page=("DBA",), channel=DBA),
        "watch": Receiver("watch", page=("On-call leads",), channel=str(OPS)),
    },
    heartbeats=(WATCHDOG,),
)
LEADS = ExtensionNumber("402")


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=ROUTES) as running:
        await listening(running).begin()
        yield running


def listening(acme: Acme) -> Heartbeats:
    """Find who listens."""
    heartbeats = acme.core.heartbeats
    assert heartbeats is not None
    return heartbeats


async def beats(acme: Acme, source: str = "prom-eu", **labels: str) -> Verdict:
    """Let a source say that it is well; it says the same each time."""
    now = acme.clock.now()
    alert = Alert(
        source=source,
        source_event_id="watchdog-firing-2026",
        dedup_key="watchdog",
        status=AlertStatus.FIRING,
        severity=Severity.INFO,
        title="Watchdog",
        text="",
        labels={"alertname": "Watchdog", "source": source, **labels},
        links=(),
        starts_at=now,
        ends_at=None,
        received_at=now,
    )
    assert acme.core.alerts is not None
    receipt = await acme.core.alerts.take(Ingest(source, now, (alert,), b"{}"))
    return receipt.results[0].verdict


async def lives(acme: Acme, minutes: int) -> None:
    """Let a source be well for a time."""
    for _ in range(minutes // 5):
        assert await beats(acme) is Verdict.SUPPRESSED
        await acme.pass_time(5 * 60)


def silence(minutes: int) -> str:
    """Write what is told of a silence."""
    return f"prom-eu has been silent for {minutes} minutes"


async def test_arrivals_page_nobody(acme: Acme) -> None:
    """However often they come; the same alert from elsewhere is one like any other."""
    await lives(acme, 180)
    assert acme.pager.accepted == []
    assert await beats(acme, "prom-us") is Verdict.ROUTED
    await acme.pass_time(5)
    assert "Watchdog" in acme.sent()[0]


async def test_silence_pages_by_its_own_route_and_the_return_is_told_there(acme: Acme) -> None:
    """Once each, in one conversation, and in the words for it."""
    await lives(acme, 10)
    await acme.pass_time(9 * 60)
    assert acme.sent() == []
    await acme.pass_time(2 * 60)
    (lost,) = acme.pager.accepted
    assert silence(15) in lost.text
    assert lost.to == (LEADS,)
    ref = Ref(next(word for word in lost.text.split() if word.startswith("al_")))
    assert f"Critical: {silence(15)}" in (await acme.status(ref)).text
    await acme.pass_time(8 * 60)
    assert len(acme.sent()) == 1
    await beats(acme)
    await acme.pass_time(30)
    assert [text for text in acme.sent() if "[OK] prom-eu is back after 24 minutes" in text]
    assert "Resolved: prom-eu is back after 24 minutes" in (await acme.status(ref)).text
    await lives(acme, 60)
    assert len(acme.sent()) == 2


async def test_a_second_silence_is_told_again(acme: Acme) -> None:
    """What is lost again soon goes on in the same thread."""
    await lives(acme, 5)
    await acme.pass_time(20 * 60)
    await lives(acme, 5)
    await acme.pass_time(20 * 60)
    assert len(acme.sent("silent")) == 2


async def test_who_was_never_heard_is_counted_from_the_start(acme: Acme) -> None:
    """And the page says that this is what is known."""
    await acme.pass_time(14 * 60)
    assert acme.sent() == []
    await acme.pass_time(2 * 60)
    (text,) = acme.sent()
    assert "prom-eu was not heard since the gateway began to listen, 15 minutes ago" in text


async def test_what_arrives_before_the_first_look_is_heard(acme: Acme) -> None:
    """A source may be quicker than the start."""
    await beats(acme)
    acme.clock.set(acme.clock.now() + timedelta(seconds=3))
    await acme.pass_time(16 * 60)
    assert silence(15) in acme.sent()[0]


async def another(acme: Acme) -> Heartbeats:
    """Be another process on the same database, or the same one after a restart."""
    other = replace(listening(acme), process="another", since=acme.clock.now())
    groups = acme.core.dispatcher.consequences.wakings
    acme.core.dispatcher.consequences.wakings = replace(groups, heartbeats=other)  # type: ignore[type-var] # known to be groups
    await other.begin()
    return other


async def test_what_nobody_could_hear_is_no_silence(acme: Acme) -> None:
    """After all processes were down the count begins anew; then it is told as it is."""
    await lives(acme, 10)
    acme.clock.set(acme.clock.now() + timedelta(hours=3))
    await another(acme)
    await acme.pass_time(14 * 60)
    assert acme.sent() == []
    await acme.pass_time(2 * 60)
    (text,) = acme.sent()
    assert "not heard since the gateway began to listen, 15 minutes ago" in text


async def test_a_restart_in_between_forgets_nothing(acme: Acme) -> None:
    """Neither the last arrival, nor that it is lost already."""
    await lives(acme, 10)
    await acme.pass_time(9 * 60)
    await another(acme)
    await acme.pass_time(2 * 60)
    assert silence(15) in acme.sent()[0]
    acme.clock.set(acme.clock.now() + timedelta(hours=3))
    await listening(acme).begin()
    await acme.pass_time(60)
    assert len(acme.sent()) == 1
    await beats(acme)
    await acme.pass_time(30)
    assert [text for text in acme.sent() if "is back after" in text]


async def test_a_process_that_does_not_know_it_ends_nothing(acme: Acme) -> None:
    """Its file is older: others go on listening, though it took their waking."""
    await lives(acme, 10)
    groups = acme.core.dispatcher.consequences.wakings
    await take_over(acme.store, replace(ROUTES, hash="newer"), acme.clock.now())
    older = replace(listening(acme), book=RuleBook(RULES), process="older")
    acme.core.dispatcher.consequences.wakings = replace(groups, heartbeats=older)  # type: ignore[type-var] # known to be groups
    await acme.pass_time(60)
    acme.core.dispatcher.consequences.wakings = groups
    task = asyncio.create_task(listening(acme).run())  # noqa: TID251 - a process of its own
    await until(lambda: acme.clock.sleepers > 0)
    await acme.pass_time(10 * 60)
    task.cancel()
    assert silence(15) in acme.sent()[0]


async def test_what_the_file_has_again_is_counted_anew(acme: Acme) -> None:
    """Nobody listened while the file did not have it."""
    heartbeats = listening(acme)
    await lives(acme, 10)
    heartbeats.book.replace(RULES)
    await acme.pass_time(3 * 60 * 60)
    heartbeats.book.replace(ROUTES)
    await heartbeats.begin()
    await acme.pass_time(14 * 60)
    assert acme.sent() == []
    await acme.pass_time(2 * 60)
    assert "not heard since the gateway began to listen, 15 minutes ago" in acme.sent()[0]


async def test_what_several_processes_find_is_told_once(acme: Acme) -> None:
    """Though each found it at the same time, before the other had written it down."""
    await lives(acme, 10)
    acme.clock.set(acme.clock.now() + 11 * MINUTE)
    first, second = listening(acme), replace(listening(acme), process="another")
    found = [await each.due(WATCHDOG.source) for each in (first, first, second)]
    for changes in found:
        await acme.store.commit(Unit(changes))
    await acme.pass_time(120)
    assert len(acme.sent("silent")) == 1
