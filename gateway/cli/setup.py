"""`gateway setup`: connect Slack and RingCentral; what was given is tried before it is kept."""

import asyncio
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import click

from gateway.cli.doctor import colourful, shown
from gateway.cli.exits import Exit, end
from gateway.cli.keeping import keep_secrets, set_plainly, settings_file
from gateway.cli.manifest import app_settings, our_manifest
from gateway.cli.secrets import ask_secret

if TYPE_CHECKING:
    from adapters.chat.slack import SlackSettings
    from adapters.pager.ringcentral import RingCentralSettings
    from gateway.doctor.findings import Finding
    from gateway.settings import AppSettings

_FILE = click.Path(path_type=Path, dir_okay=False)
_CONFIG = click.option("--config", type=_FILE, help="Settings file (TOML), as `init` wrote it.")
_NEW_APP = "https://developers.ringcentral.com/new-app?"


@click.group()
def setup() -> None:
    """Connect Slack and RingCentral.

    Secrets are typed hidden, piped in line by line in the order of the questions, or read from
    files; never given as arguments.
    """


@setup.command()
@_CONFIG
@click.option("--api-url", help="Another Web API than Slack's: GovSlack's, or a local workspace's.")
@click.option("--bot-token-file", type=_FILE, help="File with the bot token.")
@click.option("--signing-secret-file", type=_FILE, help="File with the signing secret.")
@click.option("--app-token-file", type=_FILE, help="File with the app-level token (Socket Mode).")
def slack(
    config: Path | None,
    api_url: str | None,
    bot_token_file: Path | None,
    signing_secret_file: Path | None,
    app_token_file: Path | None,
) -> None:
    """Make the Slack app with one link, then hand over its tokens.

    Exits 1 and keeps nothing when Slack does not take them.
    """
    from gateway.settings import LOOPBACK  # noqa: PLC0415 - heavy

    file = settings_file(config)
    known = app_settings(file)
    url = api_url or known.slack.api_url
    if urlsplit(url).hostname not in LOOPBACK:
        _explain_slack(known)
    given = {"bot_token": ask_secret("Bot User OAuth Token (xoxb-…)", bot_token_file)}
    if known.slack.mode == "socket":
        given["app_token"] = ask_secret("App-Level Token (xapp-…)", app_token_file)
    else:
        given["signing_secret"] = ask_secret("Signing Secret", signing_secret_file)
    _tell(asyncio.run(_slack_says(_slack_settings(known, url, given))))
    if api_url:
        set_plainly(file, "slack", {"api_url": api_url})
    keep_secrets(file, "slack", given)
    click.echo("Next: gateway setup ringcentral, or gateway doctor and gateway run", err=True)


def _explain_slack(known: "AppSettings") -> None:
    from adapters.chat.slack.manifest import link  # noqa: PLC0415 - heavy

    socket = known.slack.mode == "socket"
    if not socket and known.public_url is None:
        end(
            Exit.CONFIGURATION,
            "Slack has to be told where it reaches us. Set server.public_url in the settings file "
            '(https://…), or slack.mode to "socket" if there is no public address.',
        )
    third = (
        "Basic Information: make an app-level token with connections:write"
        if socket
        else "Basic Information: show the Signing Secret"
    )
    click.echo(
        "1. Open this link, choose the workspace, press Create, then Install to Workspace:\n\n"
        f"   {link(our_manifest(known))}\n\n"
        "2. OAuth & Permissions: copy the Bot User OAuth Token.\n"
        f"3. {third}.\n"
        "4. Event Subscriptions: switch Delayed Events on; Slack then keeps trying for a day. Once "
        "the\n   gateway runs, press Retry there if Slack says that the address is not verified.\n",
        err=True,
    )


def _slack_settings(known: "AppSettings", url: str, given: Mapping[str, str]) -> "SlackSettings":
    from pydantic import ValidationError  # noqa: PLC0415 - heavy

    from adapters.chat.slack import SlackSettings  # noqa: PLC0415 - heavy

    way = {"mode": known.slack.mode, "api_url": url, "proxy": known.slack.proxy}
    try:
        return SlackSettings.model_validate({**way, **given})
    except ValidationError as error:
        end(Exit.CONFIGURATION, f"slack.api_url: {error.errors()[0]['msg']}")


async def _slack_says(settings: "SlackSettings") -> "list[Finding]":
    from adapters.chat.slack.survey import survey_slack  # noqa: PLC0415 - heavy
    from gateway.doctor.slack import CHECKS  # noqa: PLC0415 - heavy
    from gateway.system import SystemClock  # noqa: PLC0415 - heavy

    survey = await survey_slack(settings, SystemClock())
    return [finding for check in CHECKS for finding in check(survey, settings)]


