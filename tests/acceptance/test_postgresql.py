"""The same stories with PostgreSQL behind the gateway."""

import asyncio

import pytest

from gateway.demo.scenario import load_scenarios
from gateway.demo.world import DemoOptions, demo_files, running_world
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

SCENARIOS = load_scenarios(demo_files() / "scenarios")


@pytest.mark.postgresql
async def test_every_scenario_plays_on_postgresql(postgresql: PostgresServer) -> None:
    """Nothing that people see depends on the database; one world plays all, one after the other."""
    await asyncio.to_thread(postgresql.execute, "CREATE DATABASE acceptance")
    options = DemoOptions(database=postgresql.url("acceptance"))
    async with running_world(options) as world:
        for scenario in world.scenarios:
            told = [played.step.say async for played in world.player().play(scenario)]
            assert told == [step.say for step in scenario.steps]
    assert SCENARIOS
