"""`gateway manifest`: the Slack app's manifest, fitted to these settings."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.control import as_json, print_json
from gateway.cli.exits import Exit, end

if TYPE_CHECKING:
    from adapters.chat.slack.manifest import Manifest
    from gateway.settings import AppSettings

_CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file (TOML)."
)


@click.group()
def manifest() -> None:
    """Print, judge and compare the Slack app's manifest."""


@manifest.command("print")
@_CONFIG
@as_json
def print_(config: Path | None, *, json_: bool) -> None:
    """Print the manifest for these settings: their command, public address or Socket Mode."""
    made = our_manifest(app_settings(config))
    if json_:
        print_json(made)
    else:
        _yaml().dump(made, sys.stdout)


@manifest.command()
@_CONFIG
def link(config: Path | None) -> None:
    """Print the address of Slack's page that makes the app, everything filled in."""
    from adapters.chat.slack.manifest import link as link_to  # noqa: PLC0415 - heavy

    click.echo(link_to(our_manifest(app_settings(config))))


@manifest.command()
@click.argument("file", required=False, type=click.File(encoding="utf-8"))
@_CONFIG
@as_json
def validate(file: Any, config: Path | None, *, json_: bool) -> None:
    """Judge a manifest (YAML or JSON; - reads standard input), or the one for these settings.

    Exits 0 when it is fine, 1 with everything that is wrong: lengths, addresses, and the scopes and
    events that Slack would take without a word.
    """
    from adapters.chat.slack.manifest import problems  # noqa: PLC0415 - heavy

    judged = _parsed(file) if file else our_manifest(app_settings(config))
    found = list(problems(judged))
    if json_:
        print_json({"problems": [{"place": each.place, "what": each.what} for each in found]})
    elif found:
        click.echo("\n".join(map(str, found)))
    else:
        click.echo("The manifest is fine.", err=True)
    sys.exit(Exit.NEGATIVE if found else Exit.OK)


@manifest.command()
@click.argument("app_id", metavar="APP")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with an app configuration token; without it, it is asked for.",
)
@_CONFIG
@as_json
def diff(app_id: str, token_file: Path | None, config: Path | None, *, json_: bool) -> None:
    """Tell how the live app APP (A0…) departs from the manifest for these settings.

    Needs an app configuration token, from the bottom of https://api.slack.com/apps; it lives for
    twelve hours. Exits 0 when they agree, 1 with every difference, 4 when Slack cannot be asked.
    """
    import asyncio  # noqa: PLC0415 - heavy

    from adapters.chat.slack.manifest import differences  # noqa: PLC0415 - heavy
    from gateway.cli.secrets import ask_secret  # noqa: PLC0415 - heavy

    settings = app_settings(config)
    token = ask_secret("App configuration token (xoxe.xoxp-…)", token_file)
    live = asyncio.run(_exported(settings, token, app_id))
    found = list(differences(our_manifest(settings), live))
    if json_:
        print_json({"app": app_id, "differences": found})
    elif found:
        click.echo("\n".join(found))
    else:
        click.echo(f"The app {app_id} is as the manifest says.", err=True)
    sys.exit(Exit.NEGATIVE if found else Exit.OK)


async def _exported(settings: "AppSettings", token: str, app_id: str) -> "Manifest":
    from pydantic import SecretStr  # noqa: PLC0415 - heavy

    from adapters.chat.slack.asking import UNREACHABLE, asking  # noqa: PLC0415 - heavy
    from gateway.system import SystemClock  # noqa: PLC0415 - heavy

    secret, api_url = SecretStr(token), settings.slack.api_url
    async with asking(api_url, SystemClock(), settings.slack.proxy) as asker:
        reply = await asker.ask("apps.manifest.export", secret, app_id=app_id)
    if reply.error == UNREACHABLE:
        end(Exit.UNREACHABLE, f"Slack does not answer at {api_url}.")
    if reply.error:
        end(
            Exit.NEGATIVE,
            f"Slack does not show the app {app_id} ({reply.error}). Check its id on "
            "https://api.slack.com/apps, and that the configuration token is of the same "
            "workspace and not older than twelve hours.",
        )
    live = reply.body.get("manifest")
    return live if isinstance(live, dict) else {}


def app_settings(config: Path | None) -> "AppSettings":
    """Read what is known of the app, secrets or not. Ends with 3 when that is broken."""
    from gateway.settings import ConfigurationError, load_app_settings  # noqa: PLC0415 - heavy

    try:
        return load_app_settings(config)
    except ConfigurationError as error:
        end(Exit.CONFIGURATION, str(error))


def our_manifest(settings: "AppSettings") -> "Manifest":
    """Fit the shipped manifest to the settings."""
    from adapters.chat.slack.manifest import EXAMPLE_URL, fitted  # noqa: PLC0415 - heavy
    from gateway.shipped import shipped  # noqa: PLC0415 - heavy

    with shipped("slack-manifest.yaml").open(encoding="utf-8") as file:
        template = _parsed(file)
    socket = settings.slack.mode == "socket"
    url = None if socket else settings.public_url or EXAMPLE_URL
    return fitted(template, command=settings.slack.command, public_url=url)


def _parsed(file: Any) -> "Manifest":
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - heavy

    try:
        found = _yaml().load(file)
    except (YAMLError, UnicodeDecodeError) as error:
        end(Exit.NEGATIVE, f"This is neither YAML nor JSON: {error}")
    if not isinstance(found, dict):
        end(Exit.NEGATIVE, "This is no manifest: it begins with no key.")
    return json.loads(json.dumps(found))  # type: ignore[no-any-return] # a dict stays one


def _yaml() -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy

    yaml: Any = YAML(typ="safe", pure=True)  # its attributes are typed by their defaults
    yaml.default_flow_style = False
    yaml.width = 100
    yaml.sort_base_mapping_type_on_output = False
    return yaml
