"""`auth.test`, `apps.*`, `api.test`: the app about itself."""

from typing import Final

from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.orders import uninstall
from adapters.chat.slack_simulator.wire import Json, SlackError


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


METHODS: Final = (
    Method("auth.test", auth_test, "special"),
    Method("api.test", api_test, "tier_4", takes="none"),
    Method("apps.connections.open", open_connection, "tier_3", ("connections:write",), takes="app"),
    Method("apps.uninstall", uninstall_app, "tier_1"),
)
