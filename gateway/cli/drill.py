"""`gateway drill`: page a department to see who answers."""

import sys
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, ask, finds_gateway, print_json, says_who
from gateway.cli.exits import Exit
from gateway.cli.tables import print_table

_LOOK_EVERY_S = 2.0
_OVER = frozenset({"refused", "cancelled"})


@click.command()
@click.argument("department")
@click.option(
    "--minutes",
    default=5,
    show_default=True,
    type=click.IntRange(1, 120),
    help="How long to wait for answers.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@says_who
@finds_gateway
@as_json
def drill(
    *,
    department: str,
    minutes: int,
    author: str,
    config: Path | None,
    socket: Path | None,
    yes: bool,
    json_: bool,
) -> None:
    """Page DEPARTMENT with a drill, which says that nothing is wrong, and tell who answers.

    Any answer on the pager counts. Exits 0 when everybody answered in time, 5 when some did, 1 when
    nobody did or the page was refused, 4 when no gateway runs.
    """
    ask(f"Page everybody in {department} with a drill?", yes=yes)
    gateway = Gateway.find(config, socket)
    found = _watched(gateway, _begun(gateway, department, minutes, author), minutes)
    if json_:
        print_json(found)
    else:
        print_table(("EXTENSION", "NAME", "ANSWERED"), [_row(each) for each in found["people"]])
        click.echo(_summary(found), err=True)
    sys.exit(_exit(found))


def _begun(gateway: Gateway, department: str, minutes: int, author: str) -> Json:
    from gateway.system import SystemIds  # noqa: PLC0415 - heavy

    body: dict[str, object] = {"to": department, "minutes": minutes, "by": author}
    begun: Json = gateway.post("/-/drills", body, {"Idempotency-Key": SystemIds().draft()})
    click.echo(f"{begun['ref']}: waiting for {len(begun['people'])} people.", err=True)
    return begun


def _watched(gateway: Gateway, begun: Json, minutes: int) -> Json:
    """Look until everybody answered, or time is up."""
    import asyncio  # noqa: PLC0415 - only to wait

    from gateway.system import SystemClock  # noqa: PLC0415 - heavy

    clock = SystemClock()
    until, found = clock.monotonic() + minutes * 60, begun
    while clock.monotonic() < until and not _is_over(found):
        asyncio.run(clock.sleep(_LOOK_EVERY_S))
        found = gateway.get(f"/-/drills/{begun['ref']}")
    return found


def _is_over(found: Json) -> bool:
    return found["state"] in _OVER or _answered(found) == len(found["people"])


def _answered(found: Json) -> int:
    return sum(each["answered_at"] is not None for each in found["people"])


def _row(person: Json) -> tuple[str, str, str]:
    return person["extension"], person["name"], person["answered_at"] or "-"


def _summary(found: Json) -> str:
    if found["state"] in _OVER:
        return f"The page was {found['state']}: gateway why {found['ref']}"
    return f"{_answered(found)} of {len(found['people'])} answered."


def _exit(found: Json) -> Exit:
    answered = _answered(found)
    if answered == len(found["people"]) and answered:
        return Exit.OK
    return Exit.PARTIAL if answered else Exit.NEGATIVE
