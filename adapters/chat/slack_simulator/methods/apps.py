"""`auth.*`, `apps.*`, `api.test`: the app about itself."""

from typing import Final

from adapters.chat.slack_simulator.manifest import app_settings, exported, problems
from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.orders import uninstall
from adapters.chat.slack_simulator.wire import Json, SlackError, missing
from adapters.chat.slack_simulator.workspace_file import build_app


def auth_test(call: Call) -> Json:
    """Who the token speaks for."""
    workspace = call.slack.workspace
    return {
        "url": f"{call.slack.url}/",
        "team": workspace.team_name,
        "user": workspace.app.bot_name,
        "team_id": workspace.team_id,
        "user_id": workspace.app.bot_user_id,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(call: Call) -> Json:
    """End the token that calls."""
    call.slack.tokens.end(call.grant)
    return {"revoked": True}


def api_test(_call: Call) -> Json:
    """Nothing but an answer."""
    return {}


def open_connection(call: Call) -> Json:
    """Where to open a Socket Mode connection, once."""
    address = call.slack.url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={call.slack.sockets.ticket()}"}


def uninstall_app(call: Call) -> Json:
    """The app removes itself; its client credentials prove that it may."""
    config, args = call.slack.config, call.args
    if args.maybe("client_id") != config.client_id:
        raise SlackError("invalid_client_id")
    if args.maybe("client_secret") != call.slack.client_secret:
        raise SlackError("bad_client_secret")
    uninstall(call.slack)
    return {}


def validate_manifest(call: Call) -> Json:
    """Whether Slack would take a manifest; its errors have places."""
    _manifest(call)
    return {"errors": []}


def export_manifest(call: Call) -> Json:
    """The app's manifest as it is now."""
    app = call.slack.workspace.app
    if call.args.text("app_id") != app.id:
        raise SlackError("app_not_found")
    return {"manifest": exported(app, call.slack.events_url)}


def update_app(call: Call) -> Json:
    """Give the app another manifest; what is installed keeps its scopes until installed again."""
    workspace, manifest = call.slack.workspace, _manifest(call)
    if call.args.text("app_id") != workspace.app.id:
        raise SlackError("app_not_found")
    before = workspace.app
    ids = {"id": before.id, "bot_user_id": before.bot_user_id, "bot_id": before.bot_id}
    workspace.app = build_app(app_settings(manifest) | ids)
    return {"app_id": before.id, "permissions_updated": workspace.app.scopes != before.scopes}


def _manifest(call: Call) -> Json:
    """The manifest given.

    Raises:
        SlackError: `invalid_manifest`, with what is wrong where.
    """
    manifest = call.args.mapping("manifest", "invalid_manifest")
    if manifest is None:
        raise missing("manifest")
    errors = [
        {"message": words, "pointer": place}
        for place, _, words in (problem.partition(": ") for problem in problems(manifest))
    ]
    if errors:
        raise SlackError("invalid_manifest", errors=errors)
    return manifest


METHODS: Final = (
    Method("auth.test", auth_test, "special"),
    Method("auth.revoke", auth_revoke, "tier_3"),
    Method("api.test", api_test, "tier_4", takes="none"),
    Method("apps.connections.open", open_connection, "tier_3", ("connections:write",), takes="app"),
    Method("apps.manifest.validate", validate_manifest, "tier_3", takes="config"),
    Method("apps.manifest.export", export_manifest, "tier_3", takes="config"),
    Method("apps.manifest.update", update_app, "tier_1", takes="config"),
    Method("apps.uninstall", uninstall_app, "tier_1"),
)
