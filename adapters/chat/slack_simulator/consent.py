"""The codes a person's consent to an installation hands out."""

from dataclasses import dataclass
from typing import Final

from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.ids import secret
from adapters.chat.slack_simulator.wire import SlackError

CODE_S: Final = 600.0


@dataclass(frozen=True)
class Code:
    """What a person has agreed to; good once and not for long."""

    scopes: frozenset[str]
    user: str
    redirect_uri: str
    issued_at: float


class Consent:
    """The codes handed out and not yet exchanged."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._codes: dict[str, Code] = {}

    def code(self, scopes: frozenset[str], user: str, redirect_uri: str) -> str:
        """A new code."""
        key = f"1000.2000.{secret()}"
        self._codes[key] = Code(scopes, user, redirect_uri, self._clock.now())
        return key

    def spend(self, key: str, redirect_uri: str | None) -> Code:
        """Exchange a code.

        Raises:
            SlackError: `invalid_code` (also once used), `bad_redirect_uri`.
        """
        code = self._codes.pop(key, None)
        if code is None or self._clock.now() - code.issued_at > CODE_S:
            raise SlackError("invalid_code")
        if redirect_uri is not None and redirect_uri != code.redirect_uri:
            raise SlackError("bad_redirect_uri")
        return code
