"""`gateway send`: a page from the command line, by the same rules as every other."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE

from gateway.cli.exits import Exit
from tests.acceptance.programs import command
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name


async def test_a_page_is_sent_and_waited_for(site: Site) -> None:
    """The reference comes first; a repeat under its key is the same page."""
    async with site.started_service():
        sent = ("send", "DBA, 102", "Lift 2 is stuck", "--wait", "--config", site.config)
        said = await command(*sent, "--key", "lift-2")
        assert said.code == Exit.OK
        ref, state, how = said.out.rstrip("\n").split("\t")
        assert (state, how) == ("sent", "Sent.")
        again = await command(*sent, "--key", "lift-2", "--json")
        assert json.loads(again.out)["ref"] == ref
    (message,) = await site.pager.log()
    assert message["text"] == f"operator via API: Lift 2 is stuck {ref}"


async def test_what_is_not_sent_is_told_with_what_to_do(site: Site) -> None:
    """Who may be meant, or why the pager refused."""
    async with site.started_service():
        which = await command("send", "Sam", "Call me", "--config", site.config)
        assert which.code == Exit.NEGATIVE
        assert which.out == ""
        assert which.err.splitlines()[0] == "Which Sam?"
        assert "  214  Sam Smith" in which.err.splitlines()
        frozen = await command("send", "103", "Call me", "--wait", "--config", site.config)
        assert frozen.code == Exit.NEGATIVE
        assert "103 (Casey Diaz) is frozen" in frozen.err


async def test_words_may_come_from_standard_input(site: Site) -> None:
    """No list of processes shows them."""
    async with site.started_service():
        sending = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "send", "102", "-", "--config", site.config),
            stdin=PIPE,
            env={"PATH": "/usr/bin:/bin"},
        )
        await sending.communicate(b"Lift 3 is stuck\n")
        assert sending.returncode == Exit.OK
        await site.phone_shows("102", "Lift 3 is stuck")


async def test_without_a_gateway_nothing_is_sent(site: Site) -> None:
    """And that is told by the exit code as well."""
    said = await command("send", "102", "Call me", "--config", site.config)
    assert said.code == Exit.UNREACHABLE
    assert "Is the gateway running?" in said.err


async def test_whether_somebody_may_page_can_be_asked_first(site: Site) -> None:
    """Exit 0 when they may, 1 when they may not; the id of nobody is told as such."""
    async with site.started_service():
        may = await command("can", "DBA, 102", "--as", "U0DANA", "--config", site.config)
        assert (may.code, may.out.splitlines()[0]) == (
            Exit.OK,
            "Dana Lee may page DBA and Bo Chen.",
        )
        guest = ("can", "102", "--as", "U0GUS", "--config", site.config, "--json")
        said = await command(*guest)
        assert said.code == Exit.NEGATIVE
        assert json.loads(said.out)["can"]["barred"] == "guest"
        nobody = await command("can", "102", "--as", "U0NOBODY", "--config", site.config)
        assert nobody.code == Exit.NEGATIVE
        assert "Slack knows nobody by the id U0NOBODY" in nobody.err
