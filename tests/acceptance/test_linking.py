"""`/page link` over real HTTP: Slack, a browser, and the company pager's sign-in page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from yarl import URL

from gateway.demo.browser import Browser
from gateway.demo.doors import Json, buttons, label, shown_text
from gateway.demo.world import DemoOptions, World, running_world
from gateway.domain.actions import Action
from gateway.domain.ids import ChatUserId
from gateway.domain.inbound import ChatAction
from gateway.domain.pages import Person
from gateway.domain.people import PersonLink
from tests.acceptance.programs import command

OPS, BO, SAM = "C0OPS", "U0BO", "U0SAM"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions()) as running:
        yield running


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    browser = Browser()
    try:
        yield browser
    finally:
        await browser.close()


async def told(world: World, user: str, has: str) -> Json:
    """Wait for private words to somebody."""

    async def look() -> Json | None:
        found = [m for m in await world.slack_door.private(user) if has in shown_text(m)]
        return found[-1] if found else None

    return await world.player().until(look, f"{has!r} for {user}")


async def asks(world: World, user: str = BO) -> str:
    """Type `/page link`; gives the address."""
    await world.slack_door.post("commands", {"user": user, "channel": OPS, "text": "/page link"})
    offer = await told(world, user, "Connect your RingCentral account")
    return next(str(button["url"]) for button in buttons(offer))


async def presses(world: World, user: str, name: str) -> None:
    """Press the newest button of this name that they are shown."""

    async def shown() -> list[tuple[Json, Json]] | None:
        private = await world.slack_door.private(user)
        return [(m, b) for m in private for b in buttons(m) if label(b) == name] or None

    message, button = (await world.player().until(shown, f"a button {name}"))[-1]
    place = message.get("channel", OPS)
    await world.slack_door.post(
        "actions",
        {
            "user": user,
            "channel": place,
            "ts": message["ts"],
            "action_id": button["action_id"],
            "value": button.get("value"),
        },
    )


async def links(world: World, user: str = BO, extension: str = "102") -> None:
    address = await asks(world, user)
    async with a_browser() as browser:
        assert "Go back to Slack to confirm" in await browser.sign_in(address, extension)
    await told(world, user, f"to extension {extension}")
    await presses(world, user, "Link")
    await told(world, user, "Linked. You send as")


async def sent_by(world: World, text: str) -> str | None:
    """Tell from which extension the pager accepted a text."""
    return next((str(m["from"]) for m in await world.pager_door.log() if text in m["text"]), None)


async def stored(world: World) -> tuple[PersonLink, ...]:
    return await world.gateway.store.people(world.gateway.core.linking.links.book.workspace)


def kept_in(folder: Path) -> bytes:
    """Read every byte the gateway's database left."""
    return b"".join(file.read_bytes() for file in folder.glob("gateway.db*"))


# --- the pages ---------------------------------------------------------------------------------


