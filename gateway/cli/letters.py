"""`gateway dead-letters`: what was refused, or waits for somebody to decide."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

import click

from gateway.cli.control import (
    Gateway,
    Json,
    as_json,
    ask,
    finds_gateway,
    print_json,
    says_who,
)
from gateway.cli.exits import Exit, end
from gateway.cli.tables import print_table

_F = TypeVar("_F", bound=Callable[..., object])

_STATE = click.option("--held", "state", flag_value="held", help="Only those that may be sent.")
_REASON = click.option("--reason", default="", help="Only those with this error code.")
_ALL = click.option("--all", "all_", is_flag=True, help="All that --held and --reason leave.")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")
_IDS = click.argument("ids", nargs=-1, type=int, metavar="[ID]…")


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Tell what could not be sent, and decide about it. Exits 4 when no gateway runs."""


@dead_letters.command(name="list")
@finds_gateway
@as_json
@_STATE
@_REASON
def list_(
    config: Path | None, socket: Path | None, state: str | None, reason: str, *, json_: bool
) -> None:
    """List dead letters, the newest first, without what they say."""
    found = _listed(Gateway.find(config, socket), state, reason)
    if json_:
        print_json({"letters": found})
        return
    columns = ("id", "ref", "state", "kind", "reason", "attempts", "created_at")
    rows = [[str(each[name]) for name in columns] for each in found]
    print_table([name.upper() for name in columns], rows)


class _Chosen(TypedDict):
    """What both ways to decide take."""

    ids: tuple[int, ...]
    config: Path | None
    socket: Path | None
    state: str | None
    reason: str
    author: str
    all_: bool
    yes: bool
    json_: bool


def _chooses(command: _F) -> _F:
    """Give a command what says which letters, and who decides."""
    for option in (says_who, _YES, _ALL, _REASON, _STATE, as_json, finds_gateway, _IDS):
        command = option(command)
    return command


@dead_letters.command()
@_chooses
def retry(**chosen: Unpack[_Chosen]) -> None:
    """Send dead letters again. Exits 0 when all are, 1 when none, 5 when some are."""
    gateway, meant = _meant(chosen)
    repeats = sum(each["may_repeat"] for each in meant)
    risk = f" {repeats} of them may have been sent already." if repeats else ""
    ask(f"Send {len(meant)} dead letters again?{risk}", yes=chosen["yes"])
    _decide(gateway, "retry", meant, {"by": chosen["author"]}, json_=chosen["json_"])


@dead_letters.command()
@_chooses
@click.option(
    "--why",
    type=click.Choice(["out_of_date", "told_otherwise", "mistake", "trial", "other"]),
    default="other",
    show_default=True,
    help="Why; it goes on record.",
)
def discard(why: str, **chosen: Unpack[_Chosen]) -> None:
    """Give dead letters up. Exits 0 when all are, 1 when none, 5 when some are."""
    gateway, meant = _meant(chosen)
    ask(f"Give {len(meant)} dead letters up for good?", yes=chosen["yes"])
    _decide(gateway, "discard", meant, {"by": chosen["author"], "why": why}, json_=chosen["json_"])


def _listed(gateway: Gateway, state: str | None, reason: str) -> list[Json]:
    found = gateway.get("/-/dead-letters", {"state": state or "", "reason": reason})
    letters: list[Json] = found["letters"]
    return letters


def _meant(chosen: _Chosen) -> tuple[Gateway, list[Json]]:
    ids, all_ = chosen["ids"], chosen["all_"]
    if all_ == bool(ids):
        raise click.UsageError("Name the letters by their ids, or say --all.")
    gateway = Gateway.find(chosen["config"], chosen["socket"])
    letters = _listed(gateway, chosen["state"], chosen["reason"])
    meant = [each for each in letters if all_ or each["id"] in ids]
    unknown = sorted({*ids} - {each["id"] for each in meant})
    if unknown:
        end(Exit.NEGATIVE, f"No such dead letters: {', '.join(map(str, unknown))}.")
    if not meant:
        end(Exit.OK, "There are no such dead letters.")
    return gateway, meant


def _decide(gateway: Gateway, deed: str, meant: list[Json], noted: Json, *, json_: bool) -> None:
    body = {"ids": [each["id"] for each in meant], **noted}
    told = gateway.post(f"/-/dead-letters/{deed}", body)
    if json_:
        print_json(told)
    else:
        counts = (f"{count} {fate}" for fate, count in told["counts"].items())
        click.echo(", ".join(counts))
    done = told["counts"].get("retried", 0) + told["counts"].get("discarded", 0)
    if done == len(meant):
        sys.exit(Exit.OK)
    sys.exit(Exit.PARTIAL if done else Exit.NEGATIVE)
