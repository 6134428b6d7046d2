"""Who may call the Web API: tokens, their scopes and how they end."""

import secrets
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.config import SlackServerConfig
from adapters.chat.slack_simulator.wire import SlackError
from adapters.chat.slack_simulator.workspace import App

Kind: TypeAlias = Literal["bot", "app", "refresh", "config"]
ACCESS_S: Final = 12 * 3600.0


@dataclass(frozen=True)
class Grant:
    """What a token stands for; `expires_at` is None for one that lives until revoked."""

    kind: Kind
    scopes: frozenset[str]
    expires_at: float | None = None
    ended: str | None = None

    def demand(self, *scopes: str) -> None:
        """Insist on one of these scopes.

        Raises:
            SlackError: `missing_scope`, with what is needed and what there is.
        """
        if scopes and self.scopes.isdisjoint(scopes):
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=",".join(scopes), provided=provided)


class Tokens:
    """Every token ever issued, with the reason when it is no longer good."""

    def __init__(self, app: App, clock: VirtualClock, config: SlackServerConfig) -> None:
        self._clock = clock
        self._scopes = frozenset(app.scopes)
        self._grants: dict[str, Grant] = {}
        self.bot = config.bot_token or f"xoxb-1-{secrets.token_hex(12)}"
        self.app = config.app_token or f"xapp-1-{app.id}-{secrets.token_hex(12)}"
        self.config = f"xoxe.xoxp-1-{secrets.token_hex(24)}"
        self._grants[self.bot] = Grant("bot", self._scopes)
        self._grants[self.config] = Grant("config", frozenset(), clock.now() + ACCESS_S)
        self._grants[self.app] = Grant("app", frozenset({"connections:write"}))

    def grant(self, token: str | None) -> Grant:
        """What a presented token allows.

        Raises:
            SlackError: `not_authed`, `invalid_auth`, `token_expired`, `token_revoked`, …
        """
        if not token:
            raise SlackError("not_authed")
        grant = self._grants.get(token)
        if grant is None or grant.kind == "refresh":
            raise SlackError("invalid_auth")
        if grant.ended is not None:
            raise SlackError(grant.ended)
        if grant.expires_at is not None and self._clock.now() >= grant.expires_at:
            raise SlackError("token_expired")
        return grant

    def issue(self, scopes: frozenset[str], *, rotating: bool) -> tuple[str, str | None]:
        """A new bot token, and its refresh token when it rotates."""
        if not rotating:
            token = f"xoxb-1-{secrets.token_hex(12)}"
            self._grants[token] = Grant("bot", scopes)
            return token, None
        token, refresh = f"xoxe.xoxb-1-{secrets.token_hex(24)}", f"xoxe-1-{secrets.token_hex(24)}"
        self._grants[token] = Grant("bot", scopes, self._clock.now() + ACCESS_S)
        self._grants[refresh] = Grant("refresh", scopes)
        return token, refresh

    def spend_refresh(self, token: str) -> frozenset[str]:
        """Take a refresh token, good once, for the scopes it renews.

        Raises:
            SlackError: `invalid_refresh_token`.
        """
        grant = self._grants.get(token)
        if grant is None or grant.kind != "refresh" or grant.ended is not None:
            raise SlackError("invalid_refresh_token")
        self._grants[token] = replace(grant, ended="invalid_refresh_token")
        return grant.scopes

    def revive(self) -> None:
        """The app is installed again with the tokens it was started with."""
        self._grants[self.bot] = Grant("bot", self._scopes)

    def end(self, ending: Grant) -> None:
        """One token is worth nothing from now on."""
        for token, grant in self._grants.items():
            if grant is ending:
                self._grants[token] = replace(grant, ended="token_revoked")

    def end_all(self, reason: str) -> None:
        """Every bot and refresh token is worth nothing from now on."""
        for token, grant in self._grants.items():
            if grant.kind in {"bot", "refresh"}:
                self._grants[token] = replace(grant, ended=reason)
