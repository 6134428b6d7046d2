"""`gateway silences`: mute alerts for a while, see what is muted, end it."""

from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json, says_who
from gateway.cli.tables import print_table

_FOR = click.option("--for", "lasts", required=True, help="How long from now: 30m, 2h, 1d.")


@click.group()
def silences() -> None:
    """Mute alerts for a while. Exits 1 when something is refused, 4 when no gateway runs."""


@silences.command()
@click.argument("matchers", nargs=-1, required=True, metavar="MATCHER…")
@_FOR
@click.option("--comment", required=True, help="Why, for everybody who wonders.")
@says_who
@click.option("--start", help="When it begins, as 2026-12-24T22:00:00+01:00; now if left out.")
@finds_gateway
@as_json
def add(
    *,
    matchers: tuple[str, ...],
    lasts: str,
    comment: str,
    author: str,
    start: str | None,
    config: Path | None,
    socket: Path | None,
    json_: bool,
) -> None:
    """Mute alerts that meet every MATCHER: alertname=DiskFull, 'host=~"db-.*"', team!=web."""
    body: dict[str, object] = {"matchers": matchers, "author": author, "comment": comment}
    body |= {"for": lasts} | ({"starts_at": start} if start else {})
    _show(Gateway.find(config, socket).post("/-/silences", body), json_=json_)


@silences.command(name="list")
@click.option("--ended", is_flag=True, help="Those that ended in the last 30 days, too.")
@finds_gateway
@as_json
def list_(config: Path | None, socket: Path | None, *, ended: bool, json_: bool) -> None:
    """List silences, the first to end first."""
    query = {"ended": "1"} if ended else None
    found = Gateway.find(config, socket).get("/-/silences", query)
    if json_:
        print_json(found)
    else:
        heads = ("ID", "STATE", "ENDS", "AUTHOR", "MATCHERS", "COMMENT")
        print_table(heads, [_row(each) for each in found["silences"]])


@silences.command()
@click.argument("id_", metavar="ID")
@_FOR
@says_who
@finds_gateway
@as_json
def extend(
    id_: str, lasts: str, author: str, config: Path | None, socket: Path | None, *, json_: bool
) -> None:
    """Let a silence end that much later than now; sooner than before is possible, too."""
    path, body = f"/-/silences/{id_}", {"by": author, "for": lasts}
    gateway = Gateway.knowing(config, socket, path)
    _show(gateway.post(f"{path}/extend", body), json_=json_)


@silences.command()
@click.argument("id_", metavar="ID")
@says_who
@finds_gateway
@as_json
def expire(id_: str, author: str, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """End a silence now; what still fires is told at once."""
    path = f"/-/silences/{id_}"
    gateway = Gateway.knowing(config, socket, path)
    _show(gateway.post(f"{path}/expire", {"by": author}), json_=json_)


def _show(found: Json, *, json_: bool) -> None:
    silence = found["silence"]
    if json_:
        print_json(silence)
    else:
        verb = "ended" if silence["state"] == "expired" else "until"
        click.echo(f"{silence['id']} {verb} {silence['ends_at']}")


def _row(silence: Json) -> tuple[str, ...]:
    return (
        silence["id"],
        silence["state"],
        silence["ends_at"],
        silence["author"],
        ", ".join(silence["matchers"]),
        silence["comment"],
    )
