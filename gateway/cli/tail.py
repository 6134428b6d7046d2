"""`gateway tail`: what happens in the running gateway, as it happens."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway
from gateway.cli.exits import Exit, end
from gateway.cli.unix_http import Query

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

    Of several workspaces all are followed, and each event says `workspace`.

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
        asyncio.run(_followed(Gateway.all(config, socket), query, see))
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    end(Exit.UNREACHABLE, "The gateway ended.")


async def _followed(gateways: Sequence[Gateway], query: Query, see: Callable[[Json], None]) -> None:
    """Follow all at once, until the last one ends.

    All in one run: between two of them a Ctrl-C can be lost.
    """
    import aiohttp  # noqa: PLC0415 - heavy

    several = len(gateways) > 1

    async def follow(gateway: Gateway) -> bool:
        whose = {"workspace": gateway.workspace} if several else {}
        try:
            await gateway.follow("/-/events", query, lambda seen: see({**seen, **whose}))
            answered = True
        except BrokenPipeError:
            raise  # standard output's: whoever read it has left
        except TimeoutError:
            answered = False
            if not several:
                gateway.hangs()
        except (aiohttp.ClientError, OSError):
            answered = False
        if several:
            more = " any more" if answered else ""
            click.echo(f"Workspace {gateway.workspace} says nothing{more}.", err=True)
        return answered

    if not any(await asyncio.gather(*map(follow, gateways))):
        gateways[0].not_there()


def _readable(seen: Json) -> str:
    facts = (f"{name}={value}" for name, value in seen.items() if name not in _TOLD_FIRST)
    return f"{seen['at']} {seen['level']:<7} {seen['event']} {' '.join(facts)}".rstrip()


_TOLD_FIRST = frozenset({"at", "level", "event"})
