"""Installing the app: the page that asks a person for consent and sends them back."""

import html
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from yarl import URL

from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.wire import SlackError

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Install {app}</title>
<link rel="stylesheet" href="/_sim/static/style.css"></head>
<body><main><h1>{app} wants to join {team}</h1><p>It asks for:</p><ul>{scopes}</ul>
<form method="post"><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Cancel</button></form></main></body></html>
"""


@dataclass(frozen=True)
class Application:
    """What an app asks for in its install link."""

    scopes: frozenset[str]
    redirect_uri: str
    state: str


class ConsentPage:
    """Answers `{url}/oauth/v2/authorize`."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def show(self, request: web.Request) -> web.Response:
        """Ask the person."""
        try:
            wish = self._wish(request)
        except SlackError as error:
            return _refusal(error)
        workspace = self._slack.workspace
        page = PAGE.format(
            app=html.escape(workspace.app.name),
            team=html.escape(workspace.team_name),
            scopes="".join(f"<li>{html.escape(scope)}</li>" for scope in sorted(wish.scopes)),
        )
        # A browser applies form-action to where the answer to the form redirects, too.
        back = URL(wish.redirect_uri).origin()
        policy = f"default-src 'none'; style-src 'self'; form-action 'self' {back}"
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def decide(self, request: web.Request) -> web.Response:
        """Send the person back with a code, or with `access_denied`."""
        try:
            wish = self._wish(request)
            form = await request.post()
        except SlackError as error:
            return _refusal(error)
        query = {"state": wish.state}
        if form.get("decision") == "allow":
            user = request.query.get("user") or self._first_member()
            query["code"] = self._slack.consent.code(wish.scopes, user, wish.redirect_uri)
        else:
            query["error"] = "access_denied"
        back = URL(wish.redirect_uri).update_query(query)
        return web.Response(status=302, headers={"Location": str(back)})

    def _wish(self, request: web.Request) -> Application:
        """Check the link before showing or doing anything.

        Raises:
            SlackError: `invalid_client_id`, `bad_redirect_uri`, `invalid_scope`.
        """
        query, app = request.query, self._slack.workspace.app
        if query.get("client_id") != self._slack.config.client_id:
            raise SlackError("invalid_client_id")
        redirect_uri = query.get("redirect_uri") or next(iter(app.redirect_urls), "")
        allowed = app.redirect_urls or (redirect_uri,)
        if not _is_web(redirect_uri) or not any(_covers(one, redirect_uri) for one in allowed):
            raise SlackError("bad_redirect_uri")
        wanted = frozenset(one for one in query.get("scope", "").split(",") if one)
        if not wanted or not wanted.issubset(app.scopes):
            raise SlackError("invalid_scope")
        return Application(wanted, redirect_uri, query.get("state", ""))

    def _first_member(self) -> str:
        users = self._slack.workspace.users.values()
        return next(one.id for one in users if not (one.is_bot or one.is_stranger))


def _is_web(address: str) -> bool:
    try:
        url = URL(address)
    except ValueError:
        return False
    return url.scheme in {"http", "https"} and url.host is not None


def _covers(registered: str, asked: str) -> bool:
    """A registered URL covers itself and what lies below its path."""
    return asked == registered or asked.startswith(registered.rstrip("/") + "/")


def _refusal(error: SlackError) -> web.Response:
    return web.Response(status=400, text=f"This link cannot be used: {error.code}.")
