"""`gateway config diff`, `history` and `rollback`: the routes in force, and those before."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json, says_who
from gateway.cli.exits import Exit
from gateway.cli.reload import changes, explain
from gateway.cli.tables import print_table


@click.command()
@click.argument(
    "file", required=False, type=click.Path(path_type=Path, exists=True, resolve_path=True)
)
@finds_gateway
@as_json
def diff(file: Path | None, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Tell how FILE, or the file the running gateway follows, differs from the routes in force.

    In its text, by routes and receivers, and by what it would do: recent alerts are led through
    both, and those that would tell somebody else are listed. Nothing is changed. Exits 0 when
    nothing differs, 1 when something does, 3 when the file cannot be used.
    """
    query = {"file": str(file)} if file else None
    found = Gateway.find(config, socket).get("/-/routes/difference", query)
    if json_:
        print_json(found)
    else:
        click.echo("".join(f"{line}\n" for line in _difference(found)), nl=False)
        explain([*found["problems"], *found["unknown"]])
    differs = bool(found["text"])
    usable = Exit.NEGATIVE if differs else Exit.OK
    sys.exit(usable if found["taken"] else Exit.CONFIGURATION)


def _difference(found: Json) -> Iterator[str]:
    yield from found["text"]
    if not found["taken"]:
        return
    yield from changes(found)
    if not found["text"]:
        yield "Nothing differs from the routes in force."
        return
    yield f"Of the newest {found['replayed']} alerts, {found['elsewhere']} would go elsewhere."
    for each in found["alerts"]:
        labels = " ".join(f"{name}={value}" for name, value in each["labels"].items())
        yield f"  {each['count']} of {labels}"
        yield f"      was: {_ways(each['was'])}"
        yield f"      now: {_ways(each['will'])}"


def _ways(ways: list[Json]) -> str:
    told = (f"{way['route']} → {', '.join((*way['page'], way['channel']))}" for way in ways)
    return "; ".join(told) or "nobody"


@click.command()
@finds_gateway
@as_json
def history(config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """List the versions of the routes that were in force, the newest first."""
    found = Gateway.find(config, socket).get("/-/routes/versions")
    if json_:
        print_json(found)
        return
    rows = [
        (each["hash"], each["at"], each["who"], "in force" if each["in_force"] else "")
        for each in found["versions"]
    ]
    print_table(("VERSION", "SINCE", "BY", ""), rows)


@click.command()
@click.argument("version", metavar="[HASH]", default="")
@says_who
@finds_gateway
@as_json
def rollback(
    version: str, author: str, config: Path | None, socket: Path | None, *, json_: bool
) -> None:
    """Put routes back that were in force: those of HASH, or those before.

    They hold, over a restart too, until the file changes or `gateway reload` takes it up again.
    The file itself is not touched: mend it next.
    """
    asked = {"by": author, "hash": version}
    found = Gateway.find(config, socket).post("/-/routes/rollback", asked)
    if json_:
        print_json(found)
        return
    click.echo(f"Version {found['hash']} is in force again: {found['change']}")
    click.echo("".join(f"  {line}\n" for line in changes(found)), nl=False)
    if found["file_differs"]:
        click.echo("The file holds other routes still; mend it before the next reload.", err=True)
