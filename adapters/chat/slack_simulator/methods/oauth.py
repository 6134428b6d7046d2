"""`oauth.v2.access`: a code, or a refresh token, for a token."""

from typing import Final

from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.tokens import ACCESS_S
from adapters.chat.slack_simulator.wire import Json, SlackError


def access(call: Call) -> Json:
    """Exchange a code (single use, ten minutes) or a refresh token (single use)."""
    config, args = call.slack.config, call.args
    if args.maybe("client_id") != config.client_id:
        raise SlackError("invalid_client_id")
    if args.maybe("client_secret") != call.slack.client_secret:
        raise SlackError("bad_client_secret")
    app = call.slack.workspace.app
    if args.maybe("grant_type") == "refresh_token":
        scopes = call.slack.tokens.spend_refresh(args.maybe("refresh_token") or "")
        return _answer(call, scopes, user=None, rotating=True)
    code = call.slack.consent.spend(args.maybe("code") or "", args.maybe("redirect_uri"))
    return _answer(call, code.scopes, user=code.user, rotating=app.token_rotation)


def _answer(call: Call, scopes: frozenset[str], user: str | None, *, rotating: bool) -> Json:
    workspace, app = call.slack.workspace, call.slack.workspace.app
    token, refresh = call.slack.tokens.issue(scopes, rotating=rotating)
    answer: Json = {
        "app_id": app.id,
        "authed_user": {"id": user} if user else {},
        "scope": ",".join(sorted(scopes)),
        "token_type": "bot",
        "access_token": token,
        "bot_user_id": app.bot_user_id,
        "team": {"id": workspace.team_id, "name": workspace.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if refresh is None:
        return answer
    return answer | {"refresh_token": refresh, "expires_in": int(ACCESS_S)}


METHODS: Final = (Method("oauth.v2.access", access, "special", takes="none"),)
