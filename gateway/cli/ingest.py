"""`gateway ingest`: try what an alert source would make of a body."""

import json
import sys
import tomllib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from gateway.cli.exits import Exit

if TYPE_CHECKING:  # both are heavy, and `--help` needs neither
    from adapters.alerts.registry import AlertSettings
    from gateway.ports.alerts import Parsed


@click.group()
def ingest() -> None:
    """Look at what alert sources send."""


@ingest.command()
@click.argument("source")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    envvar="GATEWAY_CONFIG",
    required=True,
    help="Settings file (TOML); only its section [alerts] is read, and no secrets.",
)
@click.option("--header", "headers", multiple=True, help="A header, as in `ce-id: A-77`.")
@click.option("--path", default="", help="The address it comes to, where that matters.")
def test(source: str, file: BinaryIO, config: Path, headers: tuple[str, ...], path: str) -> None:
    """Print the normal form of the body in FILE (`-` reads standard input). Sends nothing.

    Exits 0 when every alert in it is usable, 1 otherwise, 3 when the settings are not.
    """
    from multidict import CIMultiDict  # noqa: PLC0415 - heavy

    from adapters.alerts.registry import open_parser  # noqa: PLC0415 - heavy
    from gateway.domain.alerts import Malformed  # noqa: PLC0415 - heavy
    from gateway.ports.alerts import AlertRequest, UnreadableDeliveryError  # noqa: PLC0415 - heavy
    from gateway.system import SystemClock  # noqa: PLC0415 - heavy

    found = [each for each in _settings(config).sources if each.name == source]
    if not found:
        raise click.UsageError(f"{config} has no alert source {source!r}.")
    request = AlertRequest(
        path=path or f"/alerts/{source}",
        headers=CIMultiDict(map(_header, headers)),
        body=file.read(),
        received_at=SystemClock().now(),
    )
    try:
        parsed = open_parser(found[0]).parse(request)
    except UnreadableDeliveryError as error:
        click.echo(f"This body cannot be read: {error.why}.", err=True)
        sys.exit(Exit.NEGATIVE)
    click.echo(json.dumps(as_json(parsed), indent=2, ensure_ascii=False))
    wrong = any(isinstance(item, Malformed) for item in parsed.items)
    sys.exit(Exit.NEGATIVE if wrong else Exit.OK)


def as_json(parsed: "Parsed") -> dict[str, object]:
    """Show what was parsed as plain JSON values."""
    items = [{"is": type(item).__name__.lower(), **asdict(item)} for item in parsed.items]
    shown = json.dumps({"items": items, "omitted": parsed.omitted}, default=_moment)
    return dict(json.loads(shown))


def _moment(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _header(given: str) -> tuple[str, str]:
    name, colon, value = given.partition(":")
    if not colon:
        raise click.BadParameter(f"{given!r} is no header; write `Name: value`.")
    return name.strip(), value.strip()


def _settings(config: Path) -> "AlertSettings":
    """Read the one section that matters here: a body can be tried before Slack is set up."""
    from pydantic import ValidationError  # noqa: PLC0415 - heavy

    from adapters.alerts.registry import AlertSettings  # noqa: PLC0415 - heavy

    try:
        given = tomllib.loads(config.read_text()).get("alerts", {})
        return AlertSettings.model_validate(given)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        click.echo(f"{config}: {error}", err=True)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False, include_context=False):
            place = ".".join(map(str, ("alerts", *item["loc"])))
            click.echo(f"{config}: {place}: {item['msg']}", err=True)
    sys.exit(Exit.CONFIGURATION)
