"""`gateway init`: files to start from."""

import json
from pathlib import Path

import click

from gateway.cli.exits import Exit, end
from gateway.cli.secrets import make_private_folder

_SETTINGS = """\
# The gateway's settings; a restart puts changes in force. Every other setting, with its default
# and what it is for: gateway config example
#
# Secrets do not stand here. Each is a file of its own in secrets/ (slack__bot_token), where
# `gateway setup` puts them; a GATEWAY_… variable counts as well.

[server]
# Put your HTTPS proxy in front of this port.
port = {port}
{public_url}

[database]
url = "sqlite:///gateway.db"

[slack]
mode = "{mode}"
# Channel id where operators are told; invite the app there.
# ops_channel = "C0…"

# Until RingCentral is named (`gateway setup ringcentral`), pages go to a company pager of our own
# with a small example company.

[routing]
file = "routes.yaml"
"""
_WITHOUT_URL = """\
# The address under which Slack and RingCentral reach us; not needed with slack.mode = "socket".
# public_url = "https://pages.example.com\""""

_ROUTES = """\
# Where alerts go; changes are in force within seconds, and a mistake keeps the routes before.
# Try them: gateway route test --config routes.yaml severity=critical
#
# Everything else that can stand here, with examples: docs/reference/routes.md

receivers:
  # Departments, people and aliases of your company, by name or number.
  - {name: on-call, page: [On-call leads]}

route:
  receiver: on-call
  group_by: [alertname]
"""


@click.command()
@click.argument(
    "folder",
    metavar="[DIR]",
    default=".",
    type=click.Path(path_type=Path, file_okay=False),
)
@click.option("--public-url", help="Where Slack and RingCentral reach us (https://…).")
@click.option("--socket-mode", is_flag=True, help="We call Slack: for want of a public address.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on.")
def init(folder: Path, public_url: str | None, port: int, *, socket_mode: bool) -> None:
    """Write gateway.toml, routes.yaml and a private folder for secrets into DIR (default: here).

    Asks nothing and overwrites nothing: files that are there end it with 1.
    """
    files = {
        folder / "gateway.toml": _settings(port, public_url, socket=socket_mode),
        folder / "routes.yaml": _ROUTES,
    }
    taken = [str(file) for file in files if file.exists()]
    if taken:
        verb = "is" if len(taken) == 1 else "are"
        end(
            Exit.NEGATIVE,
            f"{' and '.join(taken)} {verb} there already; nothing was written. Name another "
            "folder, or go on with `gateway doctor`.",
        )
    try:
        _write(folder, files)
    except OSError as error:
        end(Exit.NEGATIVE, f"Nothing could be written to {folder} ({error.strerror}).")
    for file in files:
        click.echo(file)
    click.echo(f"{folder / 'secrets'}/")
    where = "" if folder == Path() else f"cd {folder} && "
    click.echo(f"Next: {where}gateway setup slack", err=True)


def _write(folder: Path, files: dict[Path, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    make_private_folder(folder / "secrets")
    for file, text in files.items():
        with file.open("x", encoding="utf-8") as writer:
            writer.write(text)


def _settings(port: int, public_url: str | None, *, socket: bool) -> str:
    url = f"public_url = {json.dumps(public_url)}" if public_url else _WITHOUT_URL
    return _SETTINGS.format(port=port, public_url=url, mode="socket" if socket else "http")
