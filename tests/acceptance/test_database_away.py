"""A gateway that starts before its database: alive, not ready, and nobody is left guessing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientResponse

from tests.faults.company import Company, Service, running_company
from tests.faults.storm import command, signed
from tests.faults.waiting import until
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

pytestmark = pytest.mark.postgresql


@asynccontextmanager
async def early(server: PostgresServer, folder: Path) -> AsyncIterator[tuple[Company, Service]]:
    """Start the service while its database is away, which is back after the block at the latest."""
    await asyncio.to_thread(server.execute, "CREATE DATABASE early")
    await asyncio.to_thread(server.stop)
    try:
        async with (
            running_company(folder, server.url("early")) as company,
            company.service() as service,
        ):
            yield company, service
    finally:
        if not (server.folder / "data" / "postmaster.pid").exists():
            await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.execute, "DROP DATABASE early WITH (FORCE)")


async def slack_says(company: Company, body: bytes) -> ClientResponse:
    """Send what Slack signs; the answer is read."""
    headers = signed(body, company.slack.signing_secret)
    async with company.session.post(
        f"{company.url}/slack/events", data=body, headers=headers
    ) as answer:
        await answer.read()
        return answer


async def status_of(company: Company, method: str, url: str) -> int:
    async with company.session.request(method, url, data=b"{}") as answer:
        return answer.status


async def ready(company: Company) -> bool | None:
    """Ask; between the waiting room and the real doors there is nobody for a moment."""
    with suppress(ClientError):
        return await status_of(company, "GET", f"{company.admin_url}/readyz") == 200 or None
    return None


async def test_a_database_that_is_away_at_the_start_is_waited_for(
    postgresql: PostgresServer, tmp_path: Path
) -> None:
    """Refused in words or with 503 until it is there; then it works without another start."""
    async with early(postgresql, tmp_path) as (company, service):
        assert await status_of(company, "GET", f"{company.url}/healthz") == 200
        assert not await ready(company)
        page = command("no1", "U0DANA")
        said = await (await slack_says(company, page)).text()
        assert "no1 water in room 5" in said
        assert "pg_" not in said
        assert (await slack_says(company, b'payload={"type":"block_actions"}')).status == 503
        assert await status_of(company, "POST", f"{company.url}/alerts/prometheus") == 503
        assert await status_of(company, "POST", f"{company.url}/ringcentral/webhook/some") == 200
        assert (await company.control("/-/status"))["degraded"] == ["database away"]

        await asyncio.to_thread(postgresql.start)
        await until(lambda: ready(company), "ready")
        assert "Sending" in await (await slack_says(company, page)).text()
        assert service.is_alive


async def test_a_stranger_hears_nothing_meanwhile(
    postgresql: PostgresServer, tmp_path: Path
) -> None:
    """Who cannot sign is turned away as ever."""
    async with early(postgresql, tmp_path) as (company, _):
        headers = signed(body := command("no2", "U0DANA"), "not the secret")
        async with company.session.post(
            f"{company.url}/slack/events", data=body, headers=headers
        ) as answer:
            assert (answer.status, await answer.read()) == (401, b"")
