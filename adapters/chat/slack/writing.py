"""Writing messages: how a drawing is handed to Slack, at what pace, and what if it is refused."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from adapters.chat.slack.api import SlackApi
from adapters.chat.slack.blocks import Drawing, draw, draw_plain, draw_post
from adapters.chat.slack.pacing import Pace
from adapters.chat.slack.payload import Json, word
from gateway.domain.content import Content
from gateway.domain.deliveries import ChatReceipt
from gateway.domain.errors import ChatOutcomeUnknownError, ChatRefusal, ChatRefusedError
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer

_AS_IT_IS: Mapping[str, Any] = {"parse": "none", "link_names": False}
"""Nothing in a text becomes a mention or a channel link by itself."""
_NO_PREVIEWS: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False}
_ID_MOST = 64


class Writer:
    """Posts, edits and whispers content."""

    def __init__(self, api: SlackApi, clock: Clock, observer: Observer) -> None:
        self._api = api
        self._observer = observer
        self._posts = Pace(clock)
        self._edits = Pace(clock, burst=2)

    async def post(
        self,
        channel: str,
        content: Content,
        root: ChatMessageId | None = None,
        *,
        marker: str = "",
        **more: Any,
    ) -> ChatReceipt:
        """Post into a channel, a thread, or to a person's id. `more` goes to Slack as it is.

        `marker` tells the message from others that wait for the same channel.
        """
        await self._posts.enter(channel, marker or content)

        async def send(drawing: Drawing) -> Json:
            return await self._api.call(
                "chat.postMessage",
                lane=channel,
                channel=channel,
                thread_ts=root,
                mrkdwn=False,
                **_message(drawing),
                **_AS_IT_IS,
                **_NO_PREVIEWS,
                **more,
            )

        return _receipt(await self._drawn(content, draw_post, send))

    async def edit(self, channel: ChannelId, message: ChatMessageId, content: Content) -> None:
        """Replace a message's content. Its metadata stays: nothing is said about it."""
        await self._edits.enter(f"{channel} {message}", content)

        async def send(drawing: Drawing) -> Json:
            return await self._api.call(
                "chat.update", channel=channel, ts=message, **_message(drawing), **_AS_IT_IS
            )

        await self._drawn(content, draw, send)

    async def whisper(
        self, channel: ChannelId, user: ChatUserId, content: Content, root: ChatMessageId | None
    ) -> ChatReceipt:
        """Show something to one person in a channel. Slack promises no delivery."""

        async def send(drawing: Drawing) -> Json:
            return await self._api.call(
                "chat.postEphemeral",
                channel=channel,
                user=user,
                thread_ts=root,
                **_message(drawing),
                **_AS_IT_IS,
            )

        answer = await self._drawn(content, draw, send)
        return ChatReceipt(channel, ChatMessageId(word(answer, "message_ts")))

    async def _drawn(
        self,
        content: Content,
        drawn: Callable[[Content], Drawing],
        send: Callable[[Drawing], Awaitable[Json]],
    ) -> Json:
        """Send a drawing; if Slack refuses its form, which is our bug, the bare words, once."""
        try:
            return await send(drawn(content))
        except ChatRefusedError as error:
            if error.reason is not ChatRefusal.BAD_MESSAGE:
                raise
            self._observer.saw("slack.drawing_refused", vendor_code=error.vendor_code)
            return await send(draw_plain(content))


def private_message(content: Content) -> dict[str, Any]:
    """Draw a message for one person's eyes, as an answer to what they did."""
    return {"response_type": "ephemeral", **_message(draw(content))}


def _message(drawing: Drawing) -> dict[str, Any]:
    if not drawing.blocks:
        return {"text": drawing.text}
    return {"text": drawing.text, "blocks": list(drawing.blocks)}


def _receipt(answer: Json) -> ChatReceipt:
    """Read where a message stands; without that it is as if no answer had come."""
    channel, ts = word(answer, "channel"), word(answer, "ts")
    if not 0 < len(ts) <= _ID_MOST:
        raise ChatOutcomeUnknownError("no_ts")
    return ChatReceipt(ChannelId(channel), ChatMessageId(ts))
