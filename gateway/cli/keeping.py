"""What setting up leaves behind: secrets in files of their own, the rest in the settings file."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

import click

from gateway.cli.exits import Exit, end
from gateway.cli.secrets import make_private_folder, write_private


def settings_file(config: Path | None) -> Path:
    """Find the settings file. Ends with 3 when there is none to keep anything beside."""
    from gateway.settings import places  # noqa: PLC0415 - heavy

    file = places(config).file
    if file is None or not file.is_file():
        end(Exit.CONFIGURATION, "There is no gateway.toml here. Begin with `gateway init`.")
    return file


def keep_secrets(file: Path, section: str, given: Mapping[str, str]) -> None:
    """Write each secret into a file of its own, where the gateway looks for it."""
    from gateway.settings import SECRETS_FOLDER, places  # noqa: PLC0415 - heavy

    folder = places(file).secrets or file.parent / SECRETS_FOLDER
    make_private_folder(folder)
    for name, secret in given.items():
        write_private(folder / f"{section}__{name}", secret)
        click.echo(folder / f"{section}__{name}")


def set_plainly(file: Path, section: str, values: Mapping[str, str]) -> None:
    """Set plain values in the settings file, which keeps its comments and everything else."""
    text = file.read_text(encoding="utf-8")
    for key, value in values.items():
        text = _with(text, section, key, f"{key} = {json.dumps(value)}")
    read = tomllib.loads(text)
    if not values.items() <= read.get(section, {}).items():
        lines = "\n".join(f"  {key} = {json.dumps(value)}" for key, value in values.items())
        end(Exit.CONFIGURATION, f"Write this into {file} under [{section}]:\n{lines}")
    file.write_text(text, encoding="utf-8")
    click.echo(file)


def _with(text: str, section: str, key: str, line: str) -> str:
    """Put a line under a table's head, in place of what the key said before."""
    lines, head = text.splitlines(), f"[{section}]"
    if head not in lines:
        return f"{text.rstrip()}\n\n{head}\n{line}\n"
    start = lines.index(head) + 1
    ends = (n for n in range(start, len(lines)) if lines[n].startswith("["))
    inside = lines[start : next(ends, len(lines))]
    kept = [each for each in inside if each.partition("=")[0].strip() != key]
    return "\n".join([*lines[:start], line, *kept, *lines[start + len(inside) :]]) + "\n"
