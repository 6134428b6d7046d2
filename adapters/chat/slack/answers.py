"""Answer addresses (`response_url`): private words where the bot may not speak.

Slack, "Handling user interaction": five uses within thirty minutes. They are bearer secrets, so
they live in memory only; after a restart a whisper goes another way. An answer has no `ts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from adapters.chat.slack.memory import Memory
from gateway.domain.errors import (
    ChatOutcomeUnknownError,
    ChatRefusal,
    ChatRefusedError,
    ChatUnavailableError,
)
from gateway.domain.ids import ChannelId, ChatUserId
from gateway.ports.clock import Clock

USES_MOST = 4
"""One less than Slack allows: an answer whose outcome we lost counts there too."""
LIFE_S = 29 * 60.0

_SLACK = ("https://hooks.slack.com/", "https://hooks.slack-gov.com/")
_KEPT_MOST = 10_000
_OK = 200
_BROKEN = 500


def is_answer_address(url: str, api_url: str) -> bool:
    """Tell whether an address is one of Slack's, or of the API we are pointed at.

    A plain prefix that ends with a slash: user names, ports and look-alike hosts cannot pass it.
    """
    origin = "/".join(api_url.split("/")[:3]) + "/"
    allowed = _SLACK if origin == "https://slack.com/" else (*_SLACK, origin)
    return url.startswith(allowed) and url.isascii() and url.isprintable() and "\\" not in url


@dataclass(slots=True)
class _Address:
    url: str
    uses: int = 0


class AnswerAddresses:
    """The newest answer address per person and place."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, api_url: str) -> None:
        self._session = session
        self._api_url = api_url
        self._kept: Memory[tuple[ChatUserId, ChannelId], _Address] = Memory(
            clock, lasts_s=LIFE_S, most=_KEPT_MOST
        )

    def keep(self, user: ChatUserId, channel: ChannelId, url: str) -> None:
        """Remember where this person can be answered; addresses of others are ignored."""
        if not is_answer_address(url, self._api_url):
            return
        self._kept.keep((user, channel), _Address(url))

    async def say(
        self, user: ChatUserId, channel: ChannelId, message: Mapping[str, object]
    ) -> None:
        """Answer somebody where they acted.

        Raises:
            ChatRefusedError: no address, or it is used up.
            ChatUnavailableError: nothing left this machine.
            ChatOutcomeUnknownError: no whole answer came back.
        """
        kept = self._kept.get((user, channel))
        if kept is None or kept.uses >= USES_MOST:
            raise ChatRefusedError("no_answer_address", ChatRefusal.TOO_LATE)
        kept.uses += 1
        await self._post(kept.url, message)

    async def _post(self, url: str, message: Mapping[str, object]) -> None:
        try:
            async with self._session.post(url, json=message, allow_redirects=False) as answer:
                if answer.status >= _BROKEN:
                    raise ChatOutcomeUnknownError(f"http_{answer.status}")
                if answer.status != _OK:
                    raise ChatRefusedError(f"http_{answer.status}", ChatRefusal.TOO_LATE)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ChatUnavailableError(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ChatOutcomeUnknownError(type(error).__name__) from error
