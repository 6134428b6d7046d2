"""kill -9 of the real service at every point where something was half done."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from gateway.ports import faults
from tests.faults import points
from tests.faults.company import KILLED, running_company
from tests.faults.kill_points import KILL_POINTS, POINTS, SELDOM
from tests.faults.killable import Kill
from tests.faults.rehearsal import After, Rehearsal

_LATEST = 9
_QUICK = 3
"""So many seeds in every run of the tests, and fifty in `make faults`."""


def kills_at(point: str, *positions: int) -> Iterator[Kill]:
    """Plan one death per position. There is nothing to look for before an answer was lost."""
    for nth in positions:
        if point == "delivery.looked":
            yield Kill("delivery.answered", nth)
            yield Kill(point, 1)
        else:
            yield Kill(point, 1 + (nth - 1) % 2 if point in SELDOM else nth)


def kills_everywhere(seed: int) -> Iterator[Kill]:
    """Plan a death at every point, in an order and at passes that the seed decides.

    Tokens stand first and last: two deaths with new ones, and nothing in between that uses them,
    would leave the pager with sessions that nobody can have.
    """
    dice = Random(seed)  # noqa: S311 - a rehearsal has to be repeatable, not unpredictable
    others = [point for point in POINTS if not point.startswith("token.")]
    order = ("token.received", *dice.sample(others, len(others)), "token.kept")
    assert set(order) == set(POINTS)
    for point in order:
        yield from kills_at(point, dice.randint(1, _LATEST))


async def test_without_a_kill_everything_is_kept(tmp_path: Path) -> None:
    """The traffic itself breaks no promise, so that a broken one comes from a kill."""
    async with running_company(tmp_path) as company:
        assert await Rehearsal(company).broken_promises() == []


@pytest.mark.parametrize(
    "seed", [*range(_QUICK), *(pytest.param(n, marks=pytest.mark.slow) for n in range(_QUICK, 50))]
)
async def test_promises_survive_kills(seed: int, database: str, tmp_path: Path) -> None:
    """Killed at one point after the other, the service loses, repeats and hides nothing."""
    async with running_company(tmp_path, database) as company:
        kills = tuple(kills_everywhere(seed))
        assert await Rehearsal(company, kills).broken_promises() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
async def test_promises_survive_kills_at_any_moment(
    seed: int, database: str, tmp_path: Path
) -> None:
    """Killed from outside at moments nobody chose, half a request or half a commit done."""
    dice = Random(seed)  # noqa: S311 - a rehearsal has to be repeatable, not unpredictable
    async with running_company(tmp_path, database) as company:
        kills = [After(dice.expovariate(10)) for _ in range(6)]
        assert await Rehearsal(company, kills).broken_promises() == []


@pytest.mark.parametrize("step", [7, 40])
async def test_killed_between_the_steps_of_a_migration(
    step: int, database: str, tmp_path: Path
) -> None:
    """The next start migrates as if nothing had been: what was begun was never committed."""
    async with running_company(tmp_path, database) as company:
        kills = (Kill("migration.step", step), Kill("migration.step", step))
        assert await Rehearsal(company, kills).broken_promises() == []


ROUTES = """
receivers: [{{name: lobby, channel: {channel}}}]
route: {{receiver: lobby}}
"""


async def test_killed_while_routes_are_swapped(tmp_path: Path) -> None:
    """The next start has the new routes, whole."""
    routes = tmp_path / "routes.yaml"
    routes.write_text(ROUTES.format(channel="C0OPS"))
    async with running_company(tmp_path) as company:
        setting = f'\n[routing]\nfile = "{routes}"\nwatch_s = 0.2\n'
        company.config.write_text(company.config.read_text() + setting)
        async with company.service(Kill("routes.swapped")) as service:
            before = (await company.control("/-/status"))["routes"]["hash"]
            routes.write_text(ROUTES.format(channel="C0PERSON"))
            assert await asyncio.wait_for(service.ended(), 20) == KILLED
        async with company.service():
            after = (await company.control("/-/status"))["routes"]
    assert after["hash"] != before
    assert after["problems"] == []


def test_every_point_is_struck_somewhere() -> None:
    """What has a name in the product or in the rehearsal is a kill point."""
    named = {
        line.split("`")[1]
        for line in f"{faults.__doc__}{points.__doc__}".splitlines()
        if line.startswith("| `")
    }
    assert named == {point for each in KILL_POINTS.values() for point in each.points}
