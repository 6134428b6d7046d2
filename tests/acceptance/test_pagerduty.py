"""A sender that speaks PagerDuty: what it takes and what it ends, by nothing but the key."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from adapters.alerts.registry import AlertSettings
from gateway.demo.world import DemoOptions, World, running_world
from tests.acceptance.alert_rules import RULES
from tests.acceptance.test_alerts import BO, card, phone, told

KEY = "0123456789abcdef0123456789abcdef"
SOURCES = AlertSettings.model_validate(
    {
        "sources": [
            {
                "name": "ci",
                "kind": "pagerduty",
                "auth": {"profile": "routing-key", "secrets": [KEY]},
            }
        ]
    }
)
PAYLOAD = {
    "summary": "Disk 95 % on db-7",
    "source": "db-7",
    "severity": "critical",
    "custom_details": {"team": "db"},
}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions(rules=RULES, alerts=SOURCES)) as running:
        yield running


async def says(world: World, action: str, **more: object) -> None:
    """Send an event; only a trigger carries more than the key."""
    event = {"routing_key": KEY, "event_action": action, "dedup_key": "db-7/disk", **more}
    async with ClientSession() as session:
        answer = await session.post(f"{world.gateway.public_url}/v2/enqueue", json=event)
        assert answer.status == 202


async def test_the_sender_takes_and_ends_what_it_began(world: World) -> None:
    """Though its later events have no labels: they belong to the alert wherever it went."""
    await says(world, "trigger", payload=PAYLOAD)
    await world.advance(2)
    await phone(world, BO, "Disk 95 %")
    root = await card(world, "Disk 95 %")
    await says(world, "acknowledge")
    await world.advance(1)
    await card(world, "Acknowledged by ci")
    await told(world, root, "Acknowledged by ci")
    await world.advance(20 * 60)
    assert not [m for m in await world.pager_door.phone("231") if "Disk" in m["text"]]
    await says(world, "resolve")
    await world.advance(6)
    await phone(world, BO, "[OK] Disk 95 %")
    await card(world, "Resolved: Disk 95 %")


async def test_what_is_taken_before_it_is_told_is_told_as_taken(world: World) -> None:
    """The page goes out all the same, for it is new; nobody further is called."""
    await says(world, "trigger", payload=PAYLOAD)
    await says(world, "acknowledge")
    await world.advance(2)
    await phone(world, BO, "Disk 95 %")
    await card(world, "Acknowledged by ci")
    await world.advance(20 * 60)
    assert not [m for m in await world.pager_door.phone("231") if "Disk" in m["text"]]


async def test_what_somebody_took_stays_theirs(world: World) -> None:
    """A sender's word is not put over a person's."""
    await says(world, "trigger", payload=PAYLOAD)
    await world.advance(2)
    page = await phone(world, BO, "Disk 95 %")
    await world.pager_door.call(
        "POST", "messages", {"from": BO, "text": "ack", "reply_on": page["id"]}
    )
    root = await card(world, "Acknowledged by Bo Chen")
    await says(world, "acknowledge")
    await world.advance(6)
    await says(world, "resolve")
    await world.advance(6)
    await told(world, root, "Resolved")
    assert not [
        m for m in await world.slack_door.messages("C0DBA", root["ts"]) if "by ci" in m["text"]
    ]


async def test_what_nobody_knows_cannot_be_taken(world: World) -> None:
    """It is answered and noted, and nobody hears of it."""
    await says(world, "acknowledge")
    await says(world, "resolve")
    await world.advance(6)
    await says(world, "trigger", payload=PAYLOAD)
    await world.advance(2)
    await phone(world, BO, "Disk 95 %")
    assert len(await world.pager_door.log()) == 1
