"""Tables: aligned under their heads for eyes, plain tab-separated lines for everything else."""

import sys
from collections.abc import Sequence
from itertools import zip_longest

import click

_GAP = "  "


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows to standard output; heads and alignment only on a terminal."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(map(_one_line, row)))
        return
    shown = [tuple(heads), *(tuple(map(_one_line, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip_longest(*shown, fillvalue="")]
    for row in shown:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        click.echo(_GAP.join(cells).rstrip())


def _one_line(cell: str) -> str:
    return " ".join(cell.split())
