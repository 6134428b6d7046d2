"""What was said where: messages, their threads, and the timestamps that name them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from adapters.chat.slack_simulator.wire import Json

MICRO: Final = 1_000_000


def ts_of(micros: int) -> str:
    """Slack's `seconds.micros`, always six digits after the point."""
    return f"{micros // MICRO}.{micros % MICRO:06d}"


def micros_of(ts: str) -> int:
    """The inverse of `ts_of`; accepts shorter fractions.

    Raises:
        ValueError: not a timestamp.
    """
    seconds, _, fraction = ts.partition(".")
    if not (seconds.isdecimal() and (fraction or "0").isdecimal()):
        raise ValueError(ts)
    return int(seconds) * MICRO + int(fraction[:6].ljust(6, "0"))


@dataclass
class Message:
    """One message, identified by (`channel`, `ts`). `mentions` names who it would notify.

    `mentions` holds user and group ids and the words here, channel, everyone.
    """

    channel: str
    ts: str
    text: str
    team: str
    user: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    icons: Json | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    parent_user_id: str | None = None
    client_msg_id: str | None = None
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    edited: Json | None = None
    mentions: tuple[str, ...] = ()
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list["Message"] = field(default_factory=list)
    is_locked: bool = False

    @property
    def is_reply(self) -> bool:
        """Whether it stands in another message's thread."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def in_channel(self) -> bool:
        """Whether it shows in the channel itself."""
        return not self.is_reply or self.subtype == "thread_broadcast"

    def as_json(self, *, metadata: bool = False) -> Json:
        """The message object of events and answers; `metadata` only where it was asked for."""
        shown: Json = {"type": "message"}
        for name in (
            "subtype",
            "user",
            "bot_id",
            "app_id",
            "username",
            "icons",
            "client_msg_id",
            "thread_ts",
            "parent_user_id",
            "edited",
        ):
            if (value := getattr(self, name)) is not None:
                shown[name] = value
        shown |= {"text": self.text, "ts": self.ts, "team": self.team}
        for name in ("blocks", "attachments", "files"):
            if value := getattr(self, name):
                shown[name] = list(value)
        if metadata and self.metadata is not None:
            shown["metadata"] = self.metadata
        if self.reactions:
            shown["reactions"] = self.reactions_json()
        return shown | self._thread()

    def reactions_json(self) -> list[Json]:
        """The reactions with who gave them."""
        return [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in self.reactions.items()
        ]

    def _thread(self) -> Json:
        if not self.replies:
            return {}
        writers = list(dict.fromkeys(one.user or one.bot_id for one in self.replies))
        return {
            "thread_ts": self.ts,
            "reply_count": len(self.replies),
            "reply_users_count": len(writers),
            "reply_users": writers,
            "latest_reply": self.replies[-1].ts,
            "is_locked": self.is_locked,
        }


class ChannelLog:
    """The messages of one channel, oldest first; timestamps never repeat nor go back."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}
        self._newest = 0

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages.values())

    def get(self, ts: str) -> Message | None:
        """The message with that timestamp."""
        return self._messages.get(ts)

    def next_ts(self, now: float) -> str:
        """A timestamp after every other of this channel."""
        self._newest = max(self._newest + 1, int(now * MICRO))
        return ts_of(self._newest)

    def add(self, message: Message) -> None:
        """Append; a reply also joins its thread."""
        self._messages[message.ts] = message
        if message.is_reply and message.thread_ts:
            self._messages[message.thread_ts].replies.append(message)

    def remove(self, message: Message) -> None:
        """Take a message out; a thread keeps a tombstone for its parent, as in Slack."""
        if message.replies:
            message.subtype, message.text = "tombstone", "This message was deleted."
            message.blocks, message.attachments, message.metadata = [], [], None
            return
        del self._messages[message.ts]
        if message.is_reply and message.thread_ts in self._messages:
            self._messages[message.thread_ts].replies.remove(message)

    def thread(self, ts: str) -> list[Message] | None:
        """The parent and its replies, oldest first; None where `ts` is nothing."""
        root = self._messages.get(ts)
        return None if root is None else [root, *root.replies]
