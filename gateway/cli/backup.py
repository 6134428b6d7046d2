"""`gateway backup`: copies of the database, and back."""

import asyncio
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.control import Gateway, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit, end
from gateway.cli.workspaces import control_meant, names_workspace, the_one

_CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file (TOML)."
)


@click.group()
def backup() -> None:
    """Back the database up while the gateway runs, and put a backup in its place."""


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@finds_gateway
@as_json
def create(file: Path, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Have the running gateway write a copy of its database to FILE.

    The copy is of one moment, checked, and holds no key: tokens in it are encrypted. Exits 1 when
    nothing was written; PostgreSQL is backed up by its own tools, and says so.
    """
    gateway = Gateway.find(config, socket)
    made = gateway.post("/-/backup", {"file": str(file.absolute())})
    if json_:
        print_json(made)
        return
    click.echo(f"{made['file']}: {made['bytes']} bytes, of {made['taken_at']}")
    if made["key_file"]:
        click.echo(
            f"Keep {made['key_file']} as well, apart from it: people who linked themselves would "
            "have to do so again without it.",
            err=True,
        )


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_CONFIG
@names_workspace
@click.option("--replace", is_flag=True, help="Set the database that is there aside.")
def restore(file: Path, config: Path | None, *, replace: bool) -> None:
    """Put a backup in the database's place, while no gateway runs.

    The next `gateway run` sends nothing before it has looked on the pager for everything that was
    open in the backup; then it says so and goes on. Exits 1 when nothing was changed.
    """
    from adapters.storage import StorageError, inspection  # noqa: PLC0415 - heavy
    from gateway.system import SystemClock  # noqa: PLC0415 - heavy

    url = _database(config)
    try:
        taken_at = inspection.restore(url, file, SystemClock().now(), replace=replace)
    except StorageError as error:
        end(Exit.NEGATIVE, str(error))
    except OSError as error:
        end(Exit.NEGATIVE, f"{file} was not restored: {error.strerror or error}.")
    click.echo(f"Restored, as of {taken_at.isoformat()}. Start it: gateway run")


@backup.command()
@_CONFIG
@names_workspace
@click.option(
    "--taken-at",
    required=True,
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]),
    help="When the dump was begun, such as 2026-11-21T03:00:00+0000.",
)
def restored(config: Path | None, taken_at: datetime) -> None:
    """Say that the database's own tools have just restored it (pg_restore).

    Do so before any gateway starts: what was open in the dump may have been sent since.
    """
    from adapters.storage import StorageError, inspection  # noqa: PLC0415 - heavy
    from gateway.domain.errors import StoreUnavailableError  # noqa: PLC0415 - heavy

    try:
        asyncio.run(inspection.mark_restored(_database(config), taken_at))
    except StorageError as error:
        end(Exit.NEGATIVE, str(error))
    except StoreUnavailableError:
        end(Exit.UNREACHABLE, "The database of `database.url` is away.")
    click.echo("The next start looks for what was sent since. Start it: gateway run")


def _database(config: Path | None) -> str:
    return the_one(control_meant(config)).database.url
