"""The app as Slack's OAuth knows it: who asks, where people consent, codes and tokens.

Slack, "Installing with OAuth": the consent page is on the host of the Web API.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlencode, urljoin

from typing_extensions import override

from adapters.chat.slack.api import SlackApi, open_session, web_client
from adapters.chat.slack.installation import Grant
from adapters.chat.slack.payload import Json, flag, number, word
from adapters.chat.slack.settings import SlackSettings
from gateway.domain.errors import ChatRefusedError
from gateway.domain.ids import ChatUserId, WorkspaceId
from gateway.ports.clock import Clock
from gateway.ports.installs import ChatApp, Installed
from gateway.ports.observer import Observer

BOT_SCOPES = (
    "commands",
    "chat:write",
    "chat:write.customize",
    "channels:history",
    "groups:history",
    "im:history",
    "mpim:history",
    "app_mentions:read",
    "files:read",
    "channels:read",
    "groups:read",
    "im:write",
    "reactions:write",
    "users:read",
    "usergroups:read",
    "metadata.message:read",
)
"""What the manifest asks for; a test compares them."""


class OAuthApp(ChatApp):
    """One app, for as many workspaces as install it."""

    def __init__(
        self, api: SlackApi, consent_page: str, credentials: dict[str, str], back: str, clock: Clock
    ) -> None:
        self._api = api
        self._consent_page = consent_page
        self._credentials = credentials
        self._back = back
        self._clock = clock

    @override
    def consent_page(self, state: str) -> str:
        query = {
            "client_id": self._credentials["client_id"],
            "scope": ",".join(BOT_SCOPES),
            "redirect_uri": self._back,
            "state": state,
        }
        return f"{self._consent_page}?{urlencode(query)}"

    @override
    async def redeem(self, code: str) -> Installed:
        answer = await self._access(code=code, redirect_uri=self._back)
        grant = self._grant(answer)
        team = word(answer, "team", "id")
        if not team or flag(answer, "is_enterprise_install"):
            await self._give_back(grant)
            raise ChatRefusedError("not_one_workspace")
        name, by = word(answer, "team", "name") or team, word(answer, "authed_user", "id")
        return Installed(WorkspaceId(team), name, ChatUserId(by), grant.stored())

    @override
    async def give_back(self, installed: Installed) -> None:
        if grant := Grant.restored(installed.credential):
            await self._give_back(grant)

    async def renew(self, refresh: str) -> Grant:
        """Exchange a refresh token for the next pair; it works once.

        Raises:
            ChatError: there is no next pair, or none came back.
        """
        return self._grant(await self._access(grant_type="refresh_token", refresh_token=refresh))

    async def _access(self, **what: str) -> Json:
        return await self._api.call("oauth.v2.access", **self._credentials, **what)

    async def _give_back(self, grant: Grant) -> None:
        await self._api.call("auth.revoke", token=grant.token)

    def _grant(self, answer: Json) -> Grant:
        life_s = number(answer, "expires_in")
        ends = self._clock.now() + timedelta(seconds=life_s)
        token = word(answer, "access_token")
        if not token:
            raise ChatRefusedError("no_access_token")
        return Grant(
            token, word(answer, "refresh_token"), expires_at=ends.isoformat() if life_s else ""
        )


@asynccontextmanager
async def open_oauth(
    settings: SlackSettings,
    *,
    client_id: str,
    client_secret: str,
    back: str,
    clock: Clock,
    observer: Observer,
) -> AsyncIterator[OAuthApp]:
    """Open the app; `back` is our address that the consent page leads to."""
    async with open_session(settings) as session:
        api = SlackApi(web_client(settings, session), clock, observer)
        credentials = {"client_id": client_id, "client_secret": client_secret}
        page = urljoin(settings.api_url, "../oauth/v2/authorize")
        yield OAuthApp(api, page, credentials, back, clock)
