"""`gateway probe`: how soon an accepted page shows up on the pager."""

import asyncio
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.control import as_json, print_json
from gateway.cli.exits import Exit, end
from gateway.cli.workspaces import names_workspace, settings_meant, the_one

if TYPE_CHECKING:
    from adapters.registry import RingCentralBackend

_LEAST_S = 5.0
_MARGIN = 3
"""A busy day is slower than the moment in which somebody measures."""


@click.command()
@click.argument("extension")
@click.option("--times", default=5, show_default=True, type=click.IntRange(1, 20), help="Pages.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file (TOML); without one, gateway.toml here and GATEWAY_… variables.",
)
@names_workspace
@as_json
def probe(extension: str, times: int, config: Path | None, *, yes: bool, json_: bool) -> None:
    """Send test pages to EXTENSION and measure when each shows up in the sender's mailbox.

    Proposes `delivery.visible_after_s`: after a lost answer, a page that has not shown up by then
    is sent again. Exits 1 when a page is refused or never shows up, 4 when nobody answers.
    """
    backend = _ringcentral(config)
    _ask(f"Send {times} test pages to extension {extension}?", yes=yes)
    lags = asyncio.run(_measured(backend, extension, times))
    proposed = proposal(lags)
    if json_:
        print_json({"seconds": lags, "visible_after_s": proposed})
    else:
        click.echo(f"[delivery]\nvisible_after_s = {proposed}")
        click.echo("Put this into the settings and start the gateway again.", err=True)


def proposal(lags: Sequence[float]) -> float:
    """Leave a margin above the slowest; a little too long only delays, too short repeats pages."""
    return max(_LEAST_S, float(math.ceil(max(lags) * _MARGIN)))


def _ringcentral(config: Path | None) -> "RingCentralBackend":
    from adapters.registry import EmbeddedBackend  # noqa: PLC0415 - heavy

    backend = the_one(settings_meant(config)).pager
    if isinstance(backend, EmbeddedBackend):
        end(Exit.CONFIGURATION, "The pager is our own, and shows pages at once. Nothing to probe.")
    return backend


def _ask(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Say --yes.")
    click.confirm(question, abort=True, err=True)


async def _measured(backend: "RingCentralBackend", to: str, times: int) -> list[float]:
    """Measure, telling each as it comes. Ends the command when one is refused or stays away."""
    from adapters.pager.ringcentral.asking import UNREACHABLE  # noqa: PLC0415 - heavy
    from adapters.pager.ringcentral.probing import LONGEST_S, Seen  # noqa: PLC0415 - heavy
    from adapters.pager.ringcentral.probing import probe as probing  # noqa: PLC0415 - heavy
    from gateway.system import SystemClock, SystemIds  # noqa: PLC0415 - heavy

    ref = SystemIds().ref("pr")
    texts = tuple(f"Test {n} of {times} ({ref}): nothing to do." for n in range(1, times + 1))
    lags: list[float] = []
    async for seen in probing(backend, to, texts, SystemClock()):
        match seen:
            case Seen(after_s=float() as seconds):
                lags.append(round(seconds, 1))
                click.echo(f"{len(lags)} of {times}: visible after {seconds:.1f} s", err=True)
            case Seen():
                end(Exit.NEGATIVE, f"A page was accepted and not visible after {LONGEST_S:.0f} s.")
            case refusal if refusal.status == UNREACHABLE:
                end(Exit.UNREACHABLE, f"Nobody answers at {backend.server_url}.")
            case refusal:
                end(
                    Exit.NEGATIVE,
                    f"RingCentral refused ({refusal.code or refusal.status}, trace "
                    f"{refusal.trace}). Run `gateway doctor`.",
                )
    return lags
