"""Several workspaces in one gateway: each has its own account, and knows nothing of the others."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.demo.doors import Json, buttons, shown_text
from tests.acceptance.neighbours import ACME, NORTH, OPS, Company, Neighbours, Twins, twin_companies

CANARY = "canary-7f3a"


@pytest.fixture
async def twins(tmp_path: Path) -> AsyncIterator[Twins]:
    async with twin_companies(tmp_path) as running:
        yield running


@pytest.fixture
async def world(twins: Twins) -> AsyncIterator[Neighbours]:
    async with twins.gateway() as running:
        yield running


async def paged(company: Company, text: str) -> Json:
    """Page somebody and wait until it is on their phone and in the channel."""
    await company.types(f"/page 102 {text}")
    await company.phone_shows(text)
    return await company.channel_shows(text)


# --- the same in both, apart -------------------------------------------------------------------


async def test_the_same_command_goes_to_each_ones_own_account(world: Neighbours) -> None:
    """Same person, same channel, same extension: what differs is whose workspace it was."""
    await asyncio.gather(
        paged(world.acme, "for Acme only"), paged(world.north, "for Northwind only")
    )
    assert "for Northwind only" not in await world.acme.everything()
    assert "for Acme only" not in await world.north.everything()


async def test_replies_cross_in_their_own_company(world: Neighbours) -> None:
    """A thread's reply reaches one phone, and a phone's answer one thread."""
    acme, north = world.acme, world.north
    here, there = await paged(acme, "Disk full"), await paged(north, "Lift stuck")
    await acme.says("on it", here["ts"])
    on_phone = await acme.phone_shows("on it")
    answer = {"from": "102", "text": "thanks from Bo", "reply_on": on_phone["id"]}
    await acme.phones.call("POST", "messages", answer)
    await acme.channel_shows("thanks from Bo", here["ts"])
    theirs = await north.everything() + json.dumps(await north.door.messages(OPS, there["ts"]))
    assert "on it" not in theirs
    assert "thanks from Bo" not in theirs


async def test_a_canary_of_one_is_nowhere_in_the_other(world: Neighbours) -> None:
    """Not in a file, an answer, a call or a log line."""
    shown = await paged(world.acme, CANARY)
    await world.acme.says(f"reply {CANARY}", shown["ts"])
    await world.acme.phone_shows(f"reply {CANARY}")
    await paged(world.north, "nothing special")
    for asked in ("/page help", "/page settings", "/page status", "/page oncall"):
        await world.north.types(asked)
    assert CANARY not in await world.north.everything()
    kept = b"".join(f.read_bytes() for f in world.folder.glob(f"gateway.{NORTH}.db*"))
    assert b"nothing special" in kept
    assert CANARY.encode() not in kept
    secret = (CANARY, ref_in(shown), world.acme.slack.bot_token, world.acme.pager.jwt["104"], ACME)
    said = world.ear.of(NORTH)
    assert "delivery.attempted" in said
    assert [each for each in secret if each in said] == []


def ref_in(message: Json) -> str:
    """Read a page's reference."""
    words = shown_text(message).replace("`", " ").split()
    return next(word for word in words if word.startswith("pg_"))


async def test_buttons_of_one_do_nothing_in_the_other(world: Neighbours) -> None:
    """A value is a key to what a workspace has itself, whoever shows it."""
    acme, north = world.acme, world.north
    mine = await paged(acme, "Disk full")
    await acme.types("/page Sam lost his keys")
    asked = await acme.is_told("Which Sam?")
    for button in buttons(asked):
        assert await world.forges_click(north, button) == 200
    await north.types(f"/page why {ref_in(mine)}")
    await paged(north, "after all of that")
    assert "lost his keys" not in await north.everything()
    assert [m["text"] for m in await north.phones.log() if "after all" not in m["text"]] == []
    await acme.presses(asked, buttons(asked)[0])
    await acme.phone_shows("lost his keys", "214")


async def test_a_pager_that_hangs_holds_up_its_own_company_only(world: Neighbours) -> None:
    """What waits for one account stands in nobody else's way."""
    hangs = {"verb": "read_then_hang", "match": {"method": "POST"}}
    await world.acme.phones.call("POST", "faults", hangs)
    await asyncio.gather(*(world.acme.types(f"/page 102 waits {n}") for n in range(5)))
    await paged(world.north, "does not wait")
    assert await world.acme.phones.log() == []
    await world.acme.phones.heal()
