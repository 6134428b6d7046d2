"""`gateway directory`: who is who, as the running gateway knows it."""

from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json
from gateway.cli.tables import print_table

_HEADS = ("NUMBER", "NAME", "KIND", "STATUS")


@click.group()
def directory() -> None:
    """Tell who is who. Exits 1 when it cannot be read or nobody is found, 4 without a gateway."""


@directory.command()
@click.option("--dry-run", is_flag=True, help="Tell what would change, and take nothing up.")
@finds_gateway
@as_json
def sync(config: Path | None, socket: Path | None, *, dry_run: bool, json_: bool) -> None:
    """Read the directory again, and tell what changed since it was read before."""
    gateway = Gateway.find(config, socket)
    path = "/-/directory/sync"
    found = gateway.get(path) if dry_run else gateway.post(path)
    if json_:
        print_json(found)
        return
    click.echo(found["change"])
    click.echo("".join(f"  {line}\n" for line in _changes(found)), nl=False)


def _changes(found: Json) -> Iterator[str]:
    yield from (f"+ {_named(each)}" for each in found["added"])
    yield from (f"- {_named(each)}" for each in found["removed"])
    for each in found["altered"]:
        before, after = each["before"], each["after"]
        facts = (f"{k} {before[k]} → {after[k]}" for k in after if before[k] != after[k])
        yield f"~ {_named(after)}: {', '.join(facts)}"
    for each in found["departments"]:
        moves = (*(f"+{n}" for n in each["joined"]), *(f"-{n}" for n in each["left"]))
        yield f"~ {_named(each)}: members {' '.join(moves)}"


def _named(entry: Json) -> str:
    return f"{entry['number']} {entry['name']}"


@directory.command()
@click.argument("text")
@finds_gateway
@as_json
def find(text: str, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Find departments and people by the beginning of their number or name, or nearly so."""
    found = Gateway.find(config, socket).get("/-/directory", {"find": text})
    if json_:
        print_json(found)
    else:
        print_table(_HEADS, [_row(each) for each in found["found"]])


@directory.command()
@click.argument("name")
@finds_gateway
@as_json
def show(name: str, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Show a person, a department, or who is behind an alias or a schedule now, by name or number.

    Of a department: whom a page reaches, and members whom RingCentral leaves out in silence.
    """
    found = Gateway.find(config, socket).get("/-/directory", {"name": name})
    if json_:
        print_json(found)
        return
    for each in found["shown"]:
        click.echo("\n".join(_described(each)))


def _described(entry: Json) -> Iterator[str]:
    yield f"{_named(entry)} · {entry['kind']} · {entry['status']}"
    if entry["departments"]:
        yield f"  in         {', '.join(entry['departments'])}"
    for what in ("active", "inactive"):
        for member in entry.get(what, ()):
            status = f" ({member['status']})" if what == "inactive" else ""
            yield f"  {what:<10} {_named(member)}{status}"
    if entry.get("managers"):
        yield f"  managers   {', '.join(entry['managers'])}"


def _row(entry: Json) -> tuple[str, ...]:
    return (entry["number"], entry["name"], entry["kind"], entry["status"])
