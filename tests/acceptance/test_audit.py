"""The audit trail as an operator meets it: commands to a gateway that runs."""

import json
import re
from datetime import timedelta

from gateway.cli.exits import Exit
from gateway.demo.doors import Json
from gateway.demo.world import World
from gateway.domain.routing.matchers import parse_matchers
from gateway.services.alerts.silencing import Wanted
from tests.acceptance.programs import command
from tests.acceptance.test_alerts import alert, card, phone, press, say, told
from tests.acceptance.test_alerts import world as world  # noqa: PLC0414 - a fixture, used by its name
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name


async def trail(world: World) -> list[tuple[str, str, str]]:
    records = await world.gateway.store.audit(0, 100)
    return [(r.act, r.who, r.origin) for r in records]


async def test_answers_to_alerts_are_on_record(world: World) -> None:
    """From the chat and from the pager, under whoever answered."""
    await say(world, alert(world))
    await world.advance(3)
    root = await card(world, "DiskFull")
    await press(world, root, "Acknowledge")
    await told(world, root, "cknowledged")
    message: Json = await phone(world, "102", "[CRIT]")
    body = {"from": "102", "text": "resolve", "reply_on": message["id"]}
    await world.pager_door.call("POST", "messages", body)
    await told(world, root, "esolved")
    workspace = (await world.gateway.store.audit(0, 1))[0].who.partition("/")[0]
    assert await trail(world) == [
        ("incident.acknowledged", f"{workspace}/U0DANA", "chat"),
        ("incident.resolved", "ext 102", "pager"),
    ]


async def test_silences_are_on_record(world: World) -> None:
    """Added and ended, each once."""
    silencing = world.gateway.core.silencing
    assert silencing is not None
    matchers = parse_matchers('alertname="DiskFull"')
    kept = await silencing.add(Wanted(matchers, "Dana Lee", "new disk", timedelta(hours=1)))
    assert not isinstance(kept, str)
    await silencing.expire(kept.silence.id, "Bo Chen")
    await silencing.expire(kept.silence.id, "Bo Chen")
    assert await trail(world) == [
        ("silence.added", "Dana Lee", "control"),
        ("silence.expired", "Bo Chen", "control"),
    ]


async def test_operator_lists_and_verifies(site: Site) -> None:
    """Each with exit code and JSON; an anchor from the log proves that the end was not cut off."""
    config = ("--config", site.config)
    async with site.started_service() as service:
        await site.page("102 Fire")
        await site.phone_shows("102", "Fire")
        listed = await command("audit", "list", *config)
        assert re.match(r"1\t\S+\t\S+/U0DANA\tchat\tpage.accepted\tpg_", listed.out)
        (record,) = json.loads((await command("audit", "list", *config, "--json")).out)["records"]
        assert record["facts"]["to"] == ["102"]
        assert "Fire" not in listed.out + json.dumps(record)
        whole = await command("audit", "verify", *config)
        assert (whole.code, whole.out.split(":")[0]) == (Exit.OK, "whole")
        await service.stop()
        anchored = await service.logged("audit.anchored")
    async with site.started_service():
        anchor = f"{anchored['number']}:{anchored['seal']}"
        assert (await command("audit", "verify", *config, "--anchor", anchor)).code == Exit.OK
        cut = await command("audit", "verify", *config, "--anchor", "7:abc")
        assert (cut.code, cut.err) == (Exit.NEGATIVE, "record 2: it is not there\n")
        wrong = await command("audit", "verify", *config, "--anchor", "7")
        assert "audit.anchored" in wrong.err
