"""`gateway why`: why a page or an alert went the way it went."""

from pathlib import Path

import click

from gateway.cli.control import Gateway, as_json, finds_gateway, print_json


@click.command()
@click.argument("ref")
@finds_gateway
@as_json
def why(ref: str, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Explain a page (pg_…), an alert (al_…) or a request of an alert source (in_…, in_….1).

    Tells every route tried and how each condition was met, what held it back, every delivery and
    who acted when. Exits 1 when nothing is known by this reference.
    """
    found = Gateway.knowing(config, socket, f"/-/why/{ref}").get(f"/-/why/{ref}")
    if json_:
        print_json(found)
        return
    for line in found["lines"]:
        click.echo(line)
