"""An alert's way: from its source to a department, once, and answered from either side."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.cli.exits import Exit
from gateway.demo.doors import Json, buttons, label, shown_text
from gateway.demo.world import DemoOptions, World, running_world
from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.domain.routing.heartbeats import Heartbeat
from gateway.domain.routing.matchers import parse_matchers
from tests.acceptance.alert_rules import DBA, RULES
from tests.acceptance.programs import command

OPS, MINUTE = "C0OPS", timedelta(minutes=1)
BO, DANA, BO_USER, PRIYA_USER = "102", "U0DANA", "U0BO", "U0PRIYA"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions(rules=RULES)) as running:
        yield running


def alert(world: World, host: str = "db-7", *, status: AlertStatus = AlertStatus.FIRING) -> Alert:
    now = world.clock.now()
    over = now if status is AlertStatus.RESOLVED else None
    return Alert(
        source="prom",
        source_event_id=f"{host}-{status}-{now.isoformat()}",
        dedup_key=host,
        status=status,
        severity=Severity.CRITICAL,
        title=f"DiskFull on {host}",
        text="95% used, growing",
        labels={"alertname": "DiskFull", "team": "db", "severity": "critical", "host": host},
        links=(),
        starts_at=now,
        ends_at=over,
        received_at=now,
    )


async def say(world: World, *alerts: Alert) -> list[str]:
    """Hand alerts in as a source does; the verdicts."""
    intake = world.gateway.core.alerts
    assert intake is not None
    receipt = await intake.take(Ingest("prom", world.clock.now(), alerts, b"{}"))
    return [result.verdict.value for result in receipt.results]


async def phone(world: World, number: str, has: str) -> Json:
    async def look() -> Json | None:
        shown = [m for m in await world.pager_door.phone(number) if has in m["text"]]
        return shown[-1] if shown else None

    return await world.player().until(look, f"{has!r} on phone {number}")


async def card(world: World, has: str, channel: str = DBA) -> Json:
    async def look() -> Json | None:
        shown = await world.slack_door.messages(channel)
        found = [m for m in shown if m.get("bot_id") and has in shown_text(m)]
        return found[-1] if found else None

    return await world.player().until(look, f"{has!r} in the channel")


async def told(world: World, root: Json, has: str) -> Json:
    async def look() -> Json | None:
        thread = await world.slack_door.messages(DBA, root["ts"])
        return next((m for m in thread if has in shown_text(m)), None)

    return await world.player().until(look, f"{has!r} in the thread")


async def press(world: World, message: Json, wanted: str, user: str = DANA) -> None:
    button = next(b for b in buttons(message) if label(b) == wanted)
    body = {"user": user, "channel": DBA, "ts": message["ts"], "action_id": button["action_id"]}
    await world.slack_door.post("actions", {**body, "value": button["value"]})


async def types(world: World, text: str, user: str = DANA) -> None:
    """Type a command in the channel."""
    order = {"user": user, "channel": DBA, "text": f"/page {text}"}
    await world.slack_door.post("commands", order)


async def reads(world: World, has: str, user: str = DANA) -> str:
    """Wait for an answer that only this person sees."""

    async def look() -> str | None:
        private = await world.slack_door.private(user)
        return next((shown_text(m) for m in private if has in shown_text(m)), None)

    return await world.player().until(look, f"{has!r} in private")


async def test_alert_is_paged_once_and_shown_once(world: World) -> None:
    """Two alerts of one group are one page and one card; said again they change nothing."""
    first, second = alert(world), alert(world, "db-9")
    assert await say(world, first, second) == ["routed", "routed"]
    assert await say(world, first, second) == ["duplicate", "duplicate"]
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    shown = await card(world, "DiskFull")
    assert {label(b) for b in buttons(shown)} >= {"Acknowledge"}
    assert len(await world.pager_door.log()) == 1


async def test_acknowledged_in_slack_nobody_else_is_called(world: World) -> None:
    """One button, told in the thread; the escalation does not come; the second is told who was."""
    await say(world, alert(world))
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    await press(world, await card(world, "DiskFull"), "Acknowledge")
    await card(world, "Acknowledged by")
    await world.advance(3600)
    await world.advance(1)
    assert not [m for m in await world.pager_door.phone("231") if "DiskFull" in m["text"]]


async def test_who_took_it_is_reminded_until_it_is_everybodys_again(world: World) -> None:
    """Reminders do not put off the end of an acknowledgement."""
    await say(world, alert(world))
    await world.advance(2)
    root = await card(world, "DiskFull")
    await press(world, root, "Acknowledge")
    await told(world, root, "Acknowledged by")
    await world.advance(50 * 60 + 5)
    await told(world, root, "Still open after 50 minutes")
    await world.advance(50 * 60 + 5)
    await told(world, root, "Still open after 100 minutes")
    await world.advance(20 * 60)
    await told(world, root, "acknowledgement ended")
    await world.advance(15 * 60 + 5)
    await phone(world, "231", "DiskFull")


async def test_nobody_answers_and_the_next_are_paged(world: World) -> None:
    """After a quarter of an hour the on-call leads hear of it, once."""
    await say(world, alert(world))
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    await card(world, "DiskFull")
    await world.advance(15 * 60 + 5)
    await phone(world, "231", "DiskFull")
    assert len([m for m in await world.pager_door.phone("231") if "DiskFull" in m["text"]]) == 1


async def test_acknowledged_from_the_phone(world: World) -> None:
    """The word "ack" on a pager does what the button does, and is answered there."""
    await say(world, alert(world))
    await world.advance(2)
    page = await phone(world, BO, "[CRIT]")
    body = {"from": BO, "text": "ack", "reply_on": page["id"]}
    await world.pager_door.call("POST", "messages", body)
    await card(world, "Acknowledged by Bo Chen")


async def test_resolved_is_told_in_the_same_conversation(world: World) -> None:
    """The end is a reply on the pager and an edit of the card."""
    fired = alert(world)
    await say(world, fired)
    await world.advance(2)
    page = await phone(world, BO, "[CRIT]")
    await world.advance(10)
    over = replace(alert(world, status=AlertStatus.RESOLVED), starts_at=fired.starts_at)
    assert await say(world, over) == ["routed"]
    await world.advance(6)
    ended = await phone(world, BO, "[OK]")
    assert ended["conversation_id"] == page["conversation_id"]
    await card(world, "Resolved")


async def test_acknowledged_by_its_reference(world: World) -> None:
    """`/page ack` does what the button does; who comes second is told who was first."""
    await say(world, alert(world))
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    ref = next(b["value"] for b in buttons(await card(world, "DiskFull")))
    await types(world, f"ack {ref}")
    await reads(world, "Acknowledged. DiskFull on db-7 is yours.")
    await card(world, "Acknowledged by Dana Lee")
    await types(world, f"ack {ref.lower()}", BO_USER)
    await reads(world, "Already acknowledged by Dana Lee at", BO_USER)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("ack al_ZZZZ99", "There is no alert al_ZZZZ99."),
        ("ack pg_ZZZZ99", "pg_ZZZZ99 is a page, not an alert."),
        ("ack", "Which alert do you mean?"),
    ],
)
async def test_what_cannot_be_acknowledged_is_said(world: World, typed: str, answer: str) -> None:
    """A page is answered, not acknowledged; what nobody knows cannot be."""
    await types(world, typed)
    await reads(world, answer)


async def test_who_was_not_paged_cannot_acknowledge_by_typing(world: World) -> None:
    """The same rule as for the button."""
    await say(world, alert(world))
    await world.advance(2)
    shown = await card(world, "DiskFull")
    ref = next(b["value"] for b in buttons(shown))
    await types(world, f"ack {ref}", PRIYA_USER)
    await reads(world, "Only DBA can acknowledge this.", PRIYA_USER)


async def listed(world: World) -> tuple[int, str, str]:
    """List the heartbeats on the command line: how it ended, and what it says of the only one."""
    said = await command("alerts", "heartbeats", "--socket", world.gateway.control)
    source, state, *_ = said.out.split("\t")
    return said.code, source, state


async def heard(world: World) -> bool | None:
    """Tell whether no source is silent."""
    heartbeats = world.gateway.core.heartbeats
    assert heartbeats is not None
    return all(each.lost_at is None for each in await heartbeats.listed()) or None


async def test_a_silent_source_is_an_alert() -> None:
    """Nobody is paged while it is heard; its silence is shown where its route says."""
    watchdog = parse_matchers("alertname=Watchdog")
    heartbeats = (Heartbeat("prom", watchdog, every=MINUTE, grace=MINUTE),)
    async with running_world(DemoOptions(rules=replace(RULES, heartbeats=heartbeats))) as world:
        sign = replace(alert(world), labels={"alertname": "Watchdog"})
        assert await say(world, sign) == ["suppressed"]
        await world.advance(30)
        assert await say(world, sign) == ["suppressed"]
        assert await listed(world) == (Exit.OK, "prom", "heard")
        await world.advance(121)
        await card(world, "prom has been silent for 2 minutes", OPS)
        assert await listed(world) == (Exit.NEGATIVE, "prom", "silent")
        await say(world, sign)
        await world.player().until(lambda: heard(world), "the sign of life")
        await world.advance(6)
        await card(world, "prom is back after 2 minutes", OPS)
        assert await world.pager_door.log() == []


async def test_why_tells_an_incidents_life(world: World) -> None:
    """Everybody who asks by the reference reads what happened and who acted."""
    await say(world, alert(world))
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    shown = await card(world, "DiskFull")
    await press(world, shown, "Acknowledge")
    shown = await card(world, "Acknowledged by")
    ref = next(b["value"] for b in buttons(shown))
    await types(world, f"why {ref}")
    assert ref in await reads(world, "Acknowledged by Dana Lee")
