"""Finding a post whose answer was lost: `chat.postMessage` knows no idempotency key.

Every post carries its marker as message metadata, which history gives back. Metadata is readable
by the whole workspace, so a marker must be no secret.
"""

from datetime import datetime

from adapters.chat.slack.api import SlackApi
from adapters.chat.slack.history import read_history
from adapters.chat.slack.payload import part, word
from adapters.chat.slack.people import Directory
from gateway.domain.deliveries import ChatReceipt
from gateway.domain.ids import ChannelId, ChatMessageId
from gateway.ports.chat import ChatPost

EVENT_TYPE = "pager_gateway"


def metadata(marker: str) -> dict[str, object]:
    """Make the metadata by which a post is found again."""
    return {"event_type": EVENT_TYPE, "event_payload": {"marker": marker}}


class PostFinder:
    """Reads channels and threads for markers."""

    def __init__(self, api: SlackApi, directory: Directory) -> None:
        self._api = api
        self._directory = directory

    async def find(self, post: ChatPost, since: datetime) -> ChatReceipt | None:
        """Look for a post not older than `since`.

        Raises:
            ChatError: the history could not be read to its end; nothing is proved.
        """
        us = await self._directory.us()
        channel = await self._conversation(post.channel)
        async for message in read_history(self._api, channel, post.root, since):
            about = part(message, "metadata")
            marked = word(about, "event_type") == EVENT_TYPE
            if (
                marked
                and word(about, "event_payload", "marker") == post.marker
                and word(message, "bot_id") == us.bot
            ):
                return ChatReceipt(channel, ChatMessageId(word(message, "ts")))
        return None

    async def _conversation(self, channel: ChannelId) -> ChannelId:
        """Turn a person's id, which can be posted to, into the conversation that can be read."""
        if not channel.startswith(("U", "W")):
            return channel
        answer = await self._api.call("conversations.open", users=channel)
        return ChannelId(word(answer, "channel", "id"))
