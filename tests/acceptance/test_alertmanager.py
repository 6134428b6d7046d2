"""A real Alertmanager in front of the gateway: what it notifies arrives, once."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession

from adapters.alerts.registry import AlertSettings
from gateway.demo.doors import Json
from gateway.demo.world import DemoOptions, World, free_port, running_world
from gateway.services.alerts.sums import AlertSums
from tests.acceptance.alert_rules import DBA, RULES

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
REPETITIONS = 6
SECRET = "a-long-enough-secret-for-alertmanager"
MISSING = "NOT TESTED with a real Alertmanager: it is not installed (apt: prometheus-alertmanager)"
SOURCES = AlertSettings.model_validate(
    {
        "sources": [
            {
                "name": "alertmanager",
                "kind": "alertmanager",
                "auth": {"profile": "token", "secrets": [SECRET]},
            }
        ]
    }
)


@asynccontextmanager
async def alertmanager(folder: Path, receiver: str, repeat: str = "4h") -> AsyncIterator[str]:
    """Run one that notifies us at once, groups by name, and says it again after `repeat`."""
    webhook = {"url": receiver, "http_config": {"authorization": {"credentials": SECRET}}}
    config = {
        "route": {
            "receiver": "gateway",
            "group_by": ["alertname"],
            "group_wait": "0s",
            "group_interval": "1s",
            "repeat_interval": repeat,
        },
        "receivers": [{"name": "gateway", "webhook_configs": [webhook]}],
    }
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps(config), encoding="utf-8")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(BINARY),
        f"--config.file={file}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def alert(world: World, host: str, *, over: bool = False) -> Json:
    now = world.clock.now()
    return {
        "labels": {"alertname": "DiskFull", "team": "db", "severity": "critical", "host": host},
        "annotations": {"summary": f"Disk almost full on {host}"},
        "startsAt": (now - timedelta(seconds=30)).isoformat(),
        "endsAt": (now if over else now + timedelta(minutes=5)).isoformat(),
    }


async def fire(world: World, address: str, *hosts: str, over: bool = False) -> None:
    """Post alerts to Alertmanager, firing or over, as soon as it answers."""
    alerts = [alert(world, host, over=over) for host in hosts]
    async with ClientSession() as session:

        async def posted() -> bool | None:
            try:
                async with session.post(f"{address}/api/v2/alerts", json=alerts) as response:
                    return response.ok or None
            except OSError:
                return None

        await world.player().until(posted, "Alertmanager taking an alert")


async def shown(world: World, number: str, has: str) -> Json:
    async def look() -> Json | None:
        found = [m for m in await world.pager_door.phone(number) if has in m["text"]]
        return found[-1] if found else None

    return await world.player().until(look, f"{has!r} on phone {number}")


@pytest.mark.skipif(BINARY is None, reason=MISSING)
async def test_alertmanager_is_heard_from_firing_to_resolved(tmp_path: Path) -> None:
    """Its notification is one page to the department; its end is told in the same conversation."""
    options = DemoOptions(rules=RULES, alerts=SOURCES)
    async with running_world(options) as world:
        receiver = f"{world.gateway.public_url}/alerts/alertmanager"
        async with alertmanager(tmp_path, receiver) as address:
            await fire(world, address, "db-7")
            page = await shown(world, "102", "[CRIT]")
            await fire(world, address, "db-7", over=True)
            await world.player().until(lambda: _settled(world), "the resolved alert")
            ended = await shown(world, "102", "[OK]")
            assert ended["conversation_id"] == page["conversation_id"]
        texts = [m["text"] for m in await world.pager_door.phone("102")]
        assert len([text for text in texts if "[CRIT]" in text]) == 1
        assert [m for m in await world.slack_door.messages(DBA) if m.get("bot_id")]


@pytest.mark.skipif(BINARY is None, reason=MISSING)
async def test_groups_and_repetitions_of_alertmanager_are_one_page(tmp_path: Path) -> None:
    """Two alerts of one group, said again and again, page once and are shown once."""
    async with running_world(DemoOptions(rules=RULES, alerts=SOURCES)) as world:
        receiver = f"{world.gateway.public_url}/alerts/alertmanager"
        sums = AlertSums(world.gateway.store, world.clock)

        async def repeated() -> bool | None:
            account = (await sums.lately()).get("alertmanager")
            return True if account and account.ingested >= REPETITIONS else None

        async with alertmanager(tmp_path, receiver, repeat="1s") as address:
            await fire(world, address, "db-7", "db-8")
            await shown(world, "102", "2 alerts")
            await world.player().until(repeated, "repetitions")
        pages = [m for m in await world.pager_door.phone("102") if "[CRIT]" in m["text"]]
        assert len(pages) == 1
        assert len([m for m in await world.slack_door.messages(DBA) if m.get("bot_id")]) == 1
        assert (await sums.lately())["alertmanager"].unaccounted == 0


async def _settled(world: World) -> bool | None:
    """Let the group's next look come, whenever Alertmanager has spoken."""
    await world.advance(2)
    texts = [m["text"] for m in await world.pager_door.phone("102")]
    return any("[OK]" in text for text in texts) or None


async def test_strangers_are_not_heard() -> None:
    """Without the source's credential nothing is read, and nothing is said why."""
    async with (
        running_world(DemoOptions(rules=RULES, alerts=SOURCES)) as world,
        ClientSession() as session,
    ):
        address = f"{world.gateway.public_url}/alerts/alertmanager"
        async with session.post(address, json={"version": "4", "alerts": []}) as response:
            assert (response.status, await response.text()) == (401, "")
        async with session.post(f"{world.gateway.public_url}/alerts/nobody") as response:
            assert response.status == 404
        headers = {"Authorization": f"Bearer {SECRET}"}
        async with session.post(address, data=b"{", headers=headers) as response:
            assert response.status in {400, 415}
