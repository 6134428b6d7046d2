"""The console in a real browser, over the demo's world: looks, keys, and what scripts add."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.demo.page import demo_page
from gateway.demo.world import DemoOptions, World, running_world
from gateway.domain.audit import Actor
from gateway.domain.pages import PageState
from tests.browser.axe_core import violations
from tests.browser.chromium import Chromium, Page
from tests.browser.looks import sticking_out
from tests.browser.test_linking import shown

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
SIGNED_IN = "document.querySelector('.bar')"


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what the gateway does by itself."""
    async with asyncio.timeout(15):
        while not await condition():  # noqa: ASYNC110 - what is waited for is in a database
            await asyncio.sleep(0.05)  # noqa: TID251 - real servers, real time


async def say(world: World, user: str, text: str) -> None:
    await world.slack_door.post("commands", {"user": user, "channel": "C0OPS", "text": text})


async def fill(world: World) -> None:
    """One of everything: sent, refused, waiting, talked about, paused."""
    store = world.gateway.store

    async def settled(count: int) -> bool:
        pages = await store.pages(9)
        return len(pages) == count and all(page.state.final for page in pages)

    await say(world, "U0DANA", f"/page 101 Where is the key? {HOSTILE}")
    await until(lambda: settled(1))
    await world.pager_door.call("PATCH", "extensions/102", {"status": "Frozen"})
    await say(world, "U0AVERY", "/page 102 Can you call the front desk?")
    await until(lambda: settled(2))
    await world.gateway.core.pausing.pause(Actor("bo", "control"))
    await say(world, "U0DANA", "/page 101 This one waits")
    labels = {"alertname": "DiskFull", "team": "db", "severity": "critical", "host": HOSTILE}
    since = world.clock.now()
    alarm = world.alarms.alert(labels, f"Disk full {HOSTILE}", over=False, since=since)
    await world.alarms.say([alarm])
    await until(lambda: alarmed(world))
    await until(lambda: waits(world))


async def waits(world: World) -> bool:
    """Whether a page waits, and its thread is there."""
    pages = await world.gateway.store.pages(9, PageState.WAITING)
    return any(page.thread for page in pages)


async def alarmed(world: World) -> bool:
    """Whether the alert is on the board."""
    return bool(await world.gateway.store.open_incidents(1))


async def addresses(world: World) -> list[str]:
    """List an address of every kind of page."""
    store = world.gateway.store
    (sent,) = await store.pages(1, PageState.SENT)
    (refused,) = await store.pages(1, PageState.REFUSED)
    (waiting,) = await store.pages(1, PageState.WAITING)
    (letter, *_) = await store.dead_letters(1)
    (incident, *_) = await store.open_incidents(1)
    menu = [view.path for view in world.gateway.console.frame.views]
    more = [
        "/pause",
        "/none",
        "/audit?verify=1",
        "/deliveries?who=nobody",
        f"/deliveries/{sent.ref}",
        f"/deliveries/{refused.ref}",
        f"/deliveries/{waiting.ref}/cancel",
        f"/conversations/{sent.ref}",
        f"/dead-letters/retry?ids={letter.id}",
        f"/dead-letters/discard?ids={letter.id}",
        "/directory?find=a",
        "/directory/400",
        "/directory/changes",
        "/routes?labels=team%3Ddb",
        "/routes/difference",
        f"/alerts/{incident.ref}",
    ]
    return [f"{world.gateway.admin_url}/console{path}" for path in (*menu, *more)]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions()) as world:
        yield world


@pytest.fixture
async def page(chromium: Chromium, world: World) -> AsyncIterator[Page]:
    """The console, signed in by a link; it must not have complained in the end."""
    async with chromium.page(width=1280) as page:
        await page.open(world.gateway.console.sign_in("ada"), until="true")
        await shown(page, SIGNED_IN)
        yield page
        assert [line for line in page.problems if "status of 404" not in line] == []


