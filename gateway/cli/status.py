"""`gateway status`: how the running gateway is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit
from gateway.cli.tables import print_table


@click.command()
@finds_gateway
@as_json
def status(config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Tell how the running gateway is.

    Exits 0 when it takes work, 1 when it does not, 4 when none runs. What is away elsewhere makes
    it degraded, not unready: it queues.
    """
    found = Gateway.find(config, socket).get("/-/status")
    if json_:
        print_json(found)
    else:
        print_table(("WHAT", "HOW"), list(_rows(found)))
    sys.exit(Exit.OK if found["ready"] else Exit.NEGATIVE)


def _rows(found: Json) -> Iterator[tuple[str, str]]:
    yield "version", found["version"]
    yield "state", "ready" if found["ready"] else "not ready"
    for reason in found["degraded"]:
        yield "degraded", reason
    waiting = {state: count for state, count in found["outbox"].items() if count}
    yield "outbox", ", ".join(f"{count} {state}" for state, count in waiting.items()) or "empty"
    if routes := found["routes"]:
        yield "routes", f"version {routes['hash']}, since {routes['taken_at']}"
    directory = found["directory"]
    yield (
        "directory",
        f"{directory['extensions']} extensions, {directory['departments']} departments",
    )
    yield "directory read", directory["read_at"]
