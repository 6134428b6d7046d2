"""Why an alert paged or did not: told in Slack, on the command line and over the control door."""

import json
from dataclasses import replace

from aiohttp import ClientSession, UnixConnector

from gateway.cli.exits import Exit
from gateway.demo.doors import Json
from gateway.demo.world import World
from gateway.domain.alerts import Alert, AlertStatus, Ignored, Ingest, IngestReceipt, Item
from gateway.domain.routing.matchers import parse_matchers
from gateway.services.alerts.silencing import Wanted
from tests.acceptance.programs import Said, command
from tests.acceptance.test_alert_storm import accounted, warnings
from tests.acceptance.test_alerts import BO, MINUTE, alert, card, phone, press, reads, types
from tests.acceptance.test_alerts import world as world  # noqa: PLC0414 - a fixture, used by its name


async def take(world: World, *items: Item) -> IngestReceipt:
    intake = world.gateway.core.alerts
    assert intake is not None
    return await intake.take(Ingest("prom", world.clock.now(), items, b"{}"))


async def why(world: World, ref: str, status: int = 200) -> Json:
    """Ask the control door."""
    connector = UnixConnector(str(world.gateway.control))
    async with ClientSession("http://gateway", connector=connector) as session:
        answer = await session.get(f"/-/why/{ref}")
        assert answer.status == status
        found: Json = await answer.json()
        return found


async def asked(world: World, *arguments: str) -> Said:
    """Ask on the command line."""
    return await command("why", *arguments, "--socket", world.gateway.control)


async def fired(world: World, *alerts: Alert) -> str:
    """Let alerts fire, and give the reference of what was answered about the first."""
    receipt = await take(world, *alerts)
    assert receipt.results[0].trace == f"{receipt.ref}.1"
    return str(receipt.results[0].trace)


async def test_an_alerts_way_is_told_from_its_request_to_its_page(world: World) -> None:
    """Every condition with what the alert had, the group, each delivery, and who acted."""
    item = await fired(world, alert(world))
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    await press(world, await card(world, "DiskFull"), "Acknowledge")
    await card(world, "Acknowledged by Dana Lee")
    (told,) = (await why(world, item))["why"]["items"]
    assert (told["fate"], told["title"]) == ("paged", "DiskFull on db-7")
    ref = told["ways"][0]["incident"]
    found = (await why(world, ref))["why"]
    root, taken = found["tried"]
    assert (root["depth"], root["taken"], root["matched"]) == (0, False, True)
    assert taken["matchers"] == [
        {"label": "team", "operator": "=", "value": "db", "had": "db", "matched": True}
    ]
    assert (taken["route"], taken["receiver"], taken["taken"]) == ("db", "dba", True)
    assert found["group"]["labels"] == {"alertname": "DiskFull"}
    assert [(e["deed"], e["who"]) for e in found["history"]] == [
        ("opened", ""),
        ("acknowledged", "Dana Lee"),
    ]
    page = next(each for each in found["deliveries"] if each["kind"] == "page")
    assert (page["to"], page["state"], page["attempts"]) == (["DBA"], "sent", 1)


async def test_the_answer_to_a_sender_names_each_alert(world: World) -> None:
    """What came over HTTP is explained by what its sender was told."""
    door, labels = world.alarms, {"alertname": "DiskFull", "team": "db", "severity": "critical"}
    since = world.clock.now()
    alerts = [door.alert({**labels, "host": h}, h, over=False, since=since) for h in ("a", "b")]
    async with door.session.post(
        f"{door.url}/alerts/demo",
        json={"version": "4", "status": "firing", "groupKey": "{}", "alerts": alerts},
        headers={"Authorization": f"Bearer {door.secret}"},
    ) as answer:
        told = await answer.json()
    traces = [result["trace"] for result in told["results"]]
    assert traces == [f"{told['id']}.1", f"{told['id']}.2"]
    (second,) = (await why(world, traces[1]))["why"]["items"]
    assert (second["ref"], second["title"]) == (traces[1], "b")


async def test_the_same_is_told_in_words(world: World) -> None:
    """On the command line and in Slack."""
    item = await fired(world, alert(world))
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    await card(world, "DiskFull")
    said = await asked(world, item)
    assert (said.code, said.err) == (Exit.OK, "")
    assert f"{item} DiskFull on db-7: told · al_" in said.out
    ref = said.out.partition("told · ")[2].split()[0]
    told = (await asked(world, ref)).out.splitlines()
    assert told[0] == f"Alert {ref}: DiskFull on db-7"
    assert 'Route db takes it for dba: team="db"' in " ".join(told)
    assert any("Page to DBA: sent" in line for line in told)
    await types(world, f"why {ref}")
    assert "Page to DBA: sent" in await reads(world, "takes it for dba")
    await types(world, f"why {item}")
    await reads(world, "DiskFull on db-7: told")


