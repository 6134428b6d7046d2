"""`gateway pause` and `gateway resume`: keep the gateway from sending to the pager for a while."""

from pathlib import Path

import click

from gateway.cli.control import Gateway, as_json, finds_gateway, print_json, says_who


@click.command()
@finds_gateway
@as_json
@says_who
def pause(config: Path | None, socket: Path | None, author: str, *, json_: bool) -> None:
    """Send nothing to the pager until somebody resumes, from no replica. Exits 4 when none runs.

    Pages are taken as ever, and their authors read that they wait; what waits for too long is given
    up, and its author told.
    """
    found = Gateway.find(config, socket).post("/-/pause", {"by": author})
    if json_:
        print_json(found)
        return
    paused = found["paused"]
    click.echo(f"Paused by {paused['by']} since {paused['since']}.")
    click.echo("`gateway resume` goes on.", err=True)


@click.command()
@finds_gateway
@as_json
@says_who
def resume(config: Path | None, socket: Path | None, author: str, *, json_: bool) -> None:
    """Go on sending; what waits is tried within seconds. Exits 4 when none runs."""
    found = Gateway.find(config, socket).post("/-/resume", {"by": author})
    if json_:
        print_json(found)
    else:
        click.echo("Sending goes on.")
