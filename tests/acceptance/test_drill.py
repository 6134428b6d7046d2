"""An operator tries whether a department answers."""

import asyncio
import json

from gateway.cli.exits import Exit
from tests.acceptance.programs import command
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name


async def test_a_drill_waits_until_everybody_answered(site: Site) -> None:
    """It ends as soon as they have, and says who; a name that nobody has pages nobody."""
    config = ("--config", site.config)
    async with site.started_service(), asyncio.TaskGroup() as group:
        asked = await command("drill", "102", *config)
        assert (asked.code, "Say --yes" in asked.err) == (Exit.USAGE, True)
        unknown = await command("drill", "Astronauts", *config, "--yes")
        assert unknown.code == Exit.NEGATIVE
        drill = group.create_task(command("drill", "102", *config, "--yes", "--json"))
        page = await site.phone_shows("102", "DRILL, nothing is wrong")
        answer = {"from": "102", "text": "ack", "reply_on": page["id"]}
        await site.pager.call("POST", "messages", answer)
        done = await drill
        assert done.code == Exit.OK, done.err
        (person,) = json.loads(done.out)["people"]
        assert (person["extension"], person["name"]) == ("102", "Bo Chen")
        assert person["answered_at"]
