"""`gateway erase`: take a person out of the database."""

from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, ask, finds_gateway, print_json, says_who

_LEFT = """\
What is left: what stands in Slack and on the pager, which is theirs to remove; the audit trail,
which holds ids and no words; backups and logs, until they are too old."""


@click.command()
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask.")
@says_who
@finds_gateway
@as_json
def erase(
    who: str, author: str, config: Path | None, socket: Path | None, *, yes: bool, json_: bool
) -> None:
    """Take WHO, a Slack user's id or an extension, out of the database.

    Their link and tokens end; what they wrote and their names are removed. Exits 1 when nobody of
    that id or number is known, 4 when no gateway runs.
    """
    gateway = Gateway.find(config, socket)
    found = gateway.get(f"/-/people/{who}")
    ask(f"Erase {_named(found)}: {_counted(found)}?", yes=yes)
    erased = gateway.post(f"/-/people/{who}/erase", {"by": author})
    if json_:
        print_json(erased)
        return
    click.echo(f"Erased: {_counted(erased)}.")
    if count := erased["counts"]["open"]:
        click.echo(f"{count} are still to be sent. Do this again once they are.", err=True)
    click.echo(_LEFT, err=True)


def _named(found: Json) -> str:
    person = found["person"]
    ids = [each for each in (person["user"], person["extension"]) if each]
    return f"{' / '.join(person['names'])} ({', '.join(ids)})"


def _counted(found: Json) -> str:
    kinds = ("pages", "messages", "incidents", "silences", "drafts")
    return ", ".join(f"{found['counts'][kind]} {kind}" for kind in kinds)
