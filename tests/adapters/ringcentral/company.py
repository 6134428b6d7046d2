"""The embedded company pager as the other side of the adapter's tests, with hands to change it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from pydantic import SecretStr

from adapters.pager.embedded import (
    Dialect,
    PagerServerConfig,
    RateLimits,
    RunningPager,
    running_pager,
)
from adapters.pager.ringcentral import (
    LinkedPerson,
    RingCentralPager,
    RingCentralSettings,
    open_ringcentral,
)
from adapters.pager.ringcentral.settings import Rates, Timeouts
from tests.adapters.ringcentral.surroundings import Ears, Memory, SeededIds, real_time
from tests.fakes.clock import MovedClock

PEOPLE_AND_DEPARTMENTS = {
    "people": [
        {"number": "101", "name": "Avery Kim"},
        {"number": "102", "name": "Bo Chen"},
        {"number": "103", "name": "Casey Diaz", "status": "Frozen"},
        {"number": "104", "name": "Dana Lee"},
        {"number": "110", "name": "Priya Patel"},
        {"number": "118", "name": "José García"},
        {"number": "119", "name": "Lee Park", "status": "Disabled"},
        {"number": "214", "name": "Sam Smith"},
        {"number": "231", "name": "Sam Smyth"},
        {"number": "700", "name": "Pager Gateway"},
        {"number": "9001", "name": "Main menu", "type": "IvrMenu"},
    ],
    "departments": [
        {"number": "400", "name": "DBA", "members": ["101", "102", "104", "119"]},
        {"number": "401", "name": "Front Desk", "members": ["101", "103", "118"]},
        {"number": "402", "name": "On-call leads", "members": ["102", "110", "231"]},
        {"number": "405", "name": "Night Watch", "members": []},
    ],
}
"""The same company as `tests.fakes.pager.small_company`."""

BRISK = Timeouts(connect_s=1, read_s=1, total_s=2)
GENEROUS = Rates(auth=100, medium=1000, light=1000)


@dataclass
class Company:
    """A running company, whose time is our clock's.

    `open` opens our adapter on it; the vault outlives the adapter.
    """

    server: RunningPager
    http: aiohttp.ClientSession
    clock: MovedClock
    vault: Memory = field(default_factory=Memory)
    ears: Ears = field(default_factory=Ears)
    ids: SeededIds = field(default_factory=SeededIds)

    async def admin(self, method: str, path: str, **body: Any) -> Any:
        """Use the administration."""
        url = f"{self.server.url}/_admin/{path}"
        async with self.http.request(method, url, json=body or None) as response:
            assert response.status < 300, await response.text()
            return await response.json() if response.content_type.endswith("json") else None

    async def fault(self, verb: str, **arguments: Any) -> None:
        """Order a fault."""
        await self.admin("POST", "faults", verb=verb, **arguments)

    async def fail_send(self, verb: str, **arguments: Any) -> None:
        """Order a fault for the next page."""
        match = {"method": "POST", "path": "company-pager"}
        await self.fault(verb, times=1, match=match, **arguments)

    async def accepted(self) -> list[str]:
        """The texts of every page the company took, in order."""
        return [entry["text"] for entry in (await self.admin("GET", "log"))["records"]]

    def settings(self, *people: str, **more: Any) -> RingCentralSettings:
        """Settings for the shared sender 700 and linked people."""
        return RingCentralSettings(
            **{
                "server_url": self.server.url,
                "client_id": self.server.client_id,
                "client_secret": SecretStr(self.server.client_secret),
                "jwt": SecretStr(self.server.jwt["700"]),
                "people": tuple(map(self.linked, people)),
                "rates": GENEROUS,
                "timeouts": BRISK,
                **more,
            }
        )

    def linked(self, number: str) -> LinkedPerson:
        """Link a person."""
        return LinkedPerson(
            chat_user=f"U{number}", extension=number, jwt=SecretStr(self.server.jwt[number])
        )

    def open(self, *people: str, **more: Any) -> AbstractAsyncContextManager[RingCentralPager]:
        """Open the adapter."""
        return open_ringcentral(
            self.settings(*people, **more),
            clock=self.clock,
            ids=self.ids,
            vault=self.vault,
            observer=self.ears,
        )


@asynccontextmanager
async def running_company(
    *,
    dialect: Dialect | None = None,
    limits: RateLimits | None = None,
    clock: MovedClock | None = None,
) -> AsyncIterator[Company]:
    """Run a company without rate limits, unless they are asked for."""
    config = PagerServerConfig(
        directory=PEOPLE_AND_DEPARTMENTS,
        dev_credentials=True,
        admin=True,
        dialect=dialect or Dialect(),
        limits=limits or RateLimits.off(),
        notification_lag_s=0.0,
    )
    async with running_pager(config) as server, aiohttp.ClientSession() as http:
        company = Company(server, http, clock or real_time())
        company.clock.followers.append(server.clock.advance)
        yield company
