"""How a running gateway describes itself."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from adapters.pager.ringcentral.standing import Standing
from gateway.bootstrap.health import LiveHealth
from gateway.domain.errors import ChatSignedOutError, PagerUnavailableError
from gateway.services.alerts.sums import AlertSums
from gateway.services.clients import Client
from tests.services.acme import Acme, running_acme
from tests.services.conftest import acme as acme  # noqa: PLC0414 - a fixture, used by its name


def health_of(acme: Acme, registry: CollectorRegistry | None = None) -> LiveHealth:
    mailboxes, sums = acme.core.mailboxes, AlertSums(acme.store, acme.clock)
    registry = registry or CollectorRegistry()
    clients = acme.core.clients
    acme.directory.fresh = True  # as it is after a reading
    return LiveHealth(
        acme.store, acme.directory, mailboxes, sums, registry, acme.clock, clients=clients
    )


UNKNOWN = Standing({}, {}, {}, None)


def sees(health: LiveHealth, standing: Standing) -> LiveHealth:
    """Let it see the pager standing so."""
    health.standing = lambda: standing
    return health


async def test_a_vendor_that_is_away_degrades_and_stays_ready(acme: Acme) -> None:
    """We can still say "queued, you don't need to resend"."""
    health = health_of(acme)
    box = (await acme.pager.mailboxes())[0]
    acme.pager.away = PagerUnavailableError()
    await acme.core.mailboxes.look_into(box)
    await acme.directory.refresh()
    status = await health.status()
    assert status["ready"]
    assert status["degraded"] == [
        "mailbox 700 cannot be read (pager.unavailable)",
        "the directory could not be read (pager.unavailable)",
    ]
    assert await health.ready() == []


async def test_a_healthy_gateway_has_nothing_to_say(acme: Acme) -> None:
    """Nothing is degraded, nothing waits."""
    status = await health_of(acme).status()
    assert status["degraded"] == []
    assert set(status["outbox"].values()) == {0}  # type: ignore[attr-defined] # a table


async def test_a_question_about_nobody_is_told(acme: Acme) -> None:
    """Nobody would notice that it is never asked."""
    health = health_of(acme)
    health.ask_before = ("DBA", "Nursery")
    status = await health.status()
    assert status["ready"]
    assert status["degraded"] == ["policy.ask_before: 'Nursery' is nobody in the directory"]


async def test_a_database_that_is_away_makes_it_unready(acme: Acme) -> None:
    """Nothing could be accepted; the description still comes."""
    health = health_of(acme)
    acme.disk.lost_reads = 3
    assert await health.ready() == ["database away"]
    assert not (await health.status())["ready"]
    await health.measure()


async def test_a_database_that_takes_nothing_makes_it_unready(acme: Acme) -> None:
    """A full disk can still be read; what it refuses is named."""
    health = health_of(acme)
    assert await health.ready() == []
    health.unwritable = lambda: "SQLITE_FULL"
    assert await health.ready() == ["the database takes nothing (SQLITE_FULL)"]
    status = await health.status()
    assert not status["ready"]
    assert status["degraded"] == ["the database takes nothing (SQLITE_FULL)"]


async def test_a_gateway_that_drains_takes_no_new_work(acme: Acme) -> None:
    """Its balancer should look elsewhere."""
    health = health_of(acme)
    health.draining = True
    assert await health.ready() == ["draining"]
    assert not (await health.status())["ready"]


async def test_gauges_show_what_stands(acme: Acme) -> None:
    """Counted when somebody looks."""
    registry = CollectorRegistry()
    health = health_of(acme, registry)
    await acme.page("102 Fire")
    await health.measure()
    assert registry.get_sample_value("gateway_outbox_items", {"state": "ready"}) == 1
    assert registry.get_sample_value("gateway_mailboxes_unread") == 0
    taken_at = acme.directory.current.snapshot.taken_at.timestamp()
    assert registry.get_sample_value("gateway_directory_sync_timestamp_seconds") == taken_at


async def test_a_client_whose_recipients_nobody_knows_is_told() -> None:
    """A misspelt department would be refused for ever, and its operator would not know why."""
    ci = Client("ci", ("DBA", "DAB", "Sam", "102"))
    async with running_acme(clients=(ci,)) as acme:
        assert (await health_of(acme).status())["degraded"] == [
            f"api client ci: {word!r} is nobody in the directory, or several"
            for word in ("DAB", "Sam")
        ]


async def test_an_outbox_that_does_not_answer_makes_it_unready(acme: Acme) -> None:
    """A database that takes requests and never answers is not away, and nothing goes out."""
    health = health_of(acme)
    health.dispatcher = acme.core.dispatcher
    hangs, asked = asyncio.Event(), asyncio.Event()
    await acme.page("102 Fire")

    async def hang() -> None:
        asked.set()
        await hangs.wait()

    acme.disk.before_write.append(hang)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(acme.core.dispatcher.run())
        await asked.wait()
        assert await health.ready() == []
        acme.clock.move(31)
        assert await health.ready() == ["the outbox has not answered for 31 s"]
        status = await health.status()
        assert (status["ready"], status["degraded"]) == (False, await health.ready())
        acme.core.dispatcher.stop()
        hangs.set()
        await running
    assert await health.ready() == []


async def test_a_system_that_does_not_answer_is_named_until_it_does(acme: Acme) -> None:
    """Nobody has to read it off a queue; readiness is not touched."""
    health = health_of(acme)
    health.dispatcher = acme.core.dispatcher
    acme.pager.away = PagerUnavailableError()
    await acme.page("102 Fire")
    at = acme.clock.now()
    await acme.work()
    told = f"the pager has not answered since {at:%Y-%m-%d %H:%M} UTC"
    assert (await health.status())["degraded"] == [told]
    assert await health.ready() == []
    acme.pager.away = None
    await acme.pass_time(60)
    assert (await health.status())["degraded"] == []


async def test_a_chat_that_refuses_our_token_is_told(acme: Acme) -> None:
    """It cannot be told in the chat, and the queue alone says nothing of the cause."""
    health = health_of(acme)
    health.dispatcher = acme.core.dispatcher
    acme.chat.away = ChatSignedOutError("invalid_auth")
    await acme.page("102 Fire")
    await acme.work()
    told = "the chat refuses our token: what it is told waits (gateway doctor)"
    assert (await health.status())["degraded"] == [told]
    acme.chat.away = None
    await acme.pass_time(120)
    assert (await health.status())["degraded"] == []


@pytest.mark.parametrize(
    ("ahead_s", "told"),
    [
        (90.0, ["our clock is 90 s ahead of the pager's"]),
        (-400.0, ["our clock is 400 s behind the pager's"]),
        (59.0, []),
        (None, []),
    ],
)
async def test_a_wrong_clock_is_told_as_the_cause(
    acme: Acme, ahead_s: float | None, told: list[str]
) -> None:
    """Otherwise Slack's requests would be refused, and nobody would think of the time."""
    health = sees(health_of(acme), replace(UNKNOWN, clock_ahead_s=ahead_s))
    assert (await health.status())["degraded"] == told
    assert await health.ready() == []


