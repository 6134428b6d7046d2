"""One company per test."""

from collections.abc import AsyncIterator

import pytest

from tests.services.acme import Acme, running_acme


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    """Dana is linked; everybody else speaks through the shared sender."""
    async with running_acme() as company:
        yield company
