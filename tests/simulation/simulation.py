"""One run of one seed, from its plan to its verdict."""

from dataclasses import dataclass
from random import Random

from tests.simulation.judge import Judge
from tests.simulation.loop import run, sleep, the_loop
from tests.simulation.plan import Plan
from tests.simulation.stories import Stories
from tests.simulation.world import World

_CORRECTED_S = 45.0
"""What was edited is said anew half a minute after the last edit."""
_HEARD_AGAIN_S = 640.0
"""Threads are read again every ten minutes."""


@dataclass(frozen=True)
class Verdict:
    """What came of a seed: broken invariants, none if all held, and the journal of the run."""

    seed: int
    broken: tuple[str, ...]
    journal: tuple[str, ...]
    digest: str


def simulate(seed: int) -> Verdict:
    """Play a seed."""
    plan = Plan.of(seed)

    async def play() -> Verdict:
        world = World(plan)
        judge = Judge(world)
        await _play(world, judge)
        journal = world.around.journal
        return Verdict(seed, tuple(judge.broken()), tuple(journal.lines), journal.digest())

    return run(play(), Random(f"order {seed}"))  # noqa: S311 - a seed has to replay


async def _play(world: World, judge: Judge) -> None:
    loop = the_loop()
    keeping = loop.spawn(world.keep_alive(), 0, "keeping alive")
    stories = Stories(world, judge.bound_s)
    told = [loop.spawn(story, 0, f"story {n}") for n, story in enumerate(stories.all())]
    deciding = loop.spawn(stories.decide(), 0, "decisions")
    for story in told:
        await story
    await sleep(max(0.0, world.plan.calm_at - loop.time()))
    await judge.settles()
    if judge.waits_for_history:
        await sleep(_HEARD_AGAIN_S)
        await judge.settles()
    while world.bringing:
        await sleep(1.0)
    if any(one.then for one in world.ledger.said):
        await sleep(_CORRECTED_S + judge.set_back_s)
        await judge.settles()
    await judge.looks()
    keeping.cancel()
    deciding.cancel()
    if world.life:
        world.life.die()
        await world.life.buried()
