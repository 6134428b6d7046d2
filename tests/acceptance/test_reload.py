"""`gateway reload`: what a change of files comes to, told to whoever asked for it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.cli.exits import Exit
from gateway.demo.world import DemoOptions, World, demo_files, running_world
from tests.acceptance.programs import command

PLACE = f"        - matchers: [nothing]\n{' ' * 28}^"


@asynccontextmanager
async def world_of(folder: Path) -> AsyncIterator[tuple[World, Path]]:
    """Run a company by files of its own."""
    shutil.copytree(demo_files().parent, folder / "config")
    files = folder / "config" / "demo"
    async with running_world(DemoOptions(data=folder / "data", files=files, watch_s=3600)) as world:
        yield world, files / "routes.yaml"


async def test_reload_tells_what_is_different(tmp_path: Path) -> None:
    """The version in force and each change by name; names nobody has are pointed at."""
    async with world_of(tmp_path) as (world, routes):
        more = "    - {name: lifts, matchers: ['team=\"lifts\"'], receiver: lifts}\n"
        text = routes.read_text(encoding="utf-8")
        assert "  routes:\n" in text
        text = text.replace("  routes:\n", f"  routes:\n{more}")
        text = text.replace("receivers:\n", "receivers:\n  - {name: lifts, page: [Bo Chan]}\n", 1)
        other = routes.with_name("other.yaml")
        other.write_text(text, encoding="utf-8")
        tried = await command("reload", "--try", other, "--socket", world.gateway.control)
        assert tried.code == Exit.OK
        assert "could be put in force" in tried.out
        assert "  + route lifts\n" in tried.out
        other.replace(routes)
        result = await command("reload", "--socket", world.gateway.control)
        assert result.code == Exit.OK
        assert "routes +1 -0 ~" in result.out
        assert "  + route lifts\n  " in result.out
        assert "  + receiver lifts\n" in result.out
        assert 'there is nobody called "Bo Chan" — did you mean "Bo Chen"?' in result.err
        assert "^" in result.err


async def test_reload_refuses_with_the_place(tmp_path: Path) -> None:
    """Exit code 3, the line and a caret; what was read before stays."""
    async with world_of(tmp_path) as (world, routes):
        text = routes.read_text(encoding="utf-8")
        wrong = "  routes:\n    - matchers: [nothing]\n"
        routes.write_text(text.replace("  routes:\n", wrong), encoding="utf-8")
        result = await command("reload", "--socket", world.gateway.control)
        assert result.code == Exit.CONFIGURATION
        assert "route.routes.0.matchers.0: expected =, !=, =~ or !~ after nothing" in result.err
        assert PLACE in result.err
        assert "stays in force." in result.err
        told = await command("reload", "--socket", world.gateway.control, "--json")
        assert '"taken": false' in told.out


async def test_routes_are_compared_and_put_back(tmp_path: Path) -> None:
    """`config diff` tells what a file would do, `rollback` takes back what it did."""
    async with world_of(tmp_path) as (world, routes):
        door = ("--socket", world.gateway.control)
        assert (await command("config", "diff", *door)).code == Exit.OK
        text = routes.read_text(encoding="utf-8")
        more = "    - {name: lifts, matchers: ['team=\"lifts\"'], receiver: dba}\n"
        routes.write_text(text.replace("  routes:\n", f"  routes:\n{more}"), encoding="utf-8")
        differs = await command("config", "diff", *door)
        assert differs.code == Exit.NEGATIVE
        assert f"+{more}" in differs.out
        assert "Of the newest 0 alerts, 0 would go elsewhere." in differs.out
        await command("reload", *door, "--author", "ada")
        back = await command("config", "rollback", *door, "--author", "grace")
        assert "is in force again: routes +0 -1" in back.out
        assert "  - route lifts\n" in back.out
        assert "The file holds other routes still" in back.err
        newest, before = (await command("config", "history", *door)).out.splitlines()
        assert newest.endswith("\tgrace\tin force")
        assert "\tada\t" in before
        unknown = await command("config", "rollback", "0000", *door)
        assert (unknown.code, "config history" in unknown.err) == (Exit.NEGATIVE, True)
        shown = await command("config", "show", "--sources", *door)
        assert f"routing.file\t{routes}\tprogram" in shown.out.splitlines()


async def test_reload_finds_nobody(tmp_path: Path) -> None:
    """Without a gateway that runs there is nothing to ask."""
    result = await command("reload", "--socket", tmp_path / "nobody.sock")
    assert result.code == Exit.UNREACHABLE
