"""More alerts than the pager takes: criticals go singly, the rest as digests, people go first."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.demo.doors import Json, shown_text
from gateway.demo.world import DemoOptions, World, running_world
from gateway.domain.alerts import Alert, AlertStatus, Severity
from gateway.domain.ids import ExtensionNumber
from tests.acceptance.alert_rules import DBA, RULES
from tests.acceptance.test_alert_sum import asked
from tests.acceptance.test_alerts import BO, alert, phone, say

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
AVERY, SHARED = "101", ExtensionNumber("700")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions(rules=RULES)) as running:
        yield running


def named(world: World, name: str, severity: Severity, host: str = "db-7") -> Alert:
    """An alert of a group of its own."""
    one = alert(world, host)
    labels = {**one.labels, "alertname": name, "severity": severity, "source": "prom"}
    return replace(
        one,
        source_event_id=f"{name}-{one.source_event_id}",
        dedup_key=f"{name}/{host}",
        severity=severity,
        title=f"{name} on {host}",
        labels=labels,
    )


def warnings(world: World, count: int) -> list[Alert]:
    return [named(world, f"Check{n:02}", WARNING) for n in range(count)]


async def pages(world: World, count: int, has: str = "") -> None:
    """Wait until so many pages have left; more would be too many."""

    async def look() -> bool | None:
        found = [m for m in await world.pager_door.log() if has in m["text"]]
        assert len(found) <= count
        return True if len(found) == count else None

    await world.player().until(look, f"{count} pages with {has!r}")


async def listed(world: World, has: str) -> str:
    """Wait for a card in the channel; gives what its thread lists.

    The chat takes a message a second, so its time is moved on.
    """

    async def look() -> str | None:
        await world.advance(1)
        roots = await world.slack_door.messages(DBA)
        for root in (m for m in roots if m.get("bot_id") and has in shown_text(m)):
            thread = await world.slack_door.messages(DBA, root["ts"])
            return "\n".join(map(shown_text, thread[1:])) or None
        return None

    return await world.player().until(look, f"{has!r} and a list in its thread")


async def shown(world: World, has: str) -> Json:
    """Wait for a card; the chat's time is moved on, as it takes a message a second."""

    async def look() -> Json | None:
        await world.advance(1)
        found = [m for m in await world.slack_door.messages(DBA) if has in shown_text(m)]
        return found[-1] if found else None

    return await world.player().until(look, f"a card with {has!r}")


async def put_by(world: World, count: int) -> None:
    """Wait until so many pages wait for their part of the budget."""

    async def look() -> bool | None:
        waiting = await world.gateway.store.put_by(SHARED, world.clock.now(), 50)
        return True if len(waiting) == count else None

    await world.player().until(look, f"{count} pages put by")


async def accounted(world: World, **expected: int) -> Json:
    async def look() -> Json | None:
        (told,) = await asked(world)
        return told if {name: told[name] for name in expected} == expected else None

    return await world.player().until(look, f"{expected} in the sum")


async def test_few_alerts_go_singly(world: World) -> None:
    """While there is room, each is a page of its own."""
    await say(world, *warnings(world, 5))
    await world.advance(2)
    told = await accounted(world, paged=5)
    assert (told["digested"], told["unaccounted"]) == (0, 0)


async def test_storm_becomes_a_digest(world: World) -> None:
    """One page counts by name; each alert is named in its thread, and the sum closes."""
    await say(world, *warnings(world, 30))
    await world.advance(2)
    await phone(world, BO, "30 warnings in 1 min: 1 Check")
    told = await accounted(world, digested=30)
    assert told["unaccounted"] == 0
    await pages(world, 1)
    lines = await listed(world, "30 alerts → 1 page, 0 unaccounted")
    assert all(f"Check{n:02} on db-7" in lines for n in range(30))


