"""An operator takes a person out, by commands to a gateway that runs."""

import json
import sqlite3

from gateway.cli.exits import Exit
from tests.acceptance.programs import command
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name


def on_record(site: Site) -> str:
    """Every row of every table but the trail and what is only known from elsewhere."""
    with sqlite3.connect(f"file:{site.config.parent / 'gateway.db'}?mode=ro", uri=True) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema")]
        tables = [name for name in tables if name in {"pages", "deliveries", "drafts", "people"}]
        return "".join(str(database.execute(f"SELECT * FROM {t}").fetchall()) for t in tables)  # noqa: S608 - names of tables


async def test_a_person_is_taken_out(site: Site) -> None:
    """Asked first; their words and names are gone, the thread goes on, the trail still verifies."""
    config = ("--config", site.config)
    async with site.started_service():
        await site.page("102 the lift is stuck")
        thread = await site.thread("the lift is stuck")
        await site.reply(thread, "still stuck")
        page = await site.phone_shows("102", "still stuck")
        answer = {"from": "102", "text": "on my way", "reply_on": page["id"]}
        await site.pager.call("POST", "messages", answer)
        await site.thread_shows(thread, "on my way")

        refused = await command("erase", "U0DANA", *config)
        assert refused.code == Exit.USAGE
        assert "Erase Dana" in refused.err
        assert "1 pages, 2 messages" in refused.err
        assert "the lift is stuck" in on_record(site)

        erased = await command("erase", "U0DANA", *config, "--yes", "--author", "root")
        assert erased.code == Exit.OK, erased.err
        assert "Erased: 1 pages" in erased.out
        left = on_record(site)
        assert [w for w in ("lift", "still stuck", "Dana") if w in left] == []
        assert "on my way" in left

        listed = await command("audit", "list", *config, "--json")
        (record,) = [
            each for each in json.loads(listed.out)["records"] if each["act"] == "person.erased"
        ]
        assert (record["who"], record["facts"]["user"]) == ("root", "U0DANA")
        assert (await command("audit", "verify", *config)).code == Exit.OK

        answer["text"] = "fixed"
        await site.pager.call("POST", "messages", answer)
        await site.thread_shows(thread, "fixed")

        unknown = await command("erase", "U0NOBODY", *config, "--yes")
        assert unknown.code == Exit.NEGATIVE
        assert "Nobody is known" in unknown.err
