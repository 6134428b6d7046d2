"""The way to RingCentral and back in a real browser: its rules about forms, cookies and styles."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.demo.world import DemoOptions, World, running_world
from gateway.domain.ids import ChatUserId
from gateway.domain.pages import Person
from tests.browser.chromium import Chromium, Page, PageError

pytestmark = pytest.mark.browser


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions()) as world:
        yield world


async def shown(page: Page, condition: str) -> None:
    """Wait until a page that is being left or loaded meets a condition."""
    async with asyncio.timeout(15):
        while True:
            try:
                await page.until(condition)
            except PageError as error:
                if "navigated" not in str(error):
                    raise
            else:
                return


async def test_a_browser_goes_there_and_back(chromium: Chromium, world: World) -> None:
    """The start page's button leads to the pager's page, and that leads back."""
    desk = world.gateway.core.linking
    bo = Person(desk.links.book.workspace, ChatUserId("U0BO"), "Bo Chen")
    address = await desk.sign_in.open(bo)
    assert address is not None
    async with chromium.page() as page:
        await page.open(address)
        await page.see("This connects the Slack account of Bo Chen")
        width = await page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
        assert width == "448px"  # the style is let in by its digest
        await page.click("button")
        await shown(page, "document.querySelector('select[name=extension]')")
        await page.evaluate("document.querySelector('select').value = '102'")
        await page.click("button")
        await shown(page, "document.body?.innerText.includes('You signed in as Bo Chen')")
        assert await page.evaluate("document.cookie") == ""
        assert page.problems == []
