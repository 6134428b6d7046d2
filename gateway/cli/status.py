"""`gateway status`: how the running gateway is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit
from gateway.cli.tables import print_table
from gateway.cli.workspaces import asked_workspace


@click.command()
@finds_gateway
@as_json
def status(config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Tell how the running gateway is, in each of its workspaces.

    Exits 0 when it takes work, 1 when it does not, 5 when it does for some workspaces only, 4 when
    none runs. What is away elsewhere makes it degraded, not unready: it queues.
    """
    found = Gateway.all(config, socket)[0].get_soon("/-/status")
    several = {} if asked_workspace() else found.get("workspaces", {})
    if json_:
        print_json(found)
    elif several:
        rows = [(team, *row) for team, each in several.items() for row in _rows(each)]
        print_table(("WORKSPACE", "WHAT", "HOW"), rows)
    else:
        print_table(("WHAT", "HOW"), list(_rows(found)))
    sys.exit(_exit([each["ready"] for each in several.values()] or [found["ready"]]))


def _exit(ready: list[bool]) -> Exit:
    if all(ready):
        return Exit.OK
    return Exit.PARTIAL if any(ready) else Exit.NEGATIVE


def _rows(found: Json) -> Iterator[tuple[str, str]]:
    """Tell how one workspace is; of one that is not open nothing is known but why."""
    is_open = "version" in found
    if is_open:
        yield "version", found["version"]
    yield "state", "ready" if found["ready"] else "not ready" if is_open else "not open"
    for reason in found["degraded"]:
        yield "degraded", reason
    if is_open:
        yield from _work(found)


def _work(found: Json) -> Iterator[tuple[str, str]]:
    waiting = {state: count for state, count in found["outbox"].items() if count}
    yield "outbox", ", ".join(f"{count} {state}" for state, count in waiting.items()) or "empty"
    if routes := found["routes"]:
        yield "routes", f"version {routes['hash']}, since {routes['taken_at']}"
    directory = found["directory"]
    yield (
        "directory",
        f"{directory['extensions']} extensions, {directory['departments']} departments",
    )
    # 1970: before the first reading.
    yield "directory read", directory["read_at"] if directory["extensions"] else "never"
