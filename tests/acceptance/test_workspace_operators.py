"""Operators of two companies in one gateway: both are seen, and the one is never taken for both."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from itertools import count

import aiohttp

from adapters.storage.sqlite.file import FileLock
from gateway.cli.exits import Exit
from gateway.demo.world import demo_files
from tests.acceptance.neighbours import ACME, NORTH, Neighbours, Twins
from tests.acceptance.programs import START_WITHIN_S
from tests.acceptance.test_workspaces import is_open, paged, ref_in, said_why
from tests.acceptance.test_workspaces import twins as twins  # noqa: PLC0414 - a fixture, used by its name
from tests.acceptance.test_workspaces import world as world  # noqa: PLC0414 - a fixture, used by its name
from tests.cli.calling import called
from tests.faults.waiting import until


def settings_of(world: Neighbours) -> tuple[str, str]:
    return ("--config", str(world.folder / "gateway.toml"))


async def test_the_status_tells_of_every_workspace(world: Neighbours) -> None:
    """A line says whose it is; what programs read of one workspace stands where it stood."""
    config = settings_of(world)
    lines = (await called("status", *config)).stdout.splitlines()
    for team in (ACME, NORTH):
        assert f"{team}\tstate\tready" in lines
        assert f"{team}\toutbox\tempty" in lines
    told = json.loads((await called("status", *config, "--json")).stdout)
    assert told["ready"] is True
    assert set(told["workspaces"]) == {ACME, NORTH}
    assert told["workspaces"][ACME] == {k: v for k, v in told.items() if k != "workspaces"}
    one = await called("status", *config, "--workspace", NORTH)
    assert "state\tready" in one.stdout.splitlines()
    assert (await called("healthcheck", *config)).exit_code == Exit.OK


async def test_a_workspace_that_is_not_open_is_told(twins: Twins) -> None:
    """Status and doctor say why, and that it is so in a part only."""
    async with twins.gateway() as world:
        lock = FileLock(world.folder / f"gateway.{NORTH}.db")
    lock.take()
    async with twins.gateway(waits_for={ACME}) as world:
        config = settings_of(world)
        await until(lambda: said_why(world), "why Northwind is not open")
        found = await called("status", *config)
        assert found.exit_code == Exit.PARTIAL
        assert f"{NORTH}\tstate\tnot open" in found.stdout
        assert f"{ACME}\tstate\tready" in found.stdout
        examined = json.loads((await called("doctor", *config, "--json")).stdout)
        said = {each["code"]: each for each in examined["findings"] if each["workspace"] == NORTH}
        assert "is in use by another" in said["config.not_open"]["what"]
        assert not examined["healthy"]
        page = await paged(world.acme, "meanwhile")
        nobody = await called("why", "pg_2222", *config)
        assert f"{NORTH} did not answer" in nobody.stderr
        assert (await called("why", ref_in(page), *config)).exit_code == Exit.OK
        lock.give_back()
        world.clock.advance(31)
        await until(lambda: is_open(world), "Northwind open")


async def test_what_is_about_one_is_asked_about(world: Neighbours) -> None:
    """Where several could be meant, nothing is done and nothing shown before one is named."""
    config = settings_of(world)
    await paged(world.acme, "Disk full")
    for words in (["pages", "list"], ["pause"], ["send", "102", "hello"], ["config", "show"]):
        unsaid = await called(*words, *config)
        assert unsaid.exit_code == Exit.USAGE
        assert f"Say which one with --workspace: {ACME}, {NORTH}." in unsaid.stderr
    mine, theirs = [
        json.loads((await called("pages", "list", "--workspace", team, *config, "--json")).stdout)
        for team in (ACME, NORTH)
    ]
    assert (len(mine["pages"]), theirs["pages"]) == (1, [])
    shown = await called("config", "show", "--workspace", NORTH, *config, "--json")
    settings = {each["key"]: each["value"] for each in json.loads(shown.stdout)}
    assert (settings["slack.team"], settings["slack.bot_token"]) == (NORTH, "[hidden]")
    nobody = await called("pages", "list", "--workspace", "T0NOBODY", *config)
    assert nobody.exit_code == Exit.NEGATIVE
    assert f"They name {ACME}, {NORTH}." in nobody.stderr
    await called("pause", "--workspace", NORTH, *config)
    assert world.house(world.north).parts.core.pausing.now
    assert world.house(world.acme).parts.core.pausing.now is None


async def test_what_has_a_reference_is_found_wherever_it_is(world: Neighbours) -> None:
    """A page or a silence of the other workspace; whose it is, is said beside."""
    config = settings_of(world)
    ref = ref_in(await paged(world.north, "Lift stuck"))
    for words in (["why", ref], ["pages", "show", ref]):
        found = await called(*words, *config)
        assert (found.exit_code, found.stderr) == (Exit.OK, f"Of workspace {NORTH}.\n")
    late = await called("pages", "cancel", ref, *config)
    assert late.exit_code == Exit.NEGATIVE
    assert "Too late" in late.stderr
    silence = ("silences", "add", "alertname=Lift", "--for", "1h", "--comment", "known")
    added = json.loads((await called(*silence, "--workspace", NORTH, *config, "--json")).stdout)
    ended = await called("silences", "expire", added["id"], *config)
    assert (ended.exit_code, ended.stdout.split()[:2]) == (Exit.OK, [added["id"], "ended"])
    unknown = await called("silences", "expire", "si_2222", *config)
    assert unknown.exit_code == Exit.NEGATIVE
    assert f"No workspace knows it: {ACME}, {NORTH}." in unknown.stderr


async def test_what_happens_is_followed_in_all_of_them(world: Neighbours) -> None:
    """Each event says where it happened."""
    asked = ("tail", "--json", "--kind", "page.accepted", *settings_of(world))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *asked), stdout=PIPE, stderr=PIPE
    )
    assert process.stdout
    heard: set[str] = set()
    numbers = count()  # the same again would be asked about first
    async with asyncio.timeout(START_WITHIN_S):
        while heard != {ACME, NORTH}:
            # Nobody tells when somebody begins to listen.
            for company in (world.acme, world.north):
                await company.types(f"/page 102 hello {next(numbers)}")
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    while line := await process.stdout.readline():
                        heard.add(json.loads(line)["workspace"])
    process.terminate()
    await process.communicate()


async def test_the_files_of_all_are_read_again(world: Neighbours) -> None:
    """As by SIGHUP, unless one is named; each says what came of it. A trial is of one."""
    config = settings_of(world)
    every = await called("reload", *config)
    assert every.exit_code == Exit.OK
    assert [f"Workspace {team}:" in every.stdout for team in (ACME, NORTH)] == [True, True]
    told = json.loads((await called("reload", "--json", *config)).stdout)
    assert {team: each["routes"]["taken"] for team, each in told.items()} == {
        ACME: True,
        NORTH: True,
    }
    routes = str(demo_files() / "routes.yaml")
    assert (await called("reload", "--try", routes, *config)).exit_code == Exit.USAGE
    one = await called("reload", "--json", "--workspace", NORTH, *config)
    assert json.loads(one.stdout)["routes"]["taken"] is True


async def test_databases_that_no_gateway_uses_are_told_apart(twins: Twins) -> None:
    """The schema is brought up to date in all of them; a backup goes into the place of one."""
    async with twins.gateway() as world:
        config, copy = settings_of(world), world.folder / "copy.db"
        made = await called("backup", "create", str(copy), "--workspace", NORTH, *config)
        assert made.exit_code == Exit.OK
    checked = await called("db", "check", *config)
    assert [line.split(":")[0] for line in checked.stdout.splitlines()] == [ACME, NORTH]
    assert (await called("db", "upgrade", "--workspace", NORTH, *config)).stdout.startswith("alr")
    put_back = ("backup", "restore", str(copy), "--replace", *config)
    assert (await called(*put_back)).exit_code == Exit.USAGE
    assert (await called(*put_back, "--workspace", NORTH)).exit_code == Exit.OK
    examined = await called("doctor", *config)
    assert [line for line in examined.stdout.splitlines() if line.startswith("WORKSPACE")] == [
        f"WORKSPACE {ACME}",
        f"WORKSPACE {NORTH}",
    ]


async def test_a_link_into_the_console_leads_to_the_workspace_that_is_named(
    world: Neighbours,
) -> None:
    """It signs in to all of them; without a name it leads to the first."""
    config = settings_of(world)
    ref = ref_in(await paged(world.north, "Lift stuck"))
    for named, team in (((), ACME), (("--workspace", NORTH), NORTH)):
        link = (await called("console", "login", *named, *config)).stdout.strip()
        jar = aiohttp.CookieJar(unsafe=True)  # the address is a number
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            async with http.post(link, headers={"Sec-Fetch-Site": "same-origin"}) as page:
                assert page.url.path == f"/console/workspaces/{team}"
            for each, status in ((ACME, 404), (NORTH, 200)):
                shown = f"/console/workspaces/{each}/deliveries/{ref}"
                async with http.get(f"{world.gateway.admin_url}{shown}") as page:
                    assert page.status == status
