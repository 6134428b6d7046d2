"""`gateway can`: whether somebody may page these people, and by which rules."""

import sys
from pathlib import Path

import click

from gateway.cli.control import Gateway, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit


@click.command()
@click.argument("who")
@click.option("--as", "user", required=True, help="The Slack user id of who would page: U0A2B3C4D.")
@click.option(
    "--in",
    "channel",
    default="",
    help="The id of the channel they would page from; without it no rule about channels is met.",
)
@finds_gateway
@as_json
def can(
    who: str, user: str, channel: str, config: Path | None, socket: Path | None, *, json_: bool
) -> None:
    """Tell whether somebody may page WHO: names, numbers or aliases, with commas between them.

    Says what `/page can` says to them, with every rule that was tried. Exits 0 when they may page
    all of them, 1 when not, 4 when no gateway runs.
    """
    asked = [("as", user), ("in", channel), *(("who", name) for name in who.split(","))]
    found = Gateway.find(config, socket).get("/-/can", asked)
    if json_:
        print_json(found)
    else:
        click.echo("\n".join(found["lines"]))
    sys.exit(Exit.OK if found["can"]["allowed"] else Exit.NEGATIVE)
