"""Several workspaces in one gateway: each has its own account, and knows nothing of the others."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.storage.sqlite.file import FileLock
from gateway.demo.browser import Browser
from gateway.demo.doors import Json, buttons, label, shown_text
from tests.acceptance.neighbours import (
    ACME,
    NORTH,
    OPS,
    SHARED_SENDER,
    Company,
    Neighbours,
    Twins,
    program_token,
    twin_companies,
)
from tests.faults.waiting import until

CANARY, BO = "canary-7f3a", "U0BO"


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
    answer = await company.types(f"/page 102 {text}")
    assert "Sending" in json.dumps(answer)
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


async def test_people_link_themselves_in_their_own_company(world: Neighbours) -> None:
    """A browser is led by its ticket; the same person of the other company stays unlinked."""
    north = world.north
    await north.types("/page link", BO)
    offer = await north.is_told("Connect your RingCentral account", BO)
    browser = Browser()
    try:
        page = await browser.sign_in(str(buttons(offer)[0]["url"]), "102")
    finally:
        await browser.close()
    assert "Go back to Slack to confirm" in page
    asked = await north.is_told("to extension 102", BO)
    await north.presses(asked, next(b for b in buttons(asked) if label(b) == "Link"), BO)
    await north.is_told("Linked. You send as", BO)
    for company, sender in ((north, "102"), (world.acme, SHARED_SENDER)):
        await company.types("/page 101 who sends this", BO)
        await company.phone_shows("who sends this", "101")
        assert {m["from"] for m in await company.phones.log()} == {sender}


async def test_slack_slows_one_company_down(world: Neighbours) -> None:
    """Its pages go out, its words wait; the other's come at once."""
    silence = {"verb": "ratelimit", "method": "chat.postMessage", "retry_after": 3600, "times": 1}
    await world.acme.door.post("faults", silence)
    await world.acme.types("/page 102 goes out, in silence")
    await world.acme.phone_shows("goes out, in silence")
    await paged(world.north, "at full speed")
    assert not [m for m in await world.acme.door.messages(OPS) if m.get("bot_id")]


async def test_names_are_those_of_ones_own_directory(world: Neighbours) -> None:
    """Whoever joins one company is nobody in the other."""
    newcomer = {"number": "888", "name": "Wolfgang Xu"}
    await world.acme.phones.call("POST", "extensions", newcomer)
    await world.advance(601)
    await until(lambda: knows_the_newcomer(world), "the newcomer in Acme's directory")
    asked = "/page Wolfgang are you there"
    known, unknown = [json.dumps(await c.types(asked)) for c in (world.acme, world.north)]
    assert "Wolfgang Xu" in known
    assert "No one called" in unknown
    assert "Xu" not in unknown


async def knows_the_newcomer(world: Neighbours) -> bool | None:
    known = world.house(world.acme).parts.directory.current.snapshot.extensions
    return True if "888" in {each.number for each in known} else None


# --- the other doors ---------------------------------------------------------------------------


async def test_alerts_go_to_the_company_of_their_source(world: Neighbours) -> None:
    """Both have the same routes; a source's credential opens its own door only."""
    http, url = world.acme.door.session, world.gateway.public_url
    alert = {
        "status": "firing",
        "labels": {"alertname": "DiskFull", "team": "building", "host": CANARY},
        "annotations": {"summary": f"{CANARY} is full"},
        "startsAt": world.clock.now().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
    }
    body = {"version": "4", "status": "firing", "groupKey": "{}", "alerts": [alert]}
    for source, token, status in (
        ("acme-am", "north", 401),
        ("north-am", "north", 202),
        ("nobody", "north", 404),
    ):
        headers = {"Authorization": f"Bearer {program_token(token)}"}
        address = f"{url}/alerts/{source}"
        async with http.post(address, json=body, headers=headers) as answer:
            assert answer.status == status
    await world.advance(5)
    await world.north.phone_shows(CANARY, "211")
    assert CANARY not in await world.acme.everything()


async def test_programs_page_in_their_own_company(world: Neighbours) -> None:
    """By their token; a reference of one is unknown to the other's, and no token is no company."""
    http, url = world.acme.door.session, f"{world.gateway.public_url}/api/v1/pages"

    async def ask(company: str, path: str = "", body: Json | None = None) -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {program_token(company)}", "Idempotency-Key": "k1"}
        method = "POST" if body else "GET"
        async with http.request(method, url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    page: Json = {"to": ["102"], "text": "from a program"}
    status, mine = await ask("acme", body=page)
    assert status == 202
    await world.acme.phone_shows("from a program")
    assert (await ask("acme", f"/{mine['ref']}"))[0] == 200
    assert (await ask("north", f"/{mine['ref']}"))[0] == 404
    assert (await ask("nobody", f"/{mine['ref']}"))[0] == 401
    # The same key is another request there.
    assert (await ask("north", body={**page, "text": "of the neighbours"}))[0] == 202
    await world.north.phone_shows("of the neighbours")


async def test_metrics_tell_how_each_stands(world: Neighbours) -> None:
    """What is measured of a further workspace carries its id, and is its own."""
    await world.north.door.post("faults", {"verb": "uninstall"})
    await until(lambda: is_removed(world), "Northwind without the app")
    async with world.acme.door.session.get(f"{world.gateway.admin_url}/metrics") as answer:
        shown = dict(line.rsplit(" ", 1) for line in (await answer.text()).splitlines())
    for labels, admitted in (("", "1.0"), (f'{{workspace="{NORTH}"}}', "0.0")):
        assert shown[f"gateway_chat_admitted{labels}"] == admitted
        assert float(shown[f"gateway_directory_sync_timestamp_seconds{labels}"]) > 0


async def is_removed(world: Neighbours) -> bool | None:
    return None if world.house(world.north).parts.slack.chat.admitted else True


async def test_one_that_cannot_be_opened_is_told_and_tried_again(twins: Twins) -> None:
    """Acme works on; the status says why Northwind does not."""
    async with twins.gateway() as world:
        lock = FileLock(world.folder / f"gateway.{NORTH}.db")
    lock.take()
    async with twins.gateway(waits_for={ACME}) as world:
        await paged(world.acme, "works on")
        await until(lambda: said_why(world), "why Northwind is not open")
        told = json.dumps(await world.north.types("/page 102 hello"))
        assert "can't take pages right now" in told
        assert await statuses(world, "north") == [503, 503, 503]
        lock.give_back()
        world.clock.advance(31)
        await until(lambda: is_open(world), "Northwind open")
        await paged(world.north, "here again")
        assert await statuses(world, "north") == [400, 422, 401]


async def statuses(world: Neighbours, company: str) -> list[int]:
    """How a source, a program and a pager's hint are answered; 503 has them come again."""
    http, url = world.acme.door.session, world.gateway.public_url
    headers = {"Authorization": f"Bearer {program_token(company)}", "Idempotency-Key": "k"}
    answers = []
    for path in (f"/alerts/{company}-am", "/api/v1/pages", "/ringcentral/webhook/nobody-knows"):
        async with http.post(url + path, json={}, headers=headers) as answer:
            answers.append(answer.status)
    return answers


async def said_why(world: Neighbours) -> bool | None:
    return True if "is in use by another" in world.gateway.houses.troubles.get(NORTH, "") else None


async def is_open(world: Neighbours) -> bool | None:
    return True if NORTH in world.gateway.houses.open else None
