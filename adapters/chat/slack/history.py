"""Reading what stands in a channel or a thread."""

from collections.abc import AsyncIterator
from datetime import datetime

from adapters.chat.slack.api import SlackApi
from adapters.chat.slack.payload import Json, items, word
from gateway.domain.errors import ChatUnavailableError
from gateway.domain.ids import ChannelId, ChatMessageId

_PAGE = 200
_PAGES_MOST = 20


async def read_history(
    api: SlackApi, channel: ChannelId, root: ChatMessageId | None, since: datetime
) -> AsyncIterator[Json]:
    """Give the messages of a thread, or of a channel when `root` is None, not older than `since`.

    Raises:
        ChatError: it could not be read to its end.
    """
    method = "conversations.replies" if root else "conversations.history"
    cursor: str | None = None
    for _ in range(_PAGES_MOST):
        answer = await api.call(
            method,
            channel=channel,
            ts=root,
            oldest=f"{since.timestamp():.6f}",
            inclusive=True,
            include_all_metadata=True,
            limit=_PAGE,
            cursor=cursor,
        )
        for message in items(answer, "messages"):
            yield message
        cursor = word(answer, "response_metadata", "next_cursor")
        if not cursor:
            return
    raise ChatUnavailableError("history_too_long")