@setup.command()
@_CONFIG
@click.option("--client-id", help="The app's client id; asked for without it.")
@click.option("--server-url", help="Another server than RingCentral's, such as `gateway pager`.")
@click.option("--client-secret-file", type=_FILE, help="File with the app's client secret.")
@click.option("--jwt-file", type=_FILE, help="File with the shared sender's JWT credential.")
def ringcentral(
    config: Path | None,
    client_id: str | None,
    server_url: str | None,
    client_secret_file: Path | None,
    jwt_file: Path | None,
) -> None:
    """Make the RingCentral app with one link, then hand over the shared sender's credential.

    The shared sender sends for people who are not linked: an extension of its own, a person and
    never a department. Exits 1 and keeps nothing when RingCentral does not take it.
    """
    from gateway.doctor import examine_network  # noqa: PLC0415 - heavy
    from gateway.settings import LOOPBACK  # noqa: PLC0415 - heavy

    file = settings_file(config)
    known = app_settings(file)
    if urlsplit(server_url or known.pager.server_url).hostname not in LOOPBACK:
        _explain_ringcentral(known)
    named = client_id or known.pager.client_id or _ask("Client id")
    given = {
        "client_secret": ask_secret("Client secret", client_secret_file),
        "jwt": ask_secret("JWT credential of the shared sender", jwt_file),
    }
    public = {"client_id": named, **({"server_url": server_url} if server_url else {})}
    settings = _ringcentral_settings(known, {**public, **given})
    _tell(asyncio.run(_ringcentral_says(settings)))
    set_plainly(file, "pager", public)
    keep_secrets(file, "pager", given)
    _show(asyncio.run(examine_network(file)))
    click.echo("Next: gateway doctor, then gateway run --dry-run", err=True)


def _explain_ringcentral(known: "AppSettings") -> None:
    from adapters.pager.ringcentral.survey import PERMISSIONS, SCOPES  # noqa: PLC0415 - heavy

    url = known.pager.public_url or known.server.public_url
    wished = {
        "name": "Pager Gateway",
        "desc": "Pages between Slack and RingCentral",
        "public": "false",
        "type": "ServerOther",
        "permissions": ",".join(SCOPES),
        "redirectUri": f"{url}/ringcentral/oauth/callback" if url else "",
    }
    click.echo(
        "1. Open this link, choose JWT auth flow, and press Create:\n\n"
        f"   {_NEW_APP}{urlencode(wished)}\n\n"
        "2. Choose the shared sender: an extension of its own, a person and never a department,\n"
        f"   whose role has {' and '.join(PERMISSIONS)}.\n"
        "3. Sign in to the developer console as the sender; under Credentials make a JWT for the "
        "app.\n",
        err=True,
    )


def _ringcentral_settings(known: "AppSettings", given: Mapping[str, str]) -> "RingCentralSettings":
    from pydantic import ValidationError  # noqa: PLC0415 - heavy

    from adapters.pager.ringcentral import RingCentralSettings  # noqa: PLC0415 - heavy

    url = known.pager.public_url or known.server.public_url
    values = {"server_url": known.pager.server_url, "public_url": url, **given}
    try:
        return RingCentralSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        end(Exit.CONFIGURATION, f"pager.{'.'.join(map(str, first['loc']))}: {first['msg']}")


async def _ringcentral_says(settings: "RingCentralSettings") -> "list[Finding]":
    from adapters.pager.ringcentral.survey import survey_ringcentral  # noqa: PLC0415 - heavy
    from gateway.doctor.ringcentral import CHECKS  # noqa: PLC0415 - heavy
    from gateway.system import SystemClock  # noqa: PLC0415 - heavy

    clock = SystemClock()
    survey = await survey_ringcentral(settings, clock)
    return [finding for check in CHECKS for finding in check(survey, settings, clock)]


def _tell(findings: "Iterable[Finding]") -> None:
    """Show what was found; ends with 1 when something failed."""
    listed = list(findings)
    _show(listed)
    if any(finding.level.value == "fail" for finding in listed):
        end(Exit.NEGATIVE, "Not finished: mend this and run the command again.")


def _show(findings: "Iterable[Finding]") -> None:
    for finding in findings:
        click.echo("\n".join(shown(finding)), err=True, color=colourful(sys.stderr))


def _ask(what: str) -> str:
    """Ask for something that is no secret."""
    if sys.stdin.isatty():
        return str(click.prompt(what, err=True))
    answer = sys.stdin.readline().strip()
    if not answer:
        end(Exit.USAGE, f"{what}: nothing was given.")
    return answer
