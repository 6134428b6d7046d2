from collections.abc import AsyncIterator

import pytest

from adapters.chat.slack_simulator import SlackServerConfig, VirtualClock
from tests.adapters.slack_simulator.world import World, world

NOON = 1_767_225_600.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock.standing_at(NOON)


@pytest.fixture
async def w(clock: VirtualClock) -> AsyncIterator[World]:
    """A workspace whose time stands still until it is moved."""
    async with world(SlackServerConfig(clock=clock)) as ready:
        yield ready
