"""`gateway alerts …`: what came of alerts."""

import sys
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit
from gateway.cli.tables import print_table

_COLUMNS = (
    "ingested",
    "paged",
    "digested",
    "suppressed",
    "duplicate",
    "ignored",
    "malformed",
    "waiting",
    "unaccounted",
)


@click.group()
def alerts() -> None:
    """Tell what came of alerts."""


@alerts.command("sum")
@click.option("--source", default="", help="Only what this source said.")
@click.option("--since", default="1h", show_default=True, help="5m, 1h, 2d, or a time with zone.")
@finds_gateway
@as_json
def sum_(source: str, since: str, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Add up what every source said and what became of it.

    ingested = paged + digested + suppressed + duplicate + ignored + malformed + waiting. Exits 1
    when alerts are unaccounted for.
    """
    query = {"since": since} | ({"source": source} if source else {})
    found = Gateway.find(config, socket).get("/-/storms", query)
    if json_:
        print_json(found)
    else:
        heads = ("SOURCE", *(column.upper() for column in _COLUMNS))
        rows = [(s["source"], *(str(s[each]) for each in _COLUMNS)) for s in found["sources"]]
        print_table(heads, rows)
        click.echo(_line(found), err=True)
    closes = all(each["unaccounted"] == 0 for each in found["sources"])
    sys.exit(Exit.OK if closes else Exit.NEGATIVE)


@alerts.command()
@finds_gateway
@as_json
def heartbeats(config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """List the sources that have to be heard: when each was, and until when it has time.

    Exits 1 when one is silent.
    """
    found = Gateway.find(config, socket).get("/-/heartbeats")
    if json_:
        print_json(found)
    else:
        rows = [(each["source"], each["state"], *_times(each)) for each in found["heartbeats"]]
        print_table(("SOURCE", "STATE", "LAST HEARD", "SILENT SINCE", "DUE BY"), rows)
    is_silent = any(each["state"] == "silent" for each in found["heartbeats"])
    sys.exit(Exit.NEGATIVE if is_silent else Exit.OK)


def _times(heartbeat: Json) -> tuple[str, ...]:
    return tuple(str(heartbeat[each] or "-") for each in ("last_at", "lost_at", "due_at"))


def _line(found: Json) -> str:
    """Say it in one line; not for programs, so not on standard output."""
    came = sum(each["ingested"] for each in found["sources"])
    lost = sum(each["unaccounted"] for each in found["sources"])
    return f"{_count(came, 'alert')} → {_count(found['pages'], 'page')}, {lost:,} unaccounted"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
