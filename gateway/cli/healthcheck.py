"""`gateway healthcheck`: whether the gateway takes work; for containers, which have no curl."""

import sys
from contextlib import closing
from http.client import HTTPException
from json import loads
from pathlib import Path

import click

from gateway.cli.control import Gateway, finds_gateway
from gateway.cli.exits import Exit
from gateway.cli.unix_http import UnixConnection

_PATIENCE_S = 4.0


@click.command()
@finds_gateway
def healthcheck(config: Path | None, socket: Path | None) -> None:
    """Exit 0 when the gateway takes work, 1 when it does not, 4 when none answers within 4 s.

    A vendor that is away is no reason to fail: pages queue, and people are told so.
    """
    try:
        found = Gateway.all(config, socket)[0]
        with closing(UnixConnection(found.socket, _PATIENCE_S)) as connection:
            ready = loads(connection.ask("GET", "/-/status").read())["ready"]
    except (OSError, HTTPException, ValueError, KeyError) as error:
        click.echo(f"no answer: {error}", err=True)
        sys.exit(Exit.UNREACHABLE)
    click.echo("ready" if ready else "not ready")
    sys.exit(Exit.OK if ready else Exit.NEGATIVE)
