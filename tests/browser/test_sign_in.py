"""Signing in to the console at an issuer on another site, in a real browser."""

from pathlib import Path

import pytest

from adapters.chat.slack_simulator.config import SlackServerConfig
from adapters.chat.slack_simulator.server import running_slack
from adapters.pager.embedded import PagerServerConfig, running_pager
from gateway.bootstrap import running_gateway
from gateway.settings import load_settings
from gateway.system import SystemClock
from tests.browser.chromium import Chromium
from tests.browser.test_linking import shown
from tests.doctor.office import PEOPLE, Office
from tests.web.console.issuing import CLIENT, SECRET, running_issuer

pytestmark = pytest.mark.browser


async def test_who_comes_back_from_another_site_is_signed_in(
    chromium: Chromium, tmp_path: Path
) -> None:
    """Browsers hold cookies back on the way; nobody has to press anything twice."""
    config = PagerServerConfig(directory=PEOPLE, admin=True)
    async with (
        running_issuer(SystemClock()) as issuer,
        running_slack(SlackServerConfig()) as slack,
        running_pager(config) as pager,
    ):
        elsewhere = issuer.url.replace("127.0.0.1", "localhost")  # another site to browsers
        issuer.document = {"authorization_endpoint": f"{elsewhere}/door"}
        office = Office.opened(tmp_path, slack, pager)
        office.tables["console"] = {
            "sign_in": "oidc",
            "issuer": issuer.url,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "roles": {"u-1": "operator"},
        }
        office.write()
        async with (
            running_gateway(load_settings(office.file)) as gateway,
            chromium.page() as page,
        ):
            await page.open(f"{gateway.admin_url}/console")
            await page.click("a.button")
            await shown(page, "document.querySelector('#yes')")
            await page.click("#yes")
            await shown(page, "document.querySelector('.bar')?.innerText.includes('u-1')")
            assert await page.evaluate("location.pathname") == "/console"
            assert await page.evaluate("document.cookie") == ""
            assert page.problems == []