async def test_a_route_not_taken_says_what_was_missing(world: World) -> None:
    """What it asked for, and what the alert had instead."""
    other = replace(alert(world), labels={"alertname": "Lift", "team": "building"})
    bare = replace(alert(world, "x"), labels={"alertname": "Odd"})
    told = await asked(world, await fired(world, other))
    assert '✗ Route db: team="db", but it has "building"' in told.out
    assert "No route claims it; lobby gets it by default" in told.out
    told = await asked(world, await fired(world, bare))
    assert 'team="db", but it has no such label' in told.out


async def test_what_was_held_back_says_by_whom(world: World) -> None:
    """Nobody was paged, and this is why."""
    silencing = world.gateway.core.silencing
    assert silencing is not None
    wanted = Wanted(parse_matchers("host=db-7"), "Dana Lee", "swapping the disk", 60 * MINUTE)
    await silencing.add(wanted)
    item = await fired(world, alert(world))
    await world.advance(2)
    await card_or_nothing(world)
    told = await until_looked_at(world, item)
    assert told["fate"] == "silenced"
    found = await why(world, told["ways"][0]["incident"])
    (held,) = found["why"]["alerts"]
    assert held["held"]["cause"] == "silenced"
    (silence,) = found["why"]["silences"]
    assert (silence["author"], silence["comment"]) == ("Dana Lee", "swapping the disk")
    assert any("Silenced by Dana Lee until" in line for line in found["lines"])


async def until_looked_at(world: World, item: str) -> Json:
    """Wait until the group was looked at."""

    async def look() -> Json | None:
        (told,) = (await why(world, item))["why"]["items"]
        found: Json = told
        return None if told["fate"] == "waiting" else found

    return await world.player().until(look, f"the fate of {item}")


async def card_or_nothing(world: World) -> None:
    """Nobody heard of it."""
    assert not await world.pager_door.log()


async def test_what_joined_no_group_is_explained_too(world: World) -> None:
    """Said again: by the first saying. Left alone: by its source's reason."""
    again = alert(world)
    await fired(world, again)
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    receipt = await take(world, again, Ignored("ping", "test"))
    first, second = (await why(world, receipt.ref))["why"]["items"]
    assert (first["fate"], first["title"]) == ("duplicate", "DiskFull on db-7")
    assert first["ways"][0]["incident"].startswith("al_")
    assert (second["fate"], second["key"], second["why"]) == ("ignored", "ping", "test")


async def test_a_persons_page_is_explained_without_its_text(world: World) -> None:
    """To operators; in Slack only to its author."""
    await types(world, "102 The secret word is swordfish")
    await phone(world, BO, "swordfish")
    (log,) = await world.pager_door.log()
    ref = next(word for word in log["text"].split() if word.startswith("pg_"))
    told = await asked(world, ref, "--json")
    assert "swordfish" not in told.out
    found = json.loads(told.out)
    assert (found["kind"], found["why"]["to"]) == ("page", ["Bo Chen"])
    assert found["why"]["author"] == "Dana Lee"


async def test_what_nobody_knows_is_said(world: World) -> None:
    """With what a reference looks like, and exit code 1."""
    for ref in ("al_ZZZZ99", "pg_ZZZZ99", "in_ZZZZ99", "in_ZZZZ99.1", "nonsense"):
        assert (await why(world, ref, status=404))["error"]["code"] == "why.unknown"
    receipt = await take(world, alert(world, status=AlertStatus.FIRING))
    await why(world, f"{receipt.ref}.2", status=404)
    told = await asked(world, "al_ZZZZ99")
    assert told.code == Exit.NEGATIVE
    assert "Nothing here has the reference al_ZZZZ99." in told.err


async def test_what_the_budget_did_is_told(world: World) -> None:
    """What was told in a digest says so, and so does the digest."""
    traces = [await fired(world, each) for each in warnings(world, 30)]
    await world.advance(2)
    await accounted(world, ingested=30, waiting=0)
    (item,) = (await why(world, traces[-1]))["why"]["items"]
    assert item["fate"] == "digested"
    found = await why(world, item["ways"][0]["incident"])
    (page,) = [each for each in found["why"]["deliveries"] if each["kind"] == "page"]
    assert (page["state"], page["budget"]) == ("cancelled", "digested")
    assert any("Page to DBA: told in a digest with others" in line for line in found["lines"])
    sent = (await phone(world, BO, " dg_"))["text"]
    digest = next(word for word in sent.split() if word.startswith("dg_"))
    assert (await why(world, digest))["why"]["to"] == ["DBA"]


async def test_what_is_long_over_is_explained_too(world: World) -> None:
    """The routes are tried for the last alert that fired."""
    first = alert(world)
    item = await fired(world, first)
    await world.advance(2)
    await phone(world, BO, "[CRIT]")
    await take(world, replace(alert(world, status=AlertStatus.RESOLVED), starts_at=first.starts_at))
    await world.advance(6)
    await phone(world, BO, "[OK]")
    await world.advance(3600)
    (told,) = (await why(world, item))["why"]["items"]
    found = await why(world, told["ways"][0]["incident"])
    assert found["why"]["state"] == "resolved"
    assert [each["route"] for each in found["why"]["tried"] if each["taken"]] == ["db"]
    assert any("Route db takes it" in line for line in found["lines"])
