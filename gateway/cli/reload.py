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

    They are noticed by themselves when they change; this tells what came of it, in every workspace
    unless one is named. Exits 0 when all is in force, 3 when something cannot be used (what was
    read before stays), 4 when none runs.
    """
    gateways = (Gateway.find(config, socket),) if tried else Gateway.all(config, socket)
    found: dict[str, Json] = {}
    for each in gateways:
        found[each.workspace] = told = _asked(each, tried, author)
        if not json_:
            if len(gateways) > 1:
                click.echo(f"Workspace {each.workspace}:")
            _tell(told["routes"], told["tls"], "could be put in force" if tried else "are in force")
    if json_:
        print_json(found if len(gateways) > 1 else next(iter(found.values())))
    sys.exit(Exit.CONFIGURATION if any(map(_refused, found.values())) else Exit.OK)


def _asked(gateway: Gateway, tried: Path | None, author: str) -> Json:
    if tried:
        return gateway.get("/-/reload", {"file": str(tried)})
    return gateway.post("/-/reload", query={"by": author})


def _refused(told: Json) -> bool:
    routes, tls = told["routes"], told["tls"]
    return bool((routes and not routes["taken"]) or (tls and "problem" in tls))


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
