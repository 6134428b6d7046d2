"""SLACK: tokens, scopes and channels."""

import re
from collections.abc import Callable

from adapters.chat.slack import asking
from adapters.chat.slack.scopes import WHY
from adapters.chat.slack.settings import SlackSettings
from adapters.chat.slack.survey import SlackSurvey
from gateway.doctor.findings import Finding, Findings, fail, ok, warn
from gateway.settings import Settings

Check = Callable[[SlackSurvey, SlackSettings], Findings]

_NEEDED = frozenset({"commands", "chat:write", "im:write", "users:read"})
"""Without these nobody can page, or be answered; without the others something is missing."""

_SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
_REINSTALL = (
    "On https://api.slack.com/apps open the app, paste `gateway manifest print` under App Manifest,"
    " and install it to the workspace again."
)
_COPY_IT = (
    "Copy the Bot User OAuth Token from the app's OAuth & Permissions page and run `gateway setup "
    "slack`."
)


def bot_token(survey: SlackSurvey, settings: SlackSettings) -> Findings:
    """See whether Slack knows the bot token, and which workspace it is for."""
    url = settings.api_url
    match survey.bot.error:
        case asking.UNREACHABLE:
            yield fail(
                "slack.unreachable",
                f"nobody answers at {url}",
                "Let this machine make HTTPS calls there, or set slack.proxy or slack.api_url.",
            )
        case "":
            said = survey.bot.body
            who = f"{said.get('user', 'the app')} of workspace {said.get('team', '?')}"
            yield ok("slack.bot_token", f"the bot token works: {who}")
        case "account_inactive" | "token_revoked" | "token_expired" as code:
            yield fail(
                "slack.bot_token_dead", f"the bot token is no longer good ({code})", _COPY_IT
            )
        case "not_allowed_token_type" as code:
            yield fail(
                "slack.bot_token_kind",
                f"slack.bot_token is a token of another kind ({code})",
                "It begins with xoxb-. " + _COPY_IT,
            )
        case code:
            yield fail("slack.bot_token_wrong", f"Slack refuses the bot token ({code})", _COPY_IT)


def scopes(survey: SlackSurvey, _: SlackSettings) -> Findings:
    """Name each scope that the app was not given, with what does not work without it."""
    if survey.bot.error or not survey.bot.scopes:
        return
    missing = [scope for scope in WHY if scope not in survey.bot.scopes]
    for scope in missing:
        say = fail if scope in _NEEDED else warn
        yield say("slack.scope_missing", f"the scope {scope} is missing: {WHY[scope]}", _REINSTALL)
    if not missing:
        yield ok("slack.scopes", f"all {len(WHY)} scopes are there")


def app_token(survey: SlackSurvey, _: SlackSettings) -> Findings:
    """See whether Socket Mode can be used, where it is wanted."""
    if survey.app is None:
        return
    if not survey.app.error:
        yield ok("slack.app_token", "the app-level token works: Socket Mode can be used")
        return
    fix = (
        "Make an app-level token with connections:write on the app's Basic Information page, "
        "switch Socket Mode on, and run `gateway setup slack`."
    )
    what = f"Slack refuses the app-level token ({survey.app.error})"
    yield fail("slack.app_token_wrong", what, fix)


def signing_secret(_: SlackSurvey, settings: SlackSettings) -> Findings:
    """See whether the signing secret can be one; whether it is the app's shows in NETWORK."""
    if settings.mode != "http":
        return
    if not any(map(_SIGNING_SECRET.fullmatch, settings.secrets())):
        yield warn(
            "slack.signing_secret_odd",
            "slack.signing_secret does not look like one: they are 32 digits from 0 to f",
            "Copy the Signing Secret from the app's Basic Information page and run `gateway setup "
            "slack`.",
        )


def channels(survey: SlackSurvey, settings: SlackSettings) -> Findings:
    """See whether the channels of the settings exist, and whether the app is in them."""
    for name in ("ops_channel", "lobby_channel"):
        channel = getattr(settings, name)
        reply = survey.channels.get(channel)
        if reply is not None:
            yield from _channel(f"slack.{name}", channel, reply.error, dict(reply.body))


def _channel(setting: str, channel: str, error: str, body: dict[str, object]) -> Findings:
    found = body.get("channel")
    about = found if isinstance(found, dict) else {}
    name = f"#{about.get('name', channel)}"
    if error == "channel_not_found":
        yield fail(
            "slack.channel_unknown",
            f"{setting}: there is no channel {channel}, or it is private and the app is not in it",
            "Take the id from the channel's details in Slack, and say /invite @Pager in it.",
        )
    elif error:
        yield warn("slack.channel_unclear", f"{setting}: Slack does not tell ({error})", _REINSTALL)
    elif about.get("is_archived"):
        yield fail(
            "slack.channel_closed", f"{setting}: {name} is archived", "Name another channel."
        )
    elif about.get("is_member") is False:
        yield fail(
            "slack.channel_not_joined",
            f"{setting}: the app is not in {name}",
            f"Say /invite @Pager in {name}.",
        )
    else:
        yield ok("slack.channel", f"{setting}: the app is in {name}")


CHECKS: tuple[Check, ...] = (bot_token, scopes, app_token, signing_secret, channels)


def examine(survey: SlackSurvey, settings: Settings) -> tuple[Finding, ...]:
    """Look at everything at Slack; a token that comes by installing is the gateway's alone."""
    if settings.workspaces.installs and not settings.slack.bot_token.get_secret_value():
        what = "no slack.bot_token: it comes when the workspace installs the app"
        return (ok("slack.installs", what),)
    return tuple(found for check in CHECKS for found in check(survey, settings.slack))
