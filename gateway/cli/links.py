"""`gateway links`: see who linked themselves to their extension, and end a link."""

from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json, says_who
from gateway.cli.tables import print_table


@click.group()
def links() -> None:
    """Tell who sends as themselves. Exits 1 when something is refused, 4 when no gateway runs."""


@links.command(name="list")
@finds_gateway
@as_json
def list_(config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """List who linked themselves, the newest last; not the people of the settings."""
    found = Gateway.find(config, socket).get("/-/links")
    if json_:
        print_json(found)
    else:
        heads = ("EXTENSION", "NAME", "SLACK USER", "SLACK NAME", "SENDS", "SINCE")
        print_table(heads, [_row(each) for each in found["links"]])


@links.command()
@click.argument("extension")
@says_who
@finds_gateway
@as_json
def revoke(
    extension: str, author: str, config: Path | None, socket: Path | None, *, json_: bool
) -> None:
    """End the link of EXTENSION: signed out at RingCentral, and its person is told."""
    found = Gateway.find(config, socket).post(f"/-/links/{extension}/revoke", {"by": author})
    if json_:
        print_json(found)
    else:
        link = found["link"]
        click.echo(f"Extension {link['extension']} is no longer linked to {link['user_name']}.")


def _row(link: Json) -> tuple[str, ...]:
    sends = "as themselves" if link["sends"] else "from shared"
    return (
        link["extension"],
        link["name"],
        link["user"],
        link["user_name"],
        sends,
        link["linked_at"],
    )