async def test_what_ends_soon_is_told(acme: Acme) -> None:
    """A subscription that is over, a credential in its last week; others are not worth a word."""
    now = acme.clock.now()
    over, soon, late = now - timedelta(hours=1), now + timedelta(days=6), now + timedelta(days=8)
    ends = {"aa": over, "bb": soon, "cc": late}
    health = sees(health_of(acme), Standing({}, {"aa": over, "bb": soon}, ends, None))
    assert (await health.status())["degraded"] == [
        "no events come for sender aa; its mailbox is looked into now and then",
        f"the credential of sender aa ended at {over.isoformat()}",
        f"the credential of sender bb ends at {soon.isoformat()}",
    ]


async def test_gauges_show_how_the_pager_stands(acme: Acme) -> None:
    """The first to end of several; what is not known is not shown, or is 0."""
    registry = CollectorRegistry()
    first, second = (datetime(2026, 12, day, tzinfo=UTC) for day in (1, 2))
    subscribed, ends = {"aa": second, "bb": first}, {"aa": first, "bb": second}
    health = sees(health_of(acme, registry), Standing({"light": 40}, subscribed, ends, -2.0))
    await health.measure()

    def shown(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"gateway_{name}", labels)

    assert shown("pager_rate_remaining", group="light") == 40
    assert shown("subscription_expiry_timestamp_seconds") == first.timestamp()
    assert shown("token_expiry_timestamp_seconds", provider="pager") == first.timestamp()
    assert shown("clock_ahead_seconds", provider="pager") == -2
    unknown = CollectorRegistry()
    await sees(health_of(acme, unknown), UNKNOWN).measure()
    assert not [
        sample
        for family in unknown.collect()
        for sample in family.samples
        if "expiry" in sample.name and sample.value
    ]
