"""The sum of an alert's fates closes, and an operator can ask for it."""

import json
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, UnixConnector

from gateway.cli.exits import Exit
from gateway.demo.doors import Json
from gateway.demo.world import DemoOptions, World, running_world
from gateway.domain.alerts import AlertStatus, Ignored, Ingest, Malformed
from tests.acceptance.alert_rules import RULES
from tests.acceptance.programs import command
from tests.acceptance.test_alerts import BO, alert, phone, say


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions(rules=RULES)) as running:
        yield running


async def asked(world: World, **query: str) -> list[Json]:
    """Ask the control door what came of alerts."""
    connector = UnixConnector(str(world.gateway.control))
    async with ClientSession("http://gateway", connector=connector) as session:
        answer = await session.get("/-/storms", params=query)
        found: Json = await answer.json()
        return list(found.get("sources", [found]))


async def test_every_alert_is_accounted_for(world: World) -> None:
    """Paged, said again, left alone, unusable, not yet looked at: it adds up."""
    first = alert(world)
    await say(world, first, alert(world, "db-9"))
    await say(world, first)
    others = (Ignored("ping", "test"), Malformed("x", "labels"))
    assert world.gateway.core.alerts
    await world.gateway.core.alerts.take(Ingest("prom", world.clock.now(), others, b"{}"))
    (waiting,) = await asked(world)
    assert (waiting["waiting"], waiting["unaccounted"]) == (2, 0)
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    (told,) = await asked(world, source="prom", since="5m")
    expected = {"ingested": 5, "paged": 2, "duplicate": 1, "ignored": 1, "malformed": 1}
    assert {name: told[name] for name in expected} == expected
    assert (told["waiting"], told["unaccounted"]) == (0, 0)
    assert await asked(world, source="nobody") == []


async def test_a_replayed_request_is_counted_as_repeats(world: World) -> None:
    """A request that comes twice under one key changes nothing, and is not lost from the sum."""
    assert world.gateway.core.alerts
    ingest = Ingest("prom", world.clock.now(), (alert(world),), b"{}", replay_key="once")
    for _ in range(2):
        await world.gateway.core.alerts.take(ingest)
    (told,) = await asked(world)
    assert (told["ingested"], told["duplicate"], told["unaccounted"]) == (2, 1, 0)


async def test_an_end_nobody_heard_the_beginning_of_is_accounted_for(world: World) -> None:
    """It comes to nothing, and says so."""
    await say(world, alert(world, status=AlertStatus.RESOLVED))
    await world.advance(2)

    async def settled() -> bool | None:
        (told,) = await asked(world)
        return True if told["held"] == {"settled": 1} and told["unaccounted"] == 0 else None

    await world.player().until(settled, "a settled alert")


async def test_metrics_count_alerts(world: World) -> None:
    """Anything but 0 unaccounted is an alarm, by source."""
    await say(world, alert(world))
    async with ClientSession() as session:
        text = await (await session.get(f"{world.gateway.admin_url}/metrics")).text()
    assert 'gateway_alerts_total{source="prom",verdict="routed"} 1.0' in text
    assert 'gateway_alerts_unaccounted{source="prom"} 0.0' in text


async def test_command_prints_the_sum(world: World) -> None:
    """A table for people, keys for programs, and words for what cannot be read."""
    await say(world, alert(world))
    socket = ("--socket", world.gateway.control)
    plain = await command("alerts", "sum", *socket)
    source, ingested, *fates, unaccounted = plain.out.rstrip("\n").split("\t")
    assert (plain.code, source, ingested, unaccounted) == (Exit.OK, "prom", "1", "0")
    assert sum(map(int, fates)) == 1
    assert re.search(r"1 alert → \d pages?, 0 unaccounted", plain.err)
    told = await command("alerts", "sum", "--json", *socket)
    assert json.loads(told.out)["sources"][0]["ingested"] == 1
    wrong = await command("alerts", "sum", "--since", "soon", *socket)
    assert wrong.code == Exit.NEGATIVE
    assert re.search("1h", wrong.err)
