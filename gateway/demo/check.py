"""`gateway demo --check`: every scenario, headless, with a verdict a script can read."""

from collections.abc import Callable

from gateway.demo.player import ScenarioFailedError
from gateway.demo.scenario import Scenario
from gateway.demo.world import World
from gateway.system import SystemClock


async def check(world: World, say: Callable[[str], None]) -> int:
    """Play all scenarios; the last line is `N passed, N failed`. Returns how many failed."""
    failed = 0
    for scenario in world.scenarios:
        started = SystemClock().monotonic()
        problem = await _play(world, scenario)
        took_s = SystemClock().monotonic() - started
        failed += problem is not None
        mark = "failed" if problem else "passed"
        say(f"{scenario.number:>3}  {scenario.title:<30} {mark}  {took_s:5.1f} s")
        if problem:
            say(f"     {problem}")
    say(f"{len(world.scenarios) - failed} passed, {failed} failed")
    return failed


async def _play(world: World, scenario: Scenario) -> str | None:
    step = 0
    try:
        async for played in world.player().play(scenario):
            step = played.index + 1
    except ScenarioFailedError as problem:
        return f"step {step + 1} ({scenario.steps[step].say}): {problem}"
    return None
