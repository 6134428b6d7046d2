"""The demo page over the real demo: workspace, phones, wire, scenarios and faults."""

from collections.abc import AsyncIterator

import pytest

from gateway.demo.page import demo_page
from gateway.demo.world import DemoOptions, World, free_port, running_world
from tests.browser.chromium import Chromium, Page, Scheme
from tests.browser.looks import faint_texts, nameless_controls, sticking_out

pytestmark = pytest.mark.browser

HOST = "127.0.0.1"
DRAWN = "document.querySelector('.person-line') && document.querySelector('.light.live')"
BOX = ".channel > .composer .composer-input"


def phone(number: str, part: str = "") -> str:
    return f".phone[data-number='{number}'] {part}".strip()


@pytest.fixture
async def demo() -> AsyncIterator[tuple[World, str]]:
    """The demo's world and the address of its page."""
    port = free_port()
    async with (
        running_world(DemoOptions(origin=f"http://{HOST}:{port}")) as world,
        demo_page(world, HOST, port) as url,
    ):
        yield world, url


@pytest.fixture
async def page(chromium: Chromium, demo: tuple[World, str]) -> AsyncIterator[Page]:
    """The page, drawn and live; it must not have complained in the end."""
    _, url = demo
    async with chromium.page() as page:
        await page.open(f"{url}/demo", until=DRAWN)
        yield page
        assert page.problems == []


async def say(page: Page, text: str) -> None:
    await page.click(BOX)
    await page.type(text)
    await page.press("Enter")


async def test_a_page_rings_a_phone_and_shows_on_the_wire(page: Page) -> None:
    """A page typed in the workspace shows on the phone, and its request on the wire."""
    await say(page, "/page 102 Can you call the front desk?")
    await page.see("Can you call the front desk?", within=phone("102", ".bubble"))
    await page.see("Sent", within=".channel .messages")
    await page.see("POST …/company-pager", within=".wire-rows")


async def test_whoever_calls_it_localhost_gets_there_too(
    chromium: Chromium, demo: tuple[World, str]
) -> None:
    """The page works by the one address that both servers know."""
    _, url = demo
    async with chromium.page() as page:
        await page.open(f"{url.replace(HOST, 'localhost')}/demo", until=DRAWN)
        assert await page.evaluate("location.href") == f"{url}/demo"
        assert page.problems == []


async def test_a_phone_answers_into_the_thread(page: Page) -> None:
    """What is answered on a phone stands in the page's thread, under the person's name."""
    await say(page, "/page 102 Where are you?")
    await page.until(f'document.querySelector("{phone("102", ".bubble")}")')
    await page.see("Sent", within=".channel .messages")
    await page.click(phone("102", ".phone-input"))
    await page.type("On the roof")
    await page.press("Enter")
    await page.see("1 reply", within=".channel .thread-link")
    await page.click(".thread-link")
    await page.see("On the roof", within=".thread .messages")
    await page.see("Bo Chen", within=".thread .messages")


async def test_a_scenario_plays_and_is_ticked(page: Page) -> None:
    """Playing tells what happens, shows where it happens, and ends with a tick."""
    await page.click(".scenario[data-name=department]")
    await page.click("[data-name=button-play]")
    await page.see("1/", within=".narration")
    await page.see("#dba", within=".channel h1")
    await page.until("document.querySelector('.scenario.passed[data-name=department]')", 20_000)
    await page.see("Done.", within=".narration")


async def test_a_scenario_can_be_stepped_and_stopped(page: Page) -> None:
    """Step begins a scenario and waits for the next press; Stop ends it."""
    await page.click("[data-name=button-step]")
    await page.see("1/", within=".narration")
    assert await page.count(".scenario.running") == 1
    await page.click("[data-name=button-stop]")
    await page.until("!document.querySelector('.scenario.running')")


async def test_a_phone_can_be_frozen(page: Page, demo: tuple[World, str]) -> None:
    """An extension can be frozen from its card, which then says so and cannot send."""
    await page.click(phone("101", ".status"))
    await page.click(".menu-item:nth-child(2)")
    await page.see("Frozen", within=phone("101", ".status"))
    assert await page.count(phone("101", ".phone-input:disabled")) == 1
    world, _ = demo
    assert world.pager.pager.directory.by_number["101"].status == "Frozen"


async def test_leaving_and_joining_a_department(page: Page) -> None:
    """The chip on a card takes a person out of a department; the view of departments adds one."""
    await page.click(phone("104", ".chip [aria-label='Remove Dana Lee from DBA']"))
    await page.until(f'!document.querySelector("{phone("104", "[aria-label*=DBA]")}")')
    await page.click(".segments [role=tab]:nth-child(2)")
    await page.see("DBA", within=".department")
    assert "Dana Lee" not in await page.text(".department")
    await page.click(".department .add")
    await page.see("Dana Lee", within=".menu")
    await page.evaluate(
        "[...document.querySelectorAll('.menu-item')]"
        ".find((one) => one.textContent.includes('Dana Lee')).click()"
    )
    await page.see("Dana Lee", within=".department")


