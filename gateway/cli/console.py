"""`gateway console`: the way into the console for operators."""

import getpass
from pathlib import Path

import click

from gateway.cli.control import Gateway, as_json, finds_gateway, print_json
from gateway.cli.workspaces import asked_workspace


@click.group()
def console() -> None:
    """Sign in to the console of the running gateway. Exits 4 when none runs."""


@console.command()
@finds_gateway
@as_json
@click.option(
    "--role",
    type=click.Choice(["viewer", "operator", "admin"]),
    default="admin",
    show_default=True,
    help="What the console lets you do.",
)
@click.option(
    "--author", default=getpass.getuser, help="Who signs in; usually whoever is signed in here."
)
def login(config: Path | None, socket: Path | None, role: str, author: str, *, json_: bool) -> None:
    """Print a link that signs you in: once, within five minutes.

    Of several workspaces the console shows all; `--workspace` says to which the link leads.
    """
    body = {"by": author, "role": role, "workspace": asked_workspace()}
    found = Gateway.first(config, socket).post("/-/console/links", body)
    if json_:
        print_json(found)
        return
    click.echo(found["url"])
    click.echo(f"Signs in {author} ({role}), once, within five minutes.", err=True)
