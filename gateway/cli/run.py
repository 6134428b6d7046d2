"""`gateway run`: the service in the foreground."""

import asyncio
import sys
from pathlib import Path

import click

from gateway.cli.exits import Exit


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file (TOML). Without one, GATEWAY_… variables and defaults decide.",
)
def run(config: Path | None) -> None:
    """Run the service until SIGTERM or Ctrl-C; the first one drains, a second one ends at once."""
    from adapters.alerts.authentication.keyring import KeyringError  # noqa: PLC0415 - heavy
    from adapters.listening import SocketPathError  # noqa: PLC0415 - heavy
    from adapters.registry import UnknownPersonError  # noqa: PLC0415 - heavy
    from adapters.storage import StorageError  # noqa: PLC0415 - heavy
    from gateway.bootstrap.house import UnknownWorkspaceError  # noqa: PLC0415 - heavy
    from gateway.bootstrap.process import serve  # noqa: PLC0415 - heavy
    from gateway.bootstrap.tls import TlsError  # noqa: PLC0415 - heavy
    from gateway.bootstrap.tracing import NoOpenTelemetryError  # noqa: PLC0415 - heavy
    from gateway.domain.errors import StoreUnavailableError  # noqa: PLC0415 - heavy
    from gateway.logs import set_up_logs  # noqa: PLC0415 - heavy
    from gateway.routes.problems import RoutesError  # noqa: PLC0415 - heavy
    from gateway.settings import ConfigurationError, load_settings  # noqa: PLC0415 - heavy

    try:
        settings = load_settings(config)
    except ConfigurationError as error:
        click.echo("These settings cannot be used:", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(Exit.CONFIGURATION)
    set_up_logs(settings.log.level, json=settings.log.json_lines)
    code = int(Exit.OK)
    try:
        code = asyncio.run(serve(settings))
    except* (
        StorageError,
        UnknownPersonError,
        KeyringError,
        RoutesError,
        SocketPathError,
        TlsError,
        NoOpenTelemetryError,
    ) as problem:
        _explain(problem)
        code = Exit.CONFIGURATION
    except* StoreUnavailableError:
        click.echo("The gateway cannot run: the database of `database.url` is away.", err=True)
        code = Exit.UNREACHABLE
    except* (UnknownWorkspaceError, OSError) as problem:
        _explain(problem)
        code = Exit.UNREACHABLE
    sys.exit(code)


def _explain(problem: BaseExceptionGroup[Exception]) -> None:
    for error in problem.exceptions:
        if isinstance(error, BaseExceptionGroup):
            _explain(error)
        else:
            click.echo(f"The gateway cannot run: {error}", err=True)
