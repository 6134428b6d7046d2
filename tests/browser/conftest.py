"""A real browser, a simulated workspace, and a small app to talk to."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.chat.slack_simulator.config import Limits, SlackServerConfig
from adapters.chat.slack_simulator.server import SlackServer, running_slack
from tests.browser.chromium import Chromium, Page, binary
from tests.browser.small_app import SmallApp, running_app

DRAWN = "document.querySelector('.composer-input') && document.querySelector('.light.live')"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    executable = binary()
    if executable is None:
        pytest.skip("NO CHROMIUM ON THIS MACHINE: the pages people look at are not tested")
    browser = Chromium(executable, _profile(tmp_path_factory))
    yield browser
    browser.stop()


def _profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profile")


@pytest.fixture
async def app() -> AsyncIterator[SmallApp]:
    async with running_app() as running:
        yield running


@pytest.fixture
async def slack(app: SmallApp) -> AsyncIterator[SlackServer]:
    config = SlackServerConfig(events_url=app.url, limits=Limits.without_rates())
    async with running_slack(config) as server:
        app.connect(server.api_url, server.bot_token)
        yield server


@pytest.fixture
async def page(chromium: Chromium, slack: SlackServer) -> AsyncIterator[Page]:
    """Dana's workspace page, drawn and live; it must not have complained in the end."""
    async with chromium.page() as page:
        await page.open(f"{slack.url}/?user=U0DANA", until=DRAWN)
        yield page
        assert page.problems == []