async def test_every_page_is_in_order_in_every_light_and_width(page: Page, world: World) -> None:
    """No rule of accessibility is broken, nothing sticks out, no foreign markup comes alive."""
    await fill(world)
    for address in await addresses(world):
        await page.open(address)
        assert await page.count("img") == 0, address
        for scheme in ("light", "dark"):
            for width in (360, 1280):
                await page.look(width=width, height=800, scheme=scheme)
                assert await violations(page) == [], (address, scheme, width)
                assert await sticking_out(page, "html, body, main, .card") == [], (address, width)


async def test_signing_in_is_in_order_too(chromium: Chromium, world: World) -> None:
    """The page that says how."""
    async with chromium.page(width=360) as page:
        await page.open(f"{world.gateway.admin_url}/console")
        await page.see("gateway console login")
        for scheme in ("light", "dark"):
            await page.look(width=360, height=800, scheme=scheme)
            assert await violations(page) == []
        assert page.problems == []


async def test_the_demo_leads_into_the_console(chromium: Chromium, world: World) -> None:
    """Its own address signs in by a link, as often as it is opened."""
    async with demo_page(world, "127.0.0.1", 0) as url, chromium.page() as page:
        for _ in range(2):
            await page.open(f"{url}/console", until="true")
            await shown(page, SIGNED_IN)
            assert "you" in await page.text(".who")
        assert page.problems == []


async def test_keys_lead_around(page: Page) -> None:
    """`g d` to the deliveries, `/` into the search, `?` to the list of keys."""
    await page.type("gd")
    await shown(page, "document.querySelector('h1')?.innerText === 'Deliveries'")
    await page.type("/")
    await page.until("document.activeElement.id === 'who'")
    await page.type("g?")
    assert await page.evaluate("document.activeElement.value") == "g?"
    await page.evaluate("document.activeElement.blur()")
    await page.type("?")
    await page.until("document.querySelector('dialog').open")
    assert await violations(page) == []
    await page.press("Escape")
    await page.until("!document.querySelector('dialog').open")


async def test_the_search_answers_while_typing(page: Page, world: World) -> None:
    """And its address can be passed on; without scripts there is a button."""
    await say(world, "U0DANA", "/page 101 Hello")
    await until(lambda: has_pages(world, 1))
    await page.open(f"{world.gateway.admin_url}/console/deliveries")
    await page.see("Avery Kim", within="#found")
    await page.click("#who")
    await page.type("zz")
    await page.see("No page is like that", within="#found")
    await page.until("location.search.includes('who=zz')")


async def has_pages(world: World, count: int) -> bool:
    return len(await world.gateway.store.pages(9)) == count


async def test_the_overview_brings_itself_up_to_date(page: Page, world: World) -> None:
    """Every ten seconds, and whenever somebody comes back to it."""
    await page.see("Nothing is refused", within="#standing")
    await world.gateway.core.pausing.pause(Actor("bo", "control"))
    await say(world, "U0DANA", "/page 101 Hello")
    await until(lambda: waits(world))
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await page.see("Waiting to send.", within="#standing")


async def test_what_signs_in_is_out_of_reach_of_scripts(page: Page) -> None:
    """The cookie is not there for the page's own script."""
    assert await page.evaluate("document.cookie") == ""


async def test_a_page_that_draws_itself_anew_leads_to_signing_in(page: Page) -> None:
    """Once its session is over; and what fails is never put in the place of what stands there."""
    assert await page.evaluate("htmx.config.noSwap.includes('5xx')")
    await page.evaluate("""fetch("/console/sign-out", {
      method: "POST",
      body: new URLSearchParams({token: document.querySelector("[name=token]").value}),
    }).then(() => window.dispatchEvent(new Event("focus")))""")
    await shown(page, "document.querySelector('h1')?.innerText === 'Sign in to the console'")
    page.problems[:] = [line for line in page.problems if "status of 401" not in line]
