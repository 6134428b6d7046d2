"""`gateway keys`: the keys that seal tokens in the database."""

import sys
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit, end


@click.group()
def keys() -> None:
    """Make and change the keys that seal tokens in the database."""


@keys.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it there, readable by its owner only, instead of printing it.",
)
def generate(file: Path | None) -> None:
    """Make a key for vault.keys, or for a key file. Overwrites nothing."""
    from gateway.bootstrap.vault_keys import new_key  # noqa: PLC0415 - heavy
    from gateway.cli.secrets import write_private  # noqa: PLC0415 - heavy

    if file is None:
        click.echo(new_key())
        return
    if file.exists():
        end(Exit.NEGATIVE, f"{file} is there already; what it opens would be lost with it.")
    write_private(file, new_key())
    click.echo(file)


@keys.command()
@finds_gateway
@as_json
def rotate(config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Have the running gateway seal everything with a new key, while it goes on.

    Interrupted, it is gone on with by the same command. Exits 1 when it is refused, 4 when no
    gateway runs.
    """
    gateway = Gateway.find(config, socket)
    stands = gateway.post("/-/keys/rotate", {"begin": True})
    whole = stands["left"]
    while "old" not in stands:
        stands = gateway.post("/-/keys/rotate", {"begin": False})
        _progress(whole - stands["left"], whole)
    if json_:
        print_json({**stands, "sealed": whole})
    else:
        _tell(stands, whole)


def _progress(done: int, whole: int) -> None:
    """Show how far it is, for eyes only."""
    if sys.stderr.isatty() and whole:
        click.echo(f"\r{done} of {whole}", err=True, nl=done >= whole)


def _tell(stands: Json, whole: int) -> None:
    click.echo(f"{whole} secrets are sealed with key {stands['key']} now.")
    for old in stands["old"]:
        where = (
            f"It is in {old['file']}: keep" if old["file"] else "Take it out of vault.keys; keep"
        )
        click.echo(
            f"Key {old['key']} is needed by older backups only. {where} it with them, or remove it "
            "when they are gone.",
            err=True,
        )
    click.echo("Next: gateway backup create FILE", err=True)
