"""`gateway version`: what runs here."""

import platform

import click

from gateway import __version__
from gateway.cli.control import as_json, print_json


@click.command()
@as_json
def version(*, json_: bool) -> None:
    """Tell the version of the gateway, of Python and of this system."""
    python, system = platform.python_version(), platform.platform(terse=True)
    if json_:
        print_json({"version": __version__, "python": python, "system": system})
    else:
        click.echo(f"gateway {__version__} (Python {python}, {system})")
