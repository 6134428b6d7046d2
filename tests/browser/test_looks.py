"""How the workspace page looks and reads: widths, contrast, names, and what it loads."""

import aiohttp
import pytest

from adapters.chat.slack_simulator.server import SlackServer
from tests.browser.chromium import Page, Scheme
from tests.browser.looks import faint_texts, nameless_controls, sticking_out
from tests.browser.small_app import ALERT, SmallApp
from tests.browser.test_workspace import say

pytestmark = pytest.mark.browser


async def fill_the_page(page: Page, app: SmallApp) -> None:
    """One of everything: words, code, mentions, an alert, a thread, a private answer, a form."""
    await say(page, "look: `df -h` @avery #dba https://a.example/x")
    await app.call("chat.postMessage", channel="C0OPS", text="alert", blocks=ALERT)
    await app.call("chat.postMessage", channel="C0DBA", text="unread")
    await page.see("Acknowledge", within=".messages")
    await page.hover(".message")
    await page.click("[aria-label='Add reaction']")
    await page.click(".emoji-grid button")
    await page.until("document.querySelector('.reaction')")
    await page.hover(".message")
    await page.click("[aria-label='Reply in thread']")
    await page.until("document.activeElement.placeholder === 'Reply…'")
    await page.type("on it")
    await page.press("Enter")
    await say(page, "/page quietly")
    await page.see("Only visible to you")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_stands_out_from_its_ground(page: Page, app: SmallApp, scheme: Scheme) -> None:
    """Every visible text has a contrast of 4.5 or more (3 for large text), with forms and menus."""
    await page.look(width=1440, height=900, scheme=scheme)
    await fill_the_page(page, app)
    assert await faint_texts(page) == []
    await page.click(".switcher")
    assert await faint_texts(page) == []
    await page.press("Escape")
    await say(page, "/page")
    await page.click(".dialog [role=combobox]")
    await page.type("a")
    await page.until("document.querySelector('.options:popover-open .option')")
    assert await faint_texts(page) == []


async def test_nothing_sticks_out(page: Page, app: SmallApp) -> None:
    """From a phone's width to a wide screen there is nothing to scroll sideways for."""
    await fill_the_page(page, app)
    boxes = "body, .workspace, .pane, .scroller, .messages, .message"
    for width in (360, 768, 1024, 1600):
        await page.look(width=width, height=800, scheme="light")
        assert await sticking_out(page, boxes) == []


async def test_a_narrow_page_shows_its_conversations_on_demand(page: Page) -> None:
    """On a phone the list of conversations slides in and goes away once one is chosen."""
    await page.look(width=380, height=760, scheme="light")
    await page.click(".menu-button")
    await page.click("[data-channel=C0DBA]")
    await page.see("#dba", within=".channel h1")
    await page.until(
        "!document.querySelector('.sidebar').checkVisibility({visibilityProperty: true})"
    )


async def test_every_control_has_a_name(page: Page, app: SmallApp) -> None:
    """Screen readers hear what each button, field and link is."""
    await fill_the_page(page, app)
    await say(page, "/page")
    await page.until("document.querySelector('.dialog')")
    assert await nameless_controls(page) == []


async def test_the_page_loads_only_what_its_server_has(page: Page, slack: SlackServer) -> None:
    """Scripts, styles and the icon come from the one server, and the icon exists."""
    loaded = await page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert loaded
    assert [url for url in loaded if not url.startswith(slack.url)] == []
    icon = await page.evaluate("document.querySelector('link[rel=icon]').href")
    async with aiohttp.ClientSession() as http, http.get(icon) as answer:
        assert answer.status == 200
        assert answer.content_type == "image/svg+xml"


async def test_the_page_holds_no_way_to_write_markup(page: Page, slack: SlackServer) -> None:
    """No module makes markup or code from a string, so there is nothing to escape."""
    modules = await page.evaluate("""
      performance.getEntriesByType("resource").map((one) => one.name)
        .filter((name) => name.endsWith(".js"))""")
    assert f"{slack.url}/_sim/static/mrkdwn.js" in modules
    words = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "setHTML"]
    async with aiohttp.ClientSession() as http:
        for module in modules:
            async with http.get(module) as answer:
                source = await answer.text()
            assert [word for word in words if word in source] == []
