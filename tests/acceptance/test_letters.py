"""Pages and dead letters as an operator meets them: commands to a gateway that runs."""

import json

from gateway.cli.exits import Exit
from gateway.demo.doors import Json
from tests.acceptance.programs import command
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name
from tests.faults.waiting import until


async def asked(site: Site, *words: str) -> Json:
    said = await command(*words, "--config", site.config, "--json")
    assert said.code == Exit.OK, said.err
    answer: Json = json.loads(said.out)
    return answer


async def letters(site: Site, count: int) -> list[int]:
    """Wait for so many dead letters; gives their ids."""

    async def there() -> list[int] | None:
        found = (await asked(site, "dead-letters", "list"))["letters"]
        return [each["id"] for each in found] if len(found) == count else None

    return await until(there, f"{count} dead letters")


async def test_refused_pages_are_retried_once_it_works_again(site: Site) -> None:
    """Counted and asked about; without a terminal only with --yes; never shown with their words."""
    no = {"verb": "status", "status": 400, "match": {"path": "company-pager"}}
    config = ("--config", site.config)
    async with site.started_service():
        await site.pager.call("POST", "faults", no)
        await site.page("102 water in the lobby")
        await site.page("102 water in the cellar")
        await letters(site, 2)
        await site.pager.heal()
        shown = await command("dead-letters", "list", *config)
        assert "SendPage" in shown.out
        assert "water" not in shown.out
        unsure = await command("dead-letters", "retry", "--all", *config)
        assert (unsure.code, "Send 2 dead letters again?" in unsure.err) == (Exit.USAGE, True)
        done = await command("dead-letters", "retry", "--all", "--yes", *config)
        assert (done.code, done.out) == (Exit.OK, "2 retried\n")
        await site.phone_shows("102", "water in the lobby")
        await site.phone_shows("102", "water in the cellar")
        none = await command("dead-letters", "retry", "--all", "--yes", *config)
        assert (none.code, none.err) == (Exit.OK, "There are no such dead letters.\n")
        unknown = await command("dead-letters", "discard", "4711", "--yes", *config)
        assert unknown.code == Exit.NEGATIVE


async def test_pages_are_listed_shown_and_cancelled(site: Site) -> None:
    """What waits can be taken back; what was sent cannot."""
    config = ("--config", site.config)
    async with site.started_service():
        await site.page("102 all is well")
        await site.phone_shows("102", "all is well")
        await site.thread("✅ Sent")
        away = {"verb": "status", "status": 429, "retry_after": 60}
        await site.pager.call("POST", "faults", away | {"match": {"path": "company-pager"}})
        await site.page("102 the lift is stuck")

        async def waits() -> str | None:
            found = (await asked(site, "pages", "list", "--state", "waiting"))["pages"]
            return str(found[0]["ref"]) if found else None

        ref = await until(waits, "a page that waits")
        both = (await asked(site, "pages", "list"))["pages"]
        assert [page["state"] for page in both] == ["waiting", "sent"]
        shown = await asked(site, "pages", "show", ref)
        assert {each["kind"] for each in shown["deliveries"]} >= {"SendPage"}
        assert "lift" not in json.dumps(shown)
        cancelled = await command("pages", "cancel", ref, *config, "--author", "ada")
        assert (cancelled.code, cancelled.out) == (
            Exit.OK,
            f"{ref} is cancelled. Nobody was paged.\n",
        )
        late = await command("pages", "cancel", both[1]["ref"], *config)
        assert late.code == Exit.NEGATIVE
        assert "ada\tcontrol\tpage.cancelled" in (await command("audit", "list", *config)).out
        missing = await command("pages", "show", "pg_NONE", *config)
        assert (missing.code, missing.err) == (Exit.NEGATIVE, "There is no page pg_NONE.\n")
