"""One call of Slack's Web API with everything the answer says, for those who look into a set-up.

Sending goes through `SlackApi`. Here the headers matter: which scopes the token has, and what
time it is at Slack's.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
from pydantic import SecretStr

from adapters.chat.slack.api import open_session
from adapters.chat.slack.settings import SlackSettings
from adapters.http_dates import ahead_of
from gateway.ports.clock import Clock

UNREACHABLE = "unreachable"
"""Our own `error`: no answer, or none of Slack's."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What Slack said. `error` is its code, ours (`UNREACHABLE`), or empty on success.

    `scopes` are those of the token, as far as the answer told; `ahead_s` is by how much Slack's
    clock is ahead of ours.
    """

    error: str = ""
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    scopes: frozenset[str] = frozenset()
    ahead_s: float | None = None


class Asker:
    """Asks with one token after the other, on one session."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, clock: Clock) -> None:
        self._session = session
        self._api_url = api_url
        self._clock = clock

    async def ask(self, method: str, token: SecretStr, **arguments: str) -> Reply:
        """Call a method that only reads. Never fails: an answer that stays away is one too."""
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        try:
            async with self._session.post(
                self._api_url + method, data=arguments, headers=headers, allow_redirects=False
            ) as answer:
                now = self._clock.now()
                return _read(answer.headers, await answer.json(content_type=None), now)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return Reply(UNREACHABLE)


@asynccontextmanager
async def asking(api_url: str, clock: Clock, proxy: str = "") -> AsyncIterator[Asker]:
    """Open a session with the time limits that sending has."""
    none = SecretStr("-")
    settings = SlackSettings(bot_token=none, signing_secret=none, api_url=api_url, proxy=proxy)
    async with open_session(settings) as session:
        yield Asker(session, settings.api_url, clock)


def _read(headers: Mapping[str, str], body: Any, now: datetime) -> Reply:
    if not isinstance(body, dict):
        return Reply(UNREACHABLE)
    scopes = headers.get("X-OAuth-Scopes", "")
    code = "" if body.get("ok") is True else str(body.get("error") or UNREACHABLE)
    return Reply(
        error=code[:64],
        body=body,
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        ahead_s=ahead_of(now, headers.get("Date", "")),
    )
