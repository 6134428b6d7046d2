"""`gateway healthcheck`: whether the gateway takes work; for containers, which have no curl."""

import socket as sockets
import sys
from contextlib import closing
from http.client import HTTPConnection
from json import loads
from pathlib import Path

import click

from gateway.cli.control import Gateway, finds_gateway
from gateway.cli.exits import Exit

_PATIENCE_S = 4.0


class _UnixConnection(HTTPConnection):
    """Speaks HTTP over a file; the standard library alone starts in no time."""

    def __init__(self, path: Path) -> None:
        super().__init__("gateway", timeout=_PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the file."""
        self.sock = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        self.sock.settimeout(_PATIENCE_S)
        self.sock.connect(str(self._path))


@click.command()
@finds_gateway
def healthcheck(config: Path | None, socket: Path | None) -> None:
    """Exit 0 when the gateway takes work, 1 when it does not, 4 when none answers within 4 s.

    A vendor that is away is no reason to fail: pages queue, and people are told so.
    """
    try:
        with closing(_UnixConnection(Gateway.all(config, socket)[0].socket)) as connection:
            connection.request("GET", "/-/status")
            ready = loads(connection.getresponse().read())["ready"]
    except (OSError, ValueError, KeyError) as error:
        click.echo(f"no answer: {error}", err=True)
        sys.exit(Exit.UNREACHABLE)
    click.echo("ready" if ready else "not ready")
    sys.exit(Exit.OK if ready else Exit.NEGATIVE)
