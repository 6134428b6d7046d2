"""`auth.test`, `apps.*`, `api.test`: the app about itself."""

from typing import Final

from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.wire import Json


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


METHODS: Final = (
    Method("auth.test", auth_test, "special"),
    Method("api.test", api_test, "tier_4", takes="none"),
)