async def test_sixty_four_people_stay_manageable(page: Page) -> None:
    """The main people have cards; everybody else is a line, found by name, number or title."""
    assert await page.count(".phone") == 6
    assert await page.count(".person-line") == 64 - 6 - 6  # six are departments
    await page.click(".phones .filter")
    await page.type("garcia")
    await page.until("document.querySelectorAll('.person-line').length === 1")
    await page.click(".person-line")
    await page.see("José García", within=phone("118"))
    await page.click(phone("118", "[aria-label='Close this phone']"))
    await page.until("document.querySelectorAll('.person-line').length === 1")


async def test_the_wire_is_filtered_paused_and_cleared(page: Page) -> None:
    """A reference shows only its own exchanges; pausing holds new ones back."""
    await say(page, "/page 102 first")
    await page.until("document.querySelectorAll('.reference').length >= 2")
    await page.click(".reference")
    reference = await page.text(".reference")
    shown = "[...document.querySelectorAll('.row')].map((one) => one.innerText)"
    assert all(reference in row for row in await page.evaluate(shown))
    await page.click(".reference")
    await page.click(".wire .panel-head button:nth-of-type(2)")
    await page.see("Resume", within=".wire .panel-head")
    before = await page.count(".row")
    await say(page, "/page 101 second")
    await page.see("second", within=phone("101", ".bubble"))
    await page.see("waiting", within=".wire .panel-head")
    assert await page.count(".row") == before
    await page.click(".wire .panel-head button:nth-of-type(3)")
    await page.until("document.querySelectorAll('.row').length === 0")


async def test_faults_are_ordered_and_healed(page: Page) -> None:
    """A standing fault is named on its button; healing takes all away; Escape closes the menu."""
    await page.click(".top > .quiet-button")
    await page.click(".fault-columns section:first-child .fault:nth-of-type(3)")
    await page.see("Faults · 1", within=".top")
    await page.see("maintenance", within=".standing")
    await page.click(".fault-panel footer button")
    await page.see("No fault is standing.", within=".standing")
    await page.press("Escape")
    await page.until("!document.querySelector('.fault-panel:popover-open')")


async def test_a_refusal_is_told_on_the_phone(page: Page) -> None:
    """What the pager refuses is said on the card, and the words stay in the box."""
    await page.click(phone("101", ".phone-input"))
    await page.type("103 hello Casey")
    await page.press("Enter")
    await page.see("Not sent. MSG-324", within=phone("101", ".phone-note"))
    page.problems[:] = [line for line in page.problems if "status of 400" not in line]


async def test_foreign_words_stay_words(page: Page, demo: tuple[World, str]) -> None:
    """Markup in a page is shown as written, on the phone as in the workspace."""
    world, _ = demo
    text = "<img src=x onerror=alert(1)> <script>alert(1)</script>"
    await world.pager_door.call("POST", "messages", {"from": "101", "to": ["102"], "text": text})
    await page.see(text, within=phone("102", ".bubble"))
    assert await page.count("#demo img:not([src^='/demo/static/'])") == 0


async def test_scenarios_are_chosen_with_arrow_keys(page: Page) -> None:
    """The scenarios are one stop of the Tab key; arrows go from one to the next."""
    await page.click(".scenario")
    await page.press("ArrowRight")
    await page.until("document.activeElement.dataset.name === 'department'")
    await page.until("document.activeElement.getAttribute('aria-current') === 'true'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_stands_out_from_its_ground(page: Page, scheme: Scheme) -> None:
    """Every visible text has a contrast of 4.5 or more, with menus and departments open."""
    await page.look(width=1440, height=900, scheme=scheme)
    await say(page, "/page dba Disk is full")
    await page.until("document.querySelector('.reference')")
    assert await faint_texts(page) == []
    await page.click(".top > .quiet-button")
    assert await faint_texts(page) == []
    await page.press("Escape")
    await page.click(".segments [role=tab]:nth-child(2)")
    await page.until("document.querySelector('.department')")
    assert await faint_texts(page) == []


async def test_nothing_sticks_out(page: Page) -> None:
    """From a phone's width to a wide screen each panel fits, in the tabs of a narrow one too."""
    await say(page, "/page dba Disk is full")
    await page.until("document.querySelector('.reference')")
    boxes = "body, #demo, .top, .now, .slack, .phones, .phone-list, .phone, .wire, .wire-body"
    for width in (360, 800, 1024, 1600):
        await page.look(width=width, height=800, scheme="light")
        for view in ("slack", "phones", "wire"):
            if width < 900:
                await page.click(f".view-tabs [data-view={view}]")
            assert await sticking_out(page, boxes) == []


async def test_every_control_has_a_name(page: Page) -> None:
    """Screen readers hear what each button, field and link is."""
    await say(page, "/page dba Disk is full")
    await page.until("document.querySelector('.reference')")
    assert await nameless_controls(page) == []
