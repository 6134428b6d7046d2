"""SLACK: tokens, scopes and channels that do not do."""

import pytest

from gateway.demo.world import free_port
from tests.doctor.office import Office


async def test_a_wrong_bot_token(office: Office) -> None:
    """Slack's code is told, and where the right one is."""
    office.hides("slack__bot_token", "xoxb-of-another-app")
    found = await office.examined()
    found.failed("slack.bot_token_wrong", "invalid_auth", "OAuth & Permissions")


async def test_a_bot_token_that_was_revoked(office: Office) -> None:
    """Somebody took the app out of the workspace."""
    office.slack.slack.tokens.end_all("token_revoked")
    found = await office.examined()
    found.failed("slack.bot_token_dead", "token_revoked", "gateway setup slack")


async def test_a_token_of_another_kind(office: Office) -> None:
    """The app-level token stands beside it and looks alike."""
    office.hides("slack__bot_token", office.slack.app_token)
    found = await office.examined()
    found.failed("slack.bot_token_kind", "another kind", "xoxb-")


@pytest.mark.parametrize(("scope", "level"), [("chat:write", "fail"), ("reactions:write", "warn")])
async def test_a_scope_that_is_missing(office: Office, scope: str, level: str) -> None:
    """It is named with what does not work; one without which nothing works is a failure."""
    tokens, bot = office.slack.slack.tokens, office.slack.bot_token
    held = tokens.grant(bot).scopes - {scope}
    token, _ = tokens.issue(held, rotating=False)
    office.hides("slack__bot_token", token)
    finding = (await office.examined()).one("slack.scope_missing")
    assert finding.level.value == level
    assert f"the scope {scope} is missing" in finding.what
    assert "install it to the workspace again" in finding.fix


async def test_a_wrong_app_level_token(office: Office) -> None:
    """In Socket Mode nothing would ever be heard."""
    office.tables["slack"]["mode"] = "socket"
    office.hides("slack__app_token", office.slack.bot_token)
    found = await office.examined()
    found.failed("slack.app_token_wrong", "not_allowed_token_type", "connections:write")
    office.hides("slack__app_token", office.slack.app_token)
    assert (await office.examined()).report.healthy


async def test_something_else_as_signing_secret(office: Office) -> None:
    """The client secret stands beside it on the page."""
    office.hides("slack__signing_secret", "not-thirty-two-digits")
    found = await office.examined()
    found.warned("slack.signing_secret_odd", "32 digits", "Basic Information")


async def test_a_channel_that_does_not_exist(office: Office) -> None:
    """Operators would be told nowhere."""
    office.tables["slack"]["ops_channel"] = "C0NOWHERE"
    found = await office.examined()
    found.failed("slack.channel_unknown", "slack.ops_channel", "/invite @Pager")


async def test_a_channel_without_the_app(office: Office) -> None:
    """The app has to be invited."""
    office.tables["slack"]["lobby_channel"] = "C0OPS"
    channel = office.slack.slack.channel("C0OPS")
    channel.members.remove(office.slack.slack.workspace.app.bot_user_id)
    found = await office.examined()
    found.failed("slack.channel_not_joined", "not in #ops", "/invite @Pager in #ops")


async def test_a_channel_that_is_archived(office: Office) -> None:
    """Nobody reads there any more."""
    office.tables["slack"]["ops_channel"] = "C0OPS"
    assert (await office.examined()).one("slack.channel").what.endswith("in #ops")
    office.slack.slack.channel("C0OPS").is_archived = True
    found = await office.examined()
    found.failed("slack.channel_closed", "#ops is archived", "another channel")


async def test_slack_that_cannot_be_reached(office: Office) -> None:
    """A firewall, or an address of the past."""
    office.tables["slack"]["api_url"] = f"http://127.0.0.1:{free_port()}/api/"
    found = await office.examined()
    found.failed("slack.unreachable", "nobody answers", "slack.proxy")


async def test_a_channel_that_cannot_be_asked_about(office: Office) -> None:
    """For want of a scope; that one is named, too."""
    tokens, bot = office.slack.slack.tokens, office.slack.bot_token
    held = tokens.grant(bot).scopes - {"channels:read", "groups:read", "im:read", "mpim:read"}
    token, _ = tokens.issue(held, rotating=False)
    office.hides("slack__bot_token", token)
    office.tables["slack"]["ops_channel"] = "C0OPS"
    found = await office.examined()
    found.warned("slack.channel_unclear", "missing_scope", "install it to the workspace again")
