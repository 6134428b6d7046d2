from collections.abc import AsyncIterator

import pytest

from tests.adapters.slack.desk import Desk, desk


@pytest.fixture
async def at() -> AsyncIterator[Desk]:
    """A workspace without rate limits, and the adapter listening to it."""
    async with desk() as ready:
        yield ready
