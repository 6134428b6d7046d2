"""An operator at a terminal: who is who, and what happens while it happens."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest

from gateway.cli.exits import Exit
from gateway.demo.world import DemoOptions, World, running_world
from gateway.routes.loads import Trigger
from tests.acceptance.programs import START_WITHIN_S, command


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions()) as world:
        yield world


async def _first_line(world: World, output: asyncio.StreamReader) -> str:
    """Have something happen until it is heard: nobody tells when somebody begins to listen."""
    while True:
        await world.gateway.reloads.reload(Trigger.ASKED)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                return (await output.readline()).decode()


@pytest.fixture
def ctrl_c_is_heard() -> Iterator[None]:
    """Where tests run in the background of a shell, what they start would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_is_heard")
async def test_what_happens_is_followed_until_interrupted(world: World) -> None:
    """Readable lines, of one kind here; Ctrl-C ends it with the code for that."""
    door = ("--socket", str(world.gateway.control))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "tail", "--kind", "routes.loaded", *door),
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stdout
    async with asyncio.timeout(START_WITHIN_S):
        line = await _first_line(world, process.stdout)
        assert " info    routes.loaded hash=" in line
        process.send_signal(signal.SIGINT)
        assert await process.wait() == Exit.INTERRUPTED


async def test_who_is_who_is_asked_of_the_running_gateway(world: World) -> None:
    """Read again, found, and shown with those whom a page leaves out."""
    door = ("--socket", world.gateway.control)
    synced = await command("directory", "sync", "--dry-run", *door)
    assert (synced.code, synced.out) == (Exit.OK, "nothing changed\n")
    found = await command("directory", "find", "casey", *door)
    assert found.out == "103\tCasey Diaz\tperson\tfrozen\n"
    shown = await command("directory", "show", "Front Desk", *door)
    assert "  inactive   103 Casey Diaz (frozen)" in shown.out.splitlines()
    nobody = await command("directory", "show", "Nobody", *door)
    assert (nobody.code, "directory find" in nobody.err) == (Exit.NEGATIVE, True)
