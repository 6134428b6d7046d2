"""`gateway send`: page somebody through the running gateway."""

import sys
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit
from gateway.cli.tables import print_table

_GOING_ON = frozenset({"sending", "waiting", "unsure"})
_LOOK_EVERY_S = 0.5


@click.command()
@click.argument("who")
@click.argument("text")
@click.option("--split", is_flag=True, help="Let a long text go out as several pager messages.")
@click.option("--wait", is_flag=True, help="Wait until it is sent, refused, or somebody decides.")
@click.option("--key", help="Send once for this key, however often the command is repeated.")
@finds_gateway
@as_json
def send(
    *,
    who: str,
    text: str,
    split: bool,
    wait: bool,
    key: str | None,
    config: Path | None,
    socket: Path | None,
    json_: bool,
) -> None:
    """Page WHO: names, numbers, departments or aliases, with commas between them.

    TEXT as - is read from standard input, where no list of processes shows it. Exits 0 when the
    page is accepted (with --wait: sent), 1 when it is not, 4 when no gateway runs.
    """
    said = sys.stdin.read() if text == "-" else text
    body: dict[str, object] = {
        "to": [name.strip() for name in who.split(",")],
        "text": said,
        "split": split,
    }
    gateway = Gateway.find(config, socket)
    page = gateway.post("/-/pages", body, {"Idempotency-Key": key or _fresh_key()})
    if wait:
        page = _outcome(gateway, page["ref"])
    if json_:
        print_json(page)
    else:
        print_table(("REF", "STATE", "HOW"), [(page["ref"], page["state"], _how(page))])
    sys.exit(Exit.NEGATIVE if page["state"] not in {*_GOING_ON, "sent"} else Exit.OK)


def _outcome(gateway: Gateway, ref: str) -> Json:
    """Look until nothing more happens by itself."""
    import asyncio  # noqa: PLC0415 - only to wait

    from gateway.system import SystemClock  # noqa: PLC0415 - heavy

    clock = SystemClock()
    while True:
        page = gateway.get(f"/-/pages/{ref}")
        if page["state"] not in _GOING_ON:
            return page
        asyncio.run(clock.sleep(_LOOK_EVERY_S))


def _fresh_key() -> str:
    from gateway.system import SystemIds  # noqa: PLC0415 - heavy

    return SystemIds().draft()


def _how(page: Json) -> str:
    return " ".join(filter(None, (page.get("message"), page.get("next"))))
