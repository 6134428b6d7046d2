"""`gateway audit`: who did what, and whether the trail is as it was written."""

import sys
from pathlib import Path

import click

from gateway.cli.control import Gateway, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit
from gateway.cli.tables import print_table

_FLAWS = {
    "altered": "it was changed, or something before it was",
    "missing": "it is not there",
    "beyond": "the gateway did not write it",
    "not_the_anchored": "it is not the one the anchor was taken of",
}


@click.group()
def audit() -> None:
    """Tell what people and operators did. Exits 4 when no gateway runs."""


@audit.command("list")
@finds_gateway
@as_json
@click.option("--ref", default="", help="Only what was done to this page, alert or silence.")
@click.option("--limit", default=50, show_default=True, help="How many, the newest first.")
def list_(config: Path | None, socket: Path | None, ref: str, limit: int, *, json_: bool) -> None:
    """List who did what, when and from where, the newest first."""
    found = Gateway.find(config, socket).get("/-/audit", {"ref": ref, "limit": str(limit)})
    if json_:
        print_json(found)
        return
    columns = ("number", "at", "who", "origin", "act", "ref")
    rows = [[str(record[name]) for name in columns] for record in found["records"]]
    print_table([name.upper() for name in columns], rows)


@audit.command()
@finds_gateway
@as_json
@click.option(
    "--anchor",
    default="",
    metavar="NUMBER:SEAL",
    help="Hold it against this copy of its end, from a log line `audit.anchored`.",
)
def verify(config: Path | None, socket: Path | None, anchor: str, *, json_: bool) -> None:
    """Follow every record; exit 1 and name the first bad one if the trail is not whole.

    Without an anchor, somebody who may write every table could cut off the end or write all of it
    anew; the log, or a copy of it elsewhere, is what they cannot reach.
    """
    query = {"anchor": anchor} if anchor else {}
    found = Gateway.find(config, socket).get("/-/audit/verification", query)
    broken = found["broken"]
    if json_:
        print_json(found)
    elif broken:
        click.echo(f"record {broken['number']}: {_FLAWS[broken['flaw']]}", err=True)
    else:
        click.echo(f"whole: {found['followed']} records, ends at {_end(found['head'])}")
    sys.exit(Exit.NEGATIVE if broken else Exit.OK)


def _end(head: dict[str, object]) -> str:
    return f"{head['number']}:{head['seal']}"
