"""`gateway config`: look at settings before they matter."""

import sys
from pathlib import Path

import click

from gateway.cli.exits import Exit


@click.group()
def config() -> None:
    """Check and show settings."""


@config.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check settings files, with the environment and the routes they name.

    Exits 0 when all are usable and 3 with every problem otherwise.
    """
    from gateway.bootstrap.tls import TlsError, tls_context  # noqa: PLC0415 - heavy
    from gateway.routes.problems import RoutesError  # noqa: PLC0415 - heavy
    from gateway.routes.reading import load_routes  # noqa: PLC0415 - heavy
    from gateway.settings import ConfigurationError, load_settings  # noqa: PLC0415 - heavy

    failed = False
    for file in files:
        try:
            settings = load_settings(file)
            tls_context(settings.server)
            if routes := settings.routing.file:
                load_routes(routes)
        except RoutesError as error:
            failed = True
            click.echo(str(error), err=True)
        except TlsError as error:
            failed = True
            click.echo(f"{file}: {error}", err=True)
        except ConfigurationError as error:
            failed = True
            for problem in error.problems:
                click.echo(f"{file}: {problem}", err=True)
        else:
            click.echo(f"{file}: ok")
    sys.exit(Exit.CONFIGURATION if failed else Exit.OK)


@config.command()
def example() -> None:
    """Print a settings file with every setting, its default and what it is for."""
    from gateway.cli.example import example_toml  # noqa: PLC0415 - heavy

    click.echo(example_toml(), nl=False)
