"""`gateway db`: look at the database's schema, and bring it up to date."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from gateway.cli.exits import Exit

T = TypeVar("T")

_CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file (TOML)."
)
_URL = click.option("--url", help="Address of the database, instead of the settings' one.")


@click.group()
def db() -> None:
    """The database's schema. Exits 4 when the database cannot be reached."""


@db.command()
@_CONFIG
@_URL
def upgrade(config: Path | None, url: str | None) -> None:
    """Bring the schema up to date. The gateway may go on running on PostgreSQL meanwhile."""
    from adapters.storage import inspection  # noqa: PLC0415 - heavy

    before, after = _run(inspection.upgrade(_address(config, url)))
    click.echo(f"already at {after}" if before == after else f"{before or 'empty'} → {after}")


@db.command()
@_CONFIG
@_URL
def current(config: Path | None, url: str | None) -> None:
    """Print the schema's revision, and how it stands to this program."""
    from adapters.storage import inspection  # noqa: PLC0415 - heavy

    found = _run(inspection.inspect(_address(config, url)))
    click.echo(f"{found.revision or 'none'} ({found.state})")


@db.command()
@_CONFIG
@_URL
def check(config: Path | None, url: str | None) -> None:
    """Exit 0 when the gateway can run on this database, 1 when something is to be done first."""
    from adapters.storage import inspection  # noqa: PLC0415 - heavy
    from adapters.storage.revision import SchemaState  # noqa: PLC0415 - heavy

    found = _run(inspection.inspect(_address(config, url)))
    if found.damage:
        _fail(Exit.NEGATIVE, f"damaged: {found.damage}; restore the last backup beside it")
    if found.state in {SchemaState.EMPTY, SchemaState.BEHIND}:
        _fail(
            Exit.NEGATIVE, f"schema {found.revision or 'none'} ({found.state}): gateway db upgrade"
        )
    click.echo(f"schema {found.revision} ({found.state}), no damage found")


def _address(config: Path | None, url: str | None) -> str:
    if url is not None:
        return url
    from gateway.settings import ConfigurationError, load_settings  # noqa: PLC0415 - heavy

    try:
        return load_settings(config).database.url
    except ConfigurationError as error:
        _fail(Exit.CONFIGURATION, "\n".join(map(str, error.problems)))


def _run(call: Coroutine[Any, Any, T]) -> T:
    from adapters.storage import StorageError  # noqa: PLC0415 - heavy
    from gateway.domain.errors import StoreUnavailableError  # noqa: PLC0415 - heavy

    try:
        return asyncio.run(call)
    except StoreUnavailableError:
        _fail(Exit.UNREACHABLE, "nobody answers at the database's address")
    except StorageError as error:
        _fail(Exit.NEGATIVE, str(error))


def _fail(code: Exit, words: str) -> NoReturn:
    click.echo(words, err=True)
    sys.exit(code)
