"""Exit codes, the same for every command."""

import sys
from enum import IntEnum
from typing import NoReturn

import click


class Exit(IntEnum):
    """What a script may rely on."""

    OK = 0
    NEGATIVE = 1
    USAGE = 2
    CONFIGURATION = 3
    UNREACHABLE = 4
    PARTIAL = 5
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done, or yes",
    Exit.NEGATIVE: "no: a negative result, or something that was refused or failed",
    Exit.USAGE: "the command was not called as it has to be",
    Exit.CONFIGURATION: "settings, routes or certificates cannot be used; all mistakes are told",
    Exit.UNREACHABLE: "the gateway, or a system it needs, does not answer",
    Exit.PARTIAL: "a part was done, and a part was not; both are told",
    Exit.INTERRUPTED: "interrupted by Ctrl-C",
}


def end(code: Exit, words: str) -> NoReturn:
    """Say why on standard error, and end the command."""
    click.echo(words, err=True)
    sys.exit(code)
