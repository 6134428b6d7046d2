"""`gateway run`: the service in the foreground."""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.exits import Exit

if TYPE_CHECKING:
    from gateway.settings import Settings


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file (TOML); without one, gateway.toml here and GATEWAY_… variables.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Everything live, but the pager is sent nothing, and the chat says so.",
)
@click.option(
    "--pager",
    type=click.Choice(["embedded"]),
    help="Slack as it is, with a company pager of our own in RingCentral's place.",
)
@click.option("--migrate", is_flag=True, help="Bring the database up to date first.")
def run(config: Path | None, pager: str | None, *, dry_run: bool, migrate: bool) -> None:
    """Run the service until SIGTERM or Ctrl-C; the first one drains, a second one ends at once.

    A dry run, and one with a pager of our own in RingCentral's place, keep what happens in a
    database of their own beside the real one.
    """
    with _staying():
        first, others = _read(config, pager, dry_run=dry_run, migrate=migrate)
    sys.exit(_serve(first, others, dry_run=dry_run))


@contextmanager
def _staying() -> Iterator[None]:
    """Look for no garbage in what is made in the block, now or ever: it stays until the end.

    Modules mostly; going over them again and again takes a quarter of a start. What the start makes
    of them is left out by `serve`.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _read(
    config: Path | None, pager: str | None, *, dry_run: bool, migrate: bool
) -> "tuple[Settings, tuple[Settings, ...]]":
    """Import the service, and read the settings of all workspaces. Ends with 3 if they are bad."""
    from gateway.bootstrap.rehearsing import with_its_own_pager  # noqa: PLC0415 - heavy
    from gateway.logs import set_up_logs  # noqa: PLC0415 - heavy
    from gateway.settings import (  # noqa: PLC0415 - heavy
        ConfigurationError,
        load_settings,
        load_workspaces,
    )

    try:
        first = _adapted(load_settings(config), pager, dry_run=dry_run, migrate=migrate)
        others = load_workspaces(first)
    except ConfigurationError as error:
        click.echo("These settings cannot be used:", err=True)
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(Exit.CONFIGURATION)
    set_up_logs(first.log.level, json=first.log.json_lines)
    return first, tuple(map(with_its_own_pager, others)) if pager else others


def _serve(first: "Settings", others: "tuple[Settings, ...]", *, dry_run: bool) -> int:
    """Serve until it is ended; tell in words what keeps it from that. Gives the exit code."""
    from adapters.alerts.authentication.keyring import KeyringError  # noqa: PLC0415 - heavy
    from adapters.listening import SlowParserError, SocketPathError  # noqa: PLC0415 - heavy
    from adapters.registry import UnknownPersonError  # noqa: PLC0415 - heavy
    from adapters.storage import StorageError  # noqa: PLC0415 - heavy
    from gateway.bootstrap import Seams  # noqa: PLC0415 - heavy
    from gateway.bootstrap.house import UnknownWorkspaceError  # noqa: PLC0415 - heavy
    from gateway.bootstrap.process import serve  # noqa: PLC0415 - heavy
    from gateway.bootstrap.tls import TlsError  # noqa: PLC0415 - heavy
    from gateway.bootstrap.tracing import NoOpenTelemetryError  # noqa: PLC0415 - heavy
    from gateway.domain.errors import StoreUnavailableError  # noqa: PLC0415 - heavy
    from gateway.routes.problems import RoutesError  # noqa: PLC0415 - heavy

    code = int(Exit.OK)
    try:
        code = asyncio.run(serve(first, Seams(dry_run=dry_run), others))
    except* (
        StorageError,
        UnknownPersonError,
        KeyringError,
        RoutesError,
        SlowParserError,
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
    return code


def _adapted(
    settings: "Settings", pager: str | None, *, dry_run: bool, migrate: bool
) -> "Settings":
    """Change what was said on the command line, for this run only."""
    from gateway.bootstrap.rehearsing import with_own_pager, without_sending  # noqa: PLC0415 - heavy

    if migrate:
        database = settings.database.model_copy(update={"migrate": True})
        settings = settings.model_copy(update={"database": database})
    if dry_run:
        click.echo("Dry run: the pager is sent nothing.", err=True)
        settings = without_sending(settings)
    return with_own_pager(settings) if pager else settings


def _explain(problem: BaseExceptionGroup[Exception]) -> None:
    for error in problem.exceptions:
        if isinstance(error, BaseExceptionGroup):
            _explain(error)
        else:
            click.echo(f"The gateway cannot run: {error}", err=True)
