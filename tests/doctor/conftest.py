"""The doctor's patient."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.chat.slack_simulator import SlackServerConfig, running_slack
from adapters.pager.embedded import PagerServerConfig, RateLimits, running_pager
from tests.doctor.office import PEOPLE, Office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Everything as it should be, and both vendors answering."""
    config = PagerServerConfig(directory=PEOPLE, admin=True, limits=RateLimits.off())
    async with running_slack(SlackServerConfig()) as slack, running_pager(config) as pager:
        yield Office.opened(tmp_path, slack, pager)
