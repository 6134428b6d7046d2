"""What an operator's Prometheus reads of a gateway that works."""

import aiohttp

from gateway.demo.world import World
from tests.acceptance.test_alerts import phone, types
from tests.acceptance.test_alerts import world as world  # noqa: PLC0414 - a fixture, used by its name


async def scraped(world: World) -> dict[str, float]:
    """Read `/metrics`."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{world.gateway.admin_url}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
    }


async def test_page_is_counted_on_its_whole_way(world: World) -> None:
    """Taken, sent, accepted, answered to Slack; nothing is left waiting; nobody is named."""
    await types(world, "102 Lift is stuck")
    await phone(world, "102", "Lift is stuck")
    shown = await scraped(world)
    assert shown['gateway_pages_total{origin="command",target="person"}'] == 1
    assert shown["gateway_page_accept_seconds_count"] == 1
    assert shown['gateway_slack_requests_total{code="200",kind="command"}'] == 1
    assert shown['gateway_pager_requests_total{call="company-pager.send",code="200"}'] == 1
    assert shown['gateway_dead_letter_items{state="held"}'] == 0
    assert shown['gateway_directory_entries{kind="department"}'] > 0
    assert not any("Lift" in name or "U0DANA" in name for name in shown)
