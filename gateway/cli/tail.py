"""`gateway tail`: what happens in the running gateway, as it happens."""

import json
import sys
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, end, finds_gateway
from gateway.cli.exits import Exit

_LEVELS = ("debug", "info", "warning", "error")


@click.command()
@click.option("--ref", default="", help="Only about this page or alert: pg_7K2M, al_91QX.")
@click.option("--level", type=click.Choice(_LEVELS), help="Only from this level on.")
@click.option("--kind", default="", help="Only of this kind, such as delivery or page.accepted.")
@finds_gateway
@as_json
def tail(
    *, ref: str, level: str | None, kind: str, config: Path | None, socket: Path | None, json_: bool
) -> None:
    """Follow what happens in the running gateway until Ctrl-C: events as the log has them.

    Never what people wrote. The gateway waits for nobody: who reads too slowly is told what was
    missed, and has to begin anew (exit code 1). Ends with 4 when the gateway ends.
    """
    wanted = {"ref": ref, "level": level or "", "kind": kind}
    query = {name: value for name, value in wanted.items() if value}

    def see(seen: Json) -> None:
        if seen["event"] == "tail.left_behind":
            end(Exit.NEGATIVE, f"Too slow: {seen['missed']} events were missed. Begin anew.")
        if seen["event"] != "tail.ended":
            click.echo(json.dumps(seen, ensure_ascii=False) if json_ else _readable(seen))

    try:
        Gateway.find(config, socket).follow("/-/events", query, see)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    end(Exit.UNREACHABLE, "The gateway ended.")


def _readable(seen: Json) -> str:
    facts = (f"{name}={value}" for name, value in seen.items() if name not in _TOLD_FIRST)
    return f"{seen['at']} {seen['level']:<7} {seen['event']} {' '.join(facts)}".rstrip()


_TOLD_FIRST = frozenset({"at", "level", "event"})
