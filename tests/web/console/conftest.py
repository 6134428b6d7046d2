"""A company, and its console."""

from collections.abc import AsyncIterator

import pytest

from tests.services.acme import Acme, running_acme
from tests.web.console.trial import Trial, running_console


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme() as acme:
        yield acme


@pytest.fixture
async def console(acme: Acme) -> AsyncIterator[Trial]:
    async with running_console(acme) as console:
        yield console
