"""`gateway reload`: have the running gateway read its files again."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json, says_who
from gateway.cli.exits import Exit
from gateway.routes.problems import Located


@click.command()
@finds_gateway
@click.option(
    "--try",
    "tried",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, resolve_path=True),
    help="Tell what this routes file would come to, and change nothing.",
)
@says_who
@as_json
def reload(
    config: Path | None, socket: Path | None, tried: Path | None, author: str, *, json_: bool
) -> None:
    """Read the routes file and the listener's certificate again.

    They are noticed by themselves when they change; this tells what came of it. Exits 0 when all
    is in force, 3 when something cannot be used (what was read before stays), 4 when none runs.
    """
    gateway = Gateway.find(config, socket)
    asked = "/-/reload"
    found = (
        gateway.get(asked, {"file": str(tried)})
        if tried
        else gateway.post(asked, query={"by": author})
    )
    routes, tls = found["routes"], found["tls"]
    if json_:
        print_json(found)
    else:
        _tell(routes, tls, "could be put in force" if tried else "are in force")
    refused = bool((routes and not routes["taken"]) or (tls and "problem" in tls))
    sys.exit(Exit.CONFIGURATION if refused else Exit.OK)


def _tell(routes: Json | None, tls: Json | None, how: str) -> None:
    if routes is None and tls is None:
        click.echo("Nothing to read again: neither routing.file nor server.tls_certificate is set.")
    if routes and routes["taken"]:
        click.echo(f"The routes {how} (version {routes['hash']}): {routes['change']}")
        click.echo("".join(f"  {line}\n" for line in changes(routes)), nl=False)
        explain(routes["unknown"])
    elif routes:
        explain(routes["problems"])
        click.echo(f"Not usable; version {routes['hash']} stays in force.", err=True)
    if tls and "problem" in tls:
        click.echo(f"{tls['problem']}\nThe certificate read before stays.", err=True)
    elif tls:
        click.echo(f"The certificate holds until {tls['expires']}.")


def changes(routes: Json) -> Iterator[str]:
    """Name what is different: `+ route web`."""
    for what in ("routes", "receivers"):
        for sign, names in zip("+-~", routes[what].values(), strict=True):
            yield from (f"{sign} {what[:-1]} {name}" for name in names)
    yield from (f"~ {section}" for section in routes["sections"])


def explain(problems: list[Json]) -> None:
    """Tell problems with their lines."""
    for each in problems:
        click.echo(str(Located(**each)), err=True)
