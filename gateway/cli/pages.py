"""`gateway pages`: how pages stand; take one back."""

from pathlib import Path

import click

from gateway.cli.control import Gateway, as_json, finds_gateway, print_json, says_who
from gateway.cli.tables import print_table


@click.group()
def pages() -> None:
    """Tell how pages stand, without what they say. Exits 4 when no gateway runs."""


@pages.command(name="list")
@finds_gateway
@as_json
@click.option("--state", default="", help="Only those that stand so, such as held or waiting.")
@click.option("--limit", default=50, show_default=True, help="How many, the newest first.")
def list_(config: Path | None, socket: Path | None, state: str, limit: int, *, json_: bool) -> None:
    """List pages, the newest first."""
    query = {"state": state, "limit": str(limit)}
    found = Gateway.find(config, socket).get("/-/book", query)
    if json_:
        print_json(found)
        return
    heads = ("REF", "STATE", "AUTHOR", "TO", "CREATED", "REASON")
    rows = [
        (p["ref"], p["state"], p["author_name"], ",".join(p["to"]), p["created_at"], p["reason"])
        for p in found["pages"]
    ]
    print_table(heads, rows)


@pages.command()
@click.argument("ref")
@finds_gateway
@as_json
def show(ref: str, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Show one page and everything that is or was sent for it; `gateway why REF` explains it."""
    path = f"/-/book/{ref}"
    found = Gateway.knowing(config, socket, path).get(path)
    if json_:
        print_json(found)
        return
    page = found["page"] | {"to": ",".join(found["page"]["to"])}
    print_table(("WHAT", "HOW"), [(name, str(value or "")) for name, value in page.items()])
    columns = ("id", "kind", "state", "attempts", "reason", "due_at")
    rows = [[str(each[name]) for name in columns] for each in found["deliveries"]]
    print_table([name.upper() for name in columns], rows)


@pages.command()
@click.argument("ref")
@says_who
@finds_gateway
@as_json
def cancel(ref: str, author: str, config: Path | None, socket: Path | None, *, json_: bool) -> None:
    """Take a page back that was not sent yet. Exits 1 when it is too late."""
    path = f"/-/book/{ref}"
    found = Gateway.knowing(config, socket, path).post(f"{path}/cancel", {"by": author})
    if json_:
        print_json(found)
    else:
        click.echo(f"{ref} is cancelled. Nobody was paged.")