async def test_criticals_and_people_go_first(world: World) -> None:
    """Amid the storm each critical is a page, and a person's page goes out at once."""
    criticals = [named(world, f"Down{n}", CRITICAL) for n in range(6)]
    await say(world, *warnings(world, 30), *criticals)
    await world.advance(2)
    await world.slack_door.post(
        "commands", {"user": "U0DANA", "channel": "C0OPS", "text": f"/page {AVERY} Coffee?"}
    )
    await phone(world, AVERY, "Coffee?")
    for n in range(6):
        await phone(world, BO, f"[CRIT] Down{n}")
    await accounted(world, paged=6, digested=30, unaccounted=0)
    await pages(world, 6, "Down")


async def test_more_criticals_than_sends_wait_their_turn(world: World) -> None:
    """A quarter of a minute's sends is left to people; the others follow within the next."""
    await say(world, *(named(world, f"Down{n:02}", CRITICAL) for n in range(32)))
    await world.advance(2)
    await accounted(world, paged=27, waiting=5)
    await world.slack_door.post(
        "commands", {"user": "U0BO", "channel": "C0OPS", "text": f"/page {AVERY} Coffee?"}
    )
    await phone(world, AVERY, "Coffee?")
    await world.advance(61)
    await accounted(world, paged=32, unaccounted=0)
    await pages(world, 32, "Down")


async def test_what_follows_a_storm_gathers(world: World) -> None:
    """Page after page is no digest each: they wait for company, half a minute at most."""
    await say(world, *warnings(world, 30))
    await world.advance(2)
    await accounted(world, digested=30)
    await say(world, *(named(world, f"Late{n}", WARNING) for n in range(9)))
    await world.advance(2)
    await put_by(world, 9)
    await world.advance(2)
    await accounted(world, paged=0, waiting=9)
    await world.advance(30)
    await phone(world, BO, "9 warnings")
    await accounted(world, digested=39, unaccounted=0)


async def test_the_end_of_a_digested_alert_is_told(world: World) -> None:
    """Who heard of it in a digest hears of its end, by a page of its own or in a digest."""
    fired = warnings(world, 30)
    await say(world, *fired)
    await world.advance(2)
    await accounted(world, digested=30)
    await world.advance(120)
    over = [
        replace(
            each,
            status=AlertStatus.RESOLVED,
            ends_at=world.clock.now(),
            source_event_id=f"{each.source_event_id}-over",
        )
        for each in fired
    ]
    await say(world, over[0])
    await world.advance(7)
    await phone(world, BO, "[OK] Check00")
    await say(world, *over[1:])
    await world.advance(7)
    await phone(world, BO, "29 alerts over")
    await accounted(world, ingested=60, paged=1, digested=59, unaccounted=0)


async def test_every_alert_of_a_big_group_is_named(world: World) -> None:
    """One page tells how many; the thread names each."""
    hosts = [named(world, "HighLoad", WARNING, f"node-{n:03}") for n in range(200)]
    await say(world, *hosts)
    await world.advance(2)
    await phone(world, BO, "200 alerts")

    async def all_named() -> bool | None:
        lines = await listed(world, "HighLoad")
        return True if all(f"node-{n:03}" in lines for n in range(200)) else None

    await world.player().until(all_named, "every name in the thread")


async def test_nobody_waits_behind_what_is_put_by(world: World) -> None:
    """Who writes into an alert's thread meanwhile is heard within seconds."""
    coffee = {"user": "U0BO", "channel": "C0OPS", "text": f"/page {AVERY} Coffee?"}
    await world.slack_door.post("commands", coffee)
    await phone(world, AVERY, "Coffee?")
    await say(world, named(world, "First", WARNING))
    await world.advance(2)
    await phone(world, BO, "[WARN] First on db-7")
    root = await shown(world, "First")
    grown = named(world, "First", WARNING, "db-9")
    await say(world, grown, *(named(world, f"Late{n}", WARNING) for n in range(8)))
    await world.advance(6)
    await put_by(world, 9)
    text = "<@U0PAGER> that is me"
    typed = {"user": "U0DANA", "channel": DBA, "text": text, "thread_ts": root["ts"]}
    await world.slack_door.post("messages", typed)
    await phone(world, BO, "that is me")
    await phone(world, BO, "now 2 alerts")
    await pages(world, 0, "Late")