async def test_the_start_page_says_for_whom_it_is_and_nothing_else(world: World) -> None:
    """It can be looked at twice, loads nothing, and may stand in no frame."""
    address = await asks(world)
    async with a_browser() as browser:
        assert (await browser.come_back(address))[0] == 200
        async with browser.session.get(address) as page:
            text, headers = await page.text(), page.headers
    assert "Bo" in text
    assert "Go on only if you are" in text
    assert address.rpartition("/")[2] not in text
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_the_cookie_is_for_the_way_back_only(world: World) -> None:
    """Scripts cannot read it, other sites cannot send it along, and it is gone after use."""
    address = await asks(world)
    async with a_browser() as browser:
        async with browser.session.post(address, allow_redirects=False) as answer:
            cookie, target = answer.headers["Set-Cookie"], answer.headers["Location"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Max-Age=600" in cookie
        assert "code_challenge_method=S256" in target
        back = await browser.say_yes(target, "102")
        async with browser.session.get(back) as page:
            assert "Max-Age=0" in page.headers["Set-Cookie"]
            assert page.headers["Referrer-Policy"] == "no-referrer"


async def test_a_name_from_slack_is_text_on_the_page(world: World) -> None:
    """People may call themselves anything."""
    desk = world.gateway.core.linking
    person = Person(desk.links.book.workspace, ChatUserId(BO), "<script>alert(1)</script>")
    address = await desk.sign_in.open(person)
    assert address is not None
    async with a_browser() as browser, browser.session.get(address) as page:
        text = await page.text()
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text


# --- refusals ----------------------------------------------------------------------------------


async def test_a_way_back_works_once(world: World) -> None:
    """Replayed with its cookie, it says that it is over; the question in Slack still stands."""
    address = await asks(world)
    async with a_browser() as browser:
        back = await browser.say_yes(await browser.go(address), "102")
        assert (await browser.come_back(back))[0] == 200
        status, page = await browser.come_back(back)
        assert status == 400
        assert "This link is over" in page
        async with browser.session.post(address, allow_redirects=False) as answer:
            assert answer.status == 400
    await presses(world, BO, "Link")
    await told(world, BO, "Linked. You send as")


async def test_another_browser_cannot_bring_it_back(world: World) -> None:
    """Whoever was sent the address, or stole it, has no cookie."""
    address = await asks(world)
    async with a_browser() as browser, a_browser() as other:
        back = await browser.say_yes(await browser.go(address), "102")
        assert (await other.come_back(back))[0] == 400
        assert (await browser.come_back(back))[0] == 400
    assert await stored(world) == ()


async def test_a_used_code_is_refused_by_the_pager_and_by_us(world: World) -> None:
    """Injected into another wish, it does not fit its verifier."""
    mine, other = await asks(world, BO), await asks(world, SAM)
    async with a_browser() as browser, a_browser() as thief:
        stolen = URL(await browser.say_yes(await browser.go(mine), "102"))
        own = URL(await thief.say_yes(await thief.go(other), "214"))
        mixed = own.update_query(code=stolen.query["code"])
        status, page = await thief.come_back(str(mixed))
    assert status == 400
    assert "This link is over" in page


async def test_who_says_no_is_told_so(world: World) -> None:
    """RingCentral sends them back without a code."""
    address = await asks(world)
    async with a_browser() as browser:
        target = await browser.go(address)
        said_no = {"error": "access_denied", "state": URL(target).query["state"]}
        back = URL(f"{world.gateway.public_url}/ringcentral/oauth/callback").with_query(said_no)
        status, page = await browser.come_back(str(back))
    assert status == 200
    assert "Nothing was connected" in page


async def test_only_the_person_who_asked_links(world: World) -> None:
    """Another Slack user's press of the same button changes nothing."""
    address = await asks(world)
    async with a_browser() as browser:
        await browser.sign_in(address, "102")
    question = await told(world, BO, "to extension 102")
    (value,) = [b["value"] for b in buttons(question) if label(b) == "Link"]
    sam = Person(world.gateway.core.linking.links.book.workspace, ChatUserId(SAM), "Sam")
    pressed = ChatAction("k", sam, None, Action.LINK, value, world.clock.now())
    answer = await world.gateway.core.intake.action(pressed)
    assert answer.content is not None
    assert "Only the person who asked" in answer.content.summary
    assert await stored(world) == ()


# --- how it ends -------------------------------------------------------------------------------


async def test_what_is_revoked_at_ringcentral_is_told_with_a_way_back(world: World) -> None:
    """The page is refused in words, not sent from elsewhere; one click begins anew."""
    await links(world)
    await world.pager_door.call("POST", "faults", {"verb": "revoke", "extension": "102"})
    command = {"user": BO, "channel": OPS, "text": "/page 101 Are you there?"}
    await world.slack_door.post("commands", command)
    lost = await told(world, BO, "Your connection with extension 102 ended.")
    assert "Link again" in [label(button) for button in buttons(lost)]
    assert await stored(world) == ()
    await presses(world, BO, "Link again")
    await told(world, BO, "Until you do, pages come from the shared sender")


async def test_unlink_ends_the_session_at_ringcentral(world: World) -> None:
    """Nothing of it is left there or here."""
    await links(world)
    number = world.pager.pager.directory.by_number["102"].id
    assert len(world.pager.pager.sessions.of_extension(number)) == 1
    await world.slack_door.post("commands", {"user": BO, "channel": OPS, "text": "/page unlink"})
    await told(world, BO, "Disconnected from extension 102.")
    assert world.pager.pager.sessions.of_extension(number) == []
    assert await stored(world) == ()


async def test_a_link_lives_through_a_restart(tmp_path: Path) -> None:
    """With its tokens, and with none of them in plain sight."""
    async with running_world(DemoOptions(data=tmp_path)) as world:
        await links(world)
    async with running_world(DemoOptions(data=tmp_path)) as world:
        command = {"user": BO, "channel": OPS, "text": "/page 101 Still me"}
        await world.slack_door.post("commands", command)
        sender = await world.player().until(lambda: sent_by(world, "Still me"), "a page of Bo's")
        assert sender == "102"
        sessions = world.pager.pager.sessions
        tokens = [
            token(session)
            for session in sessions.of_extension(None)
            for token in (sessions.access_token, sessions.refresh_token)
        ]
    assert tokens
    assert not [token for token in tokens if token.encode() in kept_in(tmp_path)]


async def test_an_operator_sees_and_ends_links_from_the_command_line(world: World) -> None:
    """Listed for eyes and programs; ending one tells its person."""
    await links(world)
    at = ("--socket", world.gateway.control)
    listed = await command("links", "list", *at)
    assert listed.out.split("\t")[:4] == ["102", "Bo Chen", "U0BO", "Bo Chen"]
    ended = await command("links", "revoke", "102", "--author", "dana", *at)
    assert (ended.code, ended.out) == (0, "Extension 102 is no longer linked to Bo Chen.\n")
    await told(world, BO, "An admin disconnected you from extension 102.")
    again = await command("links", "revoke", "102", *at)
    assert again.code == 1
    assert "Nobody linked this extension." in again.err
