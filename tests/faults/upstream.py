"""What both servers have in their logs: the only evidence the checker believes."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from gateway.demo.doors import Json, PagerDoor, SlackDoor, shown_text

TOKEN = re.compile(r"\bno[0-9]{4}\b")
FROM_PAGER = "· pager"


@dataclass(frozen=True)
class Accepted:
    """A message the pager accepted, in the order of its log."""

    seq: int
    sender: str
    token: str
    text: str
    conversation: int


@dataclass(frozen=True)
class Posted:
    """A message of the app in Slack; `root` is its thread's, `ts` itself for a root."""

    channel: str
    ts: str
    root: str
    shown: str
    speaker: str

    @property
    def is_root(self) -> bool:
        """Whether it stands in the channel itself."""
        return self.ts == self.root


@dataclass(frozen=True)
class Upstream:
    """A snapshot of both servers."""

    accepted: tuple[Accepted, ...]
    posted: tuple[Posted, ...]
    signs: dict[str, frozenset[str]] = field(default_factory=dict)
    """Reactions by `ts`."""
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What each person was told alone: ephemeral and direct messages."""
    heard: frozenset[str] = frozenset()
    """`ts` of messages whose event the service acknowledged at some attempt."""
    heard_at_once: frozenset[str] = frozenset()
    """Those whose first attempt was acknowledged, so that Slack's order still held."""

    def pages(self, token: str) -> list[Accepted]:
        """List what the pager has with this token."""
        return [one for one in self.accepted if one.token == token]

    def posts(self, token: str) -> list[Posted]:
        """List what the app said in Slack's channels with this token."""
        return [one for one in self.posted if token in one.shown]


class Doors(Protocol):
    """Where both servers tell what they have."""

    @property
    def pager_door(self) -> PagerDoor: ...

    @property
    def slack_door(self) -> SlackDoor: ...


async def read_upstream(doors: Doors, users: Iterable[str]) -> Upstream:
    """Read everything both servers have, and what these users were told alone."""
    slack = doors.slack_door
    accepted = tuple(map(_accepted, await doors.pager_door.log()))
    channels = (await _look(slack, "state"))["channels"]
    messages = [one async for one in _messages(slack, channels)]
    directs = {channel["id"]: channel["user"] for channel in channels if channel["is_im"]}
    told = {user: [shown_text(m) for m in await slack.private(user)] for user in users}
    for channel, message in messages:
        if channel in directs and "bot_id" in message:
            told.setdefault(directs[channel], []).append(shown_text(message))
    deliveries = (await _look(slack, "log"))["deliveries"]
    return Upstream(
        accepted,
        tuple(_posted(c, m) for c, m in messages if "bot_id" in m and c not in directs),
        {m["ts"]: frozenset(r["name"] for r in m.get("reactions", ())) for _, m in messages},
        {user: tuple(words) for user, words in told.items()},
        frozenset(acknowledged(deliveries)),
        frozenset(acknowledged([one for one in deliveries if not one["retry_num"]])),
    )


def _accepted(record: Json) -> Accepted:
    found = TOKEN.search(record["text"])
    return Accepted(
        record["seq"],
        record["from"],
        found.group() if found else "",
        record["text"],
        record["conversation"],
    )


def _posted(channel: str, message: Json) -> Posted:
    root = message.get("thread_ts") or message["ts"]
    return Posted(
        channel, message["ts"], root, shown_text(message), str(message.get("username", ""))
    )


async def _look(slack: SlackDoor, what: str) -> Json:
    async with slack.session.get(f"{slack.url}/_sim/{what}") as response:
        found: Json = await response.json()
        return found


async def _messages(slack: SlackDoor, channels: list[Json]) -> AsyncIterator[tuple[str, Json]]:
    """Walk all channels and their threads."""
    for channel in channels:
        for message in await slack.messages(channel["id"]):
            yield channel["id"], message
            if message.get("reply_count"):
                thread = await slack.messages(channel["id"], message["ts"])
                for reply in thread[1:]:
                    yield channel["id"], reply


def acknowledged(deliveries: list[Json]) -> Iterator[str]:
    """List the `ts` of messages whose event the service took, from Slack's own log."""
    for one in deliveries:
        if one["kind"] == "event:message" and one["status"] == HTTPStatus.OK:
            yield one["payload"]["event"].get("ts", "")
