"""Secrets are never arguments: a list of processes shows those to everybody on the machine."""

import os
import sys
from pathlib import Path

import click

from gateway.cli.exits import Exit, end


def ask_secret(what: str, file: Path | None = None) -> str:
    """Take a secret: from a file, hidden from a terminal, or the next line of standard input."""
    if file is not None:
        given = _read(file)
    elif sys.stdin.isatty():
        given = click.prompt(what, hide_input=True, err=True)
    else:
        given = sys.stdin.readline()
    secret = str(given).strip()
    if not secret:
        end(Exit.USAGE, f"{what}: nothing was given. Type it, pipe it in, or name a file.")
    return secret


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        end(Exit.USAGE, f"{file} cannot be read: {error}")


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can look into; one that is there stays as it is."""
    folder.mkdir(mode=0o700, exist_ok=True)


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    made = file.with_name(f".{file.name}.new")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as writer:
        os.fchmod(writer.fileno(), 0o600)
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())
    made.replace(file)
