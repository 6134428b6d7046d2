"""`gateway config`: look at settings before they matter."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.exits import Exit

if TYPE_CHECKING:
    from gateway.routes.reading import LoadedRoutes
    from gateway.settings import Settings


@click.group()
def config() -> None:
    """Check and show settings."""


@config.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check settings files, with the environment, certificates and routes they name.

    Exits 0 when all are usable and 3 with every problem otherwise. Names that are paged but that
    nobody has are pointed out, where the company's directory is a file; where it is RingCentral's,
    `gateway reload --try` asks a gateway that runs.
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
                _point_out(settings, load_routes(routes))
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


def _point_out(settings: "Settings", loaded: "LoadedRoutes") -> None:
    """Say which names nobody has; people come and go, so they do not make a file unusable."""
    from adapters.registry import EmbeddedBackend, read_company  # noqa: PLC0415 - heavy
    from gateway.domain.directory import Directory  # noqa: PLC0415 - heavy
    from gateway.routes.keeping import unknown_names  # noqa: PLC0415 - heavy
    from gateway.services.roster import Roster  # noqa: PLC0415 - heavy
    from gateway.system import SystemClock  # noqa: PLC0415 - heavy

    if not isinstance(settings.pager, EmbeddedBackend):
        return
    clock = SystemClock()
    with suppress(OSError, ValueError):
        company = read_company(settings.pager, clock.now())
        directory = Directory(company, Roster(clock, settings.directory.aliases))
        for problem in unknown_names(loaded, directory):
            click.echo(str(problem), err=True)


@config.command()
def example() -> None:
    """Print a settings file with every setting, its default and what it is for."""
    from gateway.cli.example import example_toml  # noqa: PLC0415 - heavy

    click.echo(example_toml(), nl=False)
