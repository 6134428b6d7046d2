"""A program pages through the service as an operator runs it, and nothing is sent twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import ClientError, ClientSession

from tests.acceptance.programs import Json, Program
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name
from tests.faults.waiting import until

TOKEN = "ci-token-0123456789abc"
CLIENTS = f"""
[[api.clients]]
name = "ci"
tokens = ["{TOKEN}"]
to = ["DBA", "102"]
channels = ["C0OPS"]
"""
PAGE = {"to": ["DBA"], "text": "Disk is 95% full on db-7", "channel": "C0OPS"}


@dataclass(frozen=True)
class Door:
    """The service and its address."""

    running: Program
    url: str

    async def order(self, key: str) -> Json:
        """Ask for the page."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": key}
        async with (
            ClientSession() as http,
            http.post(f"{self.url}/api/v1/pages", json=PAGE, headers=headers) as answer,
        ):
            assert answer.status == 202
            taken: Json = await answer.json()
            return taken

    async def ends_as(self, ref: str, state: str) -> None:
        """Wait for how a page stands."""

        async def looked() -> bool | None:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with (
                ClientSession() as http,
                http.get(f"{self.url}/api/v1/pages/{ref}", headers=headers) as answer,
            ):
                return True if (await answer.json())["state"] == state else None

        await until(looked, f"page {ref} is {state}")

    async def dies(self) -> None:
        """End as by a power cut."""
        self.running.process.kill()
        await self.running.process.wait()


@asynccontextmanager
async def serving(site: Site) -> AsyncIterator[Door]:
    """Run the service, with a client."""
    async with site.started_service() as running:
        yield Door(running, (await running.logged("gateway.started"))["public"])


@pytest.fixture
def open_site(site: Site) -> Site:
    site.config.write_text(site.config.read_text() + CLIENTS)
    return site


async def sent(site: Site) -> list[Json]:
    """List what the pager took."""
    return [m for m in await site.pager.log() if "Disk is 95% full" in m["text"]]


async def test_a_repeat_after_a_crash_gets_the_first_answer(open_site: Site) -> None:
    """The key is on disk with the page: one page, shown in the channel."""
    async with serving(open_site) as door:
        first = await door.order("deploy-17")
        await door.dies()
    async with serving(open_site) as door:
        assert await door.order("deploy-17") == first
        await door.ends_as(first["ref"], "sent")
        await open_site.thread("ci paged")
    (message,) = await sent(open_site)
    assert message["text"] == f"ci via API: Disk is 95% full on db-7 {first['ref']}"


async def test_a_crash_amid_equal_requests_leaves_one_page(open_site: Site) -> None:
    """Whoever heard no answer asks again, and gets the one that others heard."""

    async def ask() -> Json | None:
        try:
            return await door.order("deploy-18")
        except ClientError:
            return None

    async with serving(open_site) as door, asyncio.TaskGroup() as group:
        asked = [group.create_task(ask()) for _ in range(20)]
        heard, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        first = heard.pop().result()
        await door.dies()
    assert first
    assert all(each.result() in (first, None) for each in asked)
    async with serving(open_site) as door:
        assert await door.order("deploy-18") == first
        await door.ends_as(first["ref"], "sent")
    assert len(await sent(open_site)) == 1


async def test_a_token_that_is_too_short_ends_the_start(open_site: Site) -> None:
    """With 3, and in words that name the client and not the token."""
    text = open_site.config.read_text()
    open_site.config.write_text(text.replace(TOKEN, "s3cret"))
    async with open_site.service() as running:
        assert await running.ended() == 3
    said = "".join(running.said)
    assert "api.clients.ci" in said
    assert "s3cret" not in said
