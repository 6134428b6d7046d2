"""A workspace installs the app by itself, renews its tokens, and takes everything back."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from adapters.chat.slack.installation import NAME
from gateway.demo.doors import Json
from tests.acceptance.neighbours import (
    ACME,
    NORTH,
    Neighbours,
    North,
    Twins,
    a_browser,
    twin_companies,
)
from tests.acceptance.test_workspaces import paged
from tests.faults.waiting import until

HALF_A_DAY_S = 12 * 3600.0


@pytest.fixture
async def twins(tmp_path: Path) -> AsyncIterator[Twins]:
    async with twin_companies(tmp_path, rotating=True) as running:
        yield running


async def kept(world: Neighbours) -> Json | None:
    """What Northwind's vault holds of the installation."""
    stored = await world.house(world.north).parts.vault.get(NAME)
    return json.loads(stored) if stored else None


async def audited(world: Neighbours, company: str) -> list[str]:
    """What the audit trail of a workspace says people did."""
    store = world.gateway.houses.open[company].parts.opened.store
    return [record.act for record in await store.audit_newest(50, "")]


async def test_a_workspace_installs_the_app_without_a_restart(twins: Twins) -> None:
    """From the install link to the first page; afterwards it survives one."""
    async with twins.gateway(north=North.INSTALLED) as world:
        assert world.house(world.north).parts.slack.chat.admitted is False
        async with a_browser(world) as browser:
            status, page = await browser.installs()
        assert (status, "Installed in Northwind" in page) == (200, True)
        assert "workspace.joined" in await audited(world, NORTH)
        assert "workspace.joined" not in await audited(world, ACME)
        await paged(world.north, "first page")
    async with twins.gateway(north=North.INSTALLED) as world:
        await paged(world.north, "after a restart")
        await paged(world.acme, "as ever")


async def test_the_token_is_kept_encrypted_and_told_nowhere(twins: Twins) -> None:
    """Not in a file, a page or a log line."""
    async with twins.gateway(north=North.INSTALLED) as world:
        async with a_browser(world) as browser:
            _, page = await browser.installs()
        grant = await kept(world)
        assert grant
        files = b"".join(file.read_bytes() for file in world.folder.glob("gateway*.db*"))
        for secret in (grant["token"], grant["refresh"]):
            assert secret.encode() not in files
            assert secret not in page + json.dumps(world.ear.lines)


async def test_a_way_back_works_once_and_in_one_browser(twins: Twins) -> None:
    """Replayed, another browser's, changed or too old: 400, and nothing is kept."""
    async with (
        twins.gateway(north=North.INSTALLED) as world,
        a_browser(world) as browser,
        a_browser(world) as thief,
    ):
        stolen = await browser.decides(await browser.begins())
        await thief.begins()
        assert (await thief.comes_back(stolen))[0] == 400
        assert (await browser.comes_back(stolen.replace("state=", "state=x")))[0] == 400
        late = await browser.decides(await browser.begins())
        world.clock.advance(601)
        assert (await browser.comes_back(late))[0] == 400
        assert await kept(world) is None
        address = await browser.decides(await browser.begins())
        assert (await browser.comes_back(address))[0] == 200
        assert (await browser.comes_back(address))[0] == 400


async def test_saying_no_installs_nothing(twins: Twins) -> None:
    """And says so."""
    async with twins.gateway(north=North.INSTALLED) as world:
        async with a_browser(world) as browser:
            address = await browser.decides(await browser.begins(), "deny")
            status, page = await browser.comes_back(address)
        assert (status, "Nothing was installed" in page) == (200, True)
        assert await kept(world) is None


async def revoked(world: Neighbours) -> list[int]:
    """How Northwind answered when a token was given back."""
    calls = await world.north.door.exchanges()
    return [each["status"] for each in calls if each["method"] == "auth.revoke"]


async def test_an_unexpected_workspace_is_turned_away(twins: Twins) -> None:
    """Its token is given back at once, and nothing is kept of it."""
    async with twins.gateway(north=North.ABSENT) as world:
        async with a_browser(world) as browser:
            status, page = await browser.installs()
        assert (status, "expected here" in page) == (403, True)
        assert await revoked(world) == [200]
        assert not list(world.folder.glob(f"*{NORTH}*"))
        assert "connected to a pager" in json.dumps(await world.north.types("/page 102 hello"))
        await paged(world.acme, "as ever")


async def test_a_token_of_the_settings_stays(twins: Twins) -> None:
    """Slack gives the same one again, so it must not be given back."""
    async with twins.gateway() as world:
        async with a_browser(world) as browser:
            status, page = await browser.installs()
        assert (status, "connected already" in page) == (200, True)
        assert await revoked(world) == []
        await paged(world.north, "with the token of the settings")


async def test_tokens_are_renewed_before_they_end(twins: Twins) -> None:
    """Day after day, with one exchange each time; nobody notices."""
    async with twins.gateway(north=North.INSTALLED) as world:
        async with a_browser(world) as browser:
            await browser.installs()
        first = await kept(world)
        assert first
        for day in range(1, 3):
            before = await kept(world)
            await world.advance(HALF_A_DAY_S - 3600)
            await until(partial(changed, world, before), "another token")
            await paged(world.north, f"half-day {day}")
        assert world.ear.heard("slack.token_renewed", NORTH)
        assert not world.ear.heard("slack.token_renewed", ACME)


async def changed(world: Neighbours, was: Json | None) -> bool | None:
    now = await kept(world)
    return True if was and now and now["token"] != was["token"] else None


async def test_revoking_one_leaves_the_others_alone(twins: Twins) -> None:
    """Tokens are wiped, an audit row tells, Slack is left alone; the pagers and Acme go on."""
    async with twins.gateway(north=North.INSTALLED) as world:
        async with a_browser(world) as browser:
            await browser.installs()
        shown = await paged(world.north, "before")
        on_phone = await world.north.phone_shows("before")
        await world.north.door.post("faults", {"verb": "uninstall"})
        await until(lambda: wiped(world), "no token in Northwind's vault")
        assert (await audited(world, NORTH)).count("workspace.left") == 1
        await paged(world.acme, "goes on")
        assert world.house(world.acme).parts.slack.chat.admitted
        # Their pagers are read on, and what came is told when the app is back.
        answer = {"from": "102", "text": "said meanwhile", "reply_on": on_phone["id"]}
        await world.north.phones.call("POST", "messages", answer)
        calls = len(await world.north.door.exchanges())
        await until(lambda: heard_of_pager(world), "the answer in Northwind's outbox")
        assert len(await world.north.door.exchanges()) == calls
        async with a_browser(world) as browser:
            await browser.installs()
        await world.advance(60)
        await world.north.channel_shows("said meanwhile", shown["ts"])
        await world.north.channel_shows("removed the app")


async def wiped(world: Neighbours) -> bool | None:
    admitted = world.house(world.north).parts.slack.chat.admitted
    return True if not admitted and await kept(world) is None else None


async def heard_of_pager(world: Neighbours) -> bool | None:
    return True if world.ear.heard("pager.message_taken", NORTH) else None
