"""The guided scenarios of the demo and further stories, each on a world of its own."""

from pathlib import Path

import pytest

from gateway.demo.scenario import Scenario, load_scenarios
from gateway.demo.world import DemoOptions, demo_files, running_world

STORIES = Path(__file__).parent / "stories"
ALL = (*load_scenarios(demo_files() / "scenarios"), *load_scenarios(STORIES))


@pytest.mark.parametrize("scenario", ALL, ids=[scenario.id for scenario in ALL])
async def test_scenario_plays_to_its_end(scenario: Scenario) -> None:
    """What the story tells happens, seen through the doors a person and a checker use."""
    async with running_world(DemoOptions()) as world:
        told = [played.step.say async for played in world.player().play(scenario)]
    assert told == [step.say for step in scenario.steps]
