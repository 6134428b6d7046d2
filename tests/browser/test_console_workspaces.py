"""The console of two companies in a real browser: whose page it is can be seen and chosen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.neighbours import ACME, NORTH, Neighbours, twin_companies
from tests.acceptance.test_workspaces import paged
from tests.browser.axe_core import violations
from tests.browser.chromium import Chromium
from tests.browser.looks import sticking_out
from tests.browser.test_linking import shown

pytestmark = pytest.mark.browser

CHOOSER = "document.querySelector('.places [aria-current]')"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Neighbours]:
    async with twin_companies(tmp_path) as twins, twins.gateway() as world:
        yield world


async def test_whose_page_it_is_can_be_seen_and_chosen(
    chromium: Chromium, world: Neighbours
) -> None:
    """By mouse and by keyboard, in every light and width; the address is the choice."""
    await paged(world.acme, "Disk full")
    await paged(world.north, "Lift stuck")
    async with chromium.page(width=1440) as page:
        await page.open(world.gateway.console.sign_in("ada"), until="true")
        await shown(page, CHOOSER)
        assert await page.text(".places [aria-current]") == f"Acme {ACME}"
        await page.type("gd")
        await shown(page, "document.querySelector('h1')?.innerText === 'Deliveries'")
        await page.evaluate("document.querySelector('.places li:last-child a').focus()")
        await page.press("Enter")
        await shown(page, f"location.pathname === '/console/workspaces/{NORTH}/deliveries'")
        assert await page.text(".places [aria-current]") == f"Northwind {NORTH}"
        for view in ("", "/deliveries"):
            await page.open(f"{world.gateway.admin_url}/console/workspaces/{NORTH}{view}")
            for scheme in ("light", "dark"):
                for width in (390, 1440):
                    await page.look(width=width, height=900, scheme=scheme)
                    assert await violations(page) == [], (view, scheme, width)
                    assert await sticking_out(page, "html, body, main, .card") == [], (view, width)
        assert page.problems == []
