"""`gateway demo`: everything on this computer, nothing to set up."""

import asyncio
import os
import socket
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import __version__
from gateway.cli.exits import Exit

if TYPE_CHECKING:
    from gateway.demo.world import World

_HOST = "127.0.0.1"
_USUAL_PORT = 8080
_TRIES = 20


@click.command()
@click.option("--check", is_flag=True, help="Play every scenario headless; exit 0 or 1.")
@click.option("--open/--no-open", "browse", default=True, help="Open the page in a browser.")
@click.option("--port", type=click.IntRange(0, 65535), help="Fix the page's port.")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Keep the state in a folder."
)
def demo(*, check: bool, browse: bool, port: int | None, data: Path | None) -> None:
    """Try everything: a Slack workspace, pager phones and the gateway between them."""
    from gateway.logs import set_up_logs  # noqa: PLC0415 - heavy

    set_up_logs("error" if check else "warning", json=False)
    asked = _USUAL_PORT if port is None else port
    chosen = asked if port is not None else _free_port(asked)
    failed = asyncio.run(_check(data) if check else _show(chosen, data, browse=browse))
    sys.exit(Exit.NEGATIVE if failed else Exit.OK)


def _free_port(first: int) -> int:
    """Find the usual port or the next free one, before anything is started."""
    for port in range(first, first + _TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            if port != first:
                click.echo(f"Port {first} is taken; using {port}.", err=True)
            return port
    return 0


async def _check(data: Path | None) -> int:
    from gateway.demo.check import check as play_all  # noqa: PLC0415 - heavy
    from gateway.demo.world import DemoOptions, running_world  # noqa: PLC0415 - heavy

    async with running_world(DemoOptions(data=data)) as world:
        return await play_all(world, click.echo)


async def _show(port: int, data: Path | None, *, browse: bool) -> int:
    from gateway.bootstrap.process import stop_signal  # noqa: PLC0415 - heavy
    from gateway.demo.page import demo_page  # noqa: PLC0415 - heavy
    from gateway.demo.world import DemoOptions, running_world  # noqa: PLC0415 - heavy

    origin = f"http://{_HOST}:{port}"
    async with (
        running_world(DemoOptions(data=data, origin=origin)) as world,
        demo_page(world, _HOST, port) as url,
    ):
        _greet(url, world, data)
        if browse and _has_desktop():
            webbrowser.open(f"{url}/demo")
        await stop_signal()
    return 0


def _greet(url: str, world: "World", data: Path | None) -> None:
    company = world.gateway.directory.current.snapshot
    size = f"{len(company.extensions)} extensions, {len(company.departments)} departments"
    kept = f"in {data}" if data else "gone at the end (keep it with --data ./demo-data)"
    click.echo(
        f"Gateway {__version__} · demo (everything is simulated; nothing leaves your computer)\n\n"
        f"  Demo page     {url}/demo\n"
        f"  Console       {url}/console  signed in by one-time link\n"
        f"  Slack         {world.slack.url}  simulated, workspace Acme\n"
        f"  RingCentral   {world.pager.url}  simulated, {size}\n"
        f"  Data          {kept}\n"
        f"  Programs      {world.programs.url}  token {world.programs.token}\n"
        f"  Commands      gateway status --socket {world.gateway.control}\n\n"
        "  Try: /page dba Disk is 95% full on db-7\n"
        "  Ctrl-C ends it.\n"
    )


def _has_desktop() -> bool:
    """Whether opening a browser would please anybody: a terminal, no SSH, no CI."""
    remote = {"SSH_CONNECTION", "SSH_TTY", "CI"} & set(os.environ)  # noqa: TID251 - not a setting
    return sys.stdout.isatty() and not remote
