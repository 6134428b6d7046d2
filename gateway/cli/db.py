"""`gateway db`: look at the database's schema, and bring it up to date."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.cli.exits import Exit, end
from gateway.cli.workspaces import names_workspace, settings_meant

T = TypeVar("T")

_CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file (TOML)."
)
_URL = click.option("--url", help="Address of the database, instead of the settings' one.")


@click.group()
def db() -> None:
    """The database's schema, of every workspace that there is unless one is named.

    Exits 4 when a database cannot be reached.
    """


@db.command()
@_CONFIG
@names_workspace
@_URL
def upgrade(config: Path | None, url: str | None) -> None:
    """Bring the schema up to date. The gateway may go on running on PostgreSQL meanwhile."""
    from adapters.storage import inspection  # noqa: PLC0415 - heavy

    for whose, address in _addresses(config, url):
        before, after = _run(inspection.upgrade(address), whose)
        done = f"already at {after}" if before == after else f"{before or 'empty'} → {after}"
        click.echo(f"{whose}{done}")


@db.command()
@_CONFIG
@names_workspace
@_URL
def current(config: Path | None, url: str | None) -> None:
    """Print the schema's revision, and how it stands to this program."""
    from adapters.storage import inspection  # noqa: PLC0415 - heavy

    for whose, address in _addresses(config, url):
        found = _run(inspection.inspect(address), whose)
        click.echo(f"{whose}{found.revision or 'none'} ({found.state})")


@db.command()
@_CONFIG
@names_workspace
@_URL
def check(config: Path | None, url: str | None) -> None:
    """Exit 0 when the gateway can run on this database, 1 when something is to be done first."""
    from adapters.storage import inspection  # noqa: PLC0415 - heavy
    from adapters.storage.revision import SchemaState  # noqa: PLC0415 - heavy

    for whose, address in _addresses(config, url):
        found = _run(inspection.inspect(address), whose)
        if found.damage:
            end(Exit.NEGATIVE, f"{whose}damaged: {found.damage}; restore the last backup beside it")
        schema = f"{whose}schema {found.revision or 'none'} ({found.state})"
        if found.state in {SchemaState.EMPTY, SchemaState.BEHIND}:
            end(Exit.NEGATIVE, f"{schema}: gateway db upgrade")
        click.echo(f"{schema}, no damage found")


def _addresses(config: Path | None, url: str | None) -> list[tuple[str, str]]:
    """List the databases that are meant, each after whose it is where there are several."""
    if url is not None:
        return [("", url)]
    found = settings_meant(config)
    several = len(found) > 1
    return [(f"{team}: " if several else "", each.database.url) for team, each in found.items()]


def _run(call: Coroutine[Any, Any, T], whose: str) -> T:
    from adapters.storage import StorageError  # noqa: PLC0415 - heavy
    from gateway.domain.errors import StoreUnavailableError  # noqa: PLC0415 - heavy

    try:
        return asyncio.run(call)
    except StoreUnavailableError:
        end(Exit.UNREACHABLE, f"{whose}nobody answers at the database's address")
    except StorageError as error:
        end(Exit.NEGATIVE, f"{whose}{error}")
