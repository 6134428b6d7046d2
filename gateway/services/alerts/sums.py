"""The sum that has to close: what came in, and what became of each of it.

ingested = paged + digested + suppressed + duplicate + ignored + malformed + waiting
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.routing.fates import StormSum
from gateway.ports.clock import Clock
from gateway.ports.store import Store

WINDOW = timedelta(hours=1)
"""The span that metrics show."""


@dataclass(frozen=True)
class AlertSums:
    """Adds up by source."""

    store: Store
    clock: Clock

    async def since(self, moment: datetime, source: str = "") -> Mapping[str, StormSum]:
        """Add up what came from a moment on; `source` narrows it to one, if anything came from it.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        sums = await self.store.account(moment, self.clock.now() + timedelta(seconds=1))
        return {name: each for name, each in sums.items() if source in {"", name}}

    async def lately(self) -> Mapping[str, StormSum]:
        """Add up the last hour."""
        return await self.since(self.clock.now() - WINDOW)

    async def pages(self, since: datetime) -> int:
        """Count the messages about alerts that pagers got."""
        return await self.store.alert_pages(since)

    async def pages_lately(self) -> int:
        """Count those of the last hour."""
        return await self.pages(self.clock.now() - WINDOW)
