"""One call of a Web API method, and what every method needs to look things up."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from adapters.chat.slack_simulator.messages import Message
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.tokens import Grant
from adapters.chat.slack_simulator.wire import Args, Json, SlackError
from adapters.chat.slack_simulator.workspace import Channel, User

T = TypeVar("T")
Tier: TypeAlias = Literal["tier_1", "tier_2", "tier_3", "tier_4", "special", "post_per_channel"]


@dataclass(frozen=True)
class Call:
    """The workspace, the arguments, and what the token allows."""

    slack: Slack
    args: Args
    grant: Grant

    def channel(self, name: str = "channel", *, member: bool = True) -> Channel:
        """The channel the app means, if it can see it.

        Raises:
            SlackError: `channel_not_found` (also for a private one it is not in),
                `not_in_channel` where `member` asks for membership.
        """
        channel = self.slack.channel(self.args.text(name))
        if not self.slack.workspace.bot_is_in(channel):
            if channel.is_private:
                raise SlackError("channel_not_found")
            if member:
                raise SlackError("not_in_channel")
        return channel

    def user(self, user_id: str) -> User:
        """A person the app may know about.

        Raises:
            SlackError: `user_not_found`.
        """
        user = self.slack.workspace.users.get(user_id)
        if user is None:
            raise SlackError("user_not_found")
        return user

    def message(self, channel: Channel, name: str = "ts") -> Message:
        """A message of that channel.

        Raises:
            SlackError: `message_not_found`.
        """
        return self.slack.message(channel.id, self.args.text(name))

    def demand_for(self, channel: Channel, right: str) -> None:
        """Insist on the scope of the channel's kind, such as `groups:history`."""
        self.grant.demand(scope_for(channel.kind, right))


def scope_for(kind: str, right: str) -> str:
    """The scope that gives `right` (history, read) on channels of this kind."""
    plural = {"channel": "channels", "group": "groups"}.get(kind, kind)
    return f"{plural}:{right}"


@dataclass(frozen=True)
class Method:
    """A Web API method: one of `scopes` is needed; `takes` names the kind of token."""

    name: str
    run: Callable[[Call], Json]
    tier: Tier = "tier_3"
    scopes: tuple[str, ...] = ()
    takes: Literal["bot", "app", "config", "none"] = "bot"


def page(call: Call, items: Sequence[T], *, most: int = 1_000) -> tuple[list[T], Json]:
    """One page of a list by `cursor` and `limit`, and the answer's cursor for the next.

    Raises:
        SlackError: `invalid_cursor`, `invalid_limit`.
    """
    start = _start(call.args.maybe("cursor"))
    # 0 is what SDKs send for "no limit given".
    limit = call.args.number("limit", 0, low=0, high=most) or 100
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), {"response_metadata": {"next_cursor": cursor}}


def _start(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        place = base64.b64decode(cursor, validate=True).decode()
    except (ValueError, binascii.Error):
        raise SlackError("invalid_cursor") from None
    number = place.removeprefix("next:")
    if not (number.isascii() and number.isdecimal()):
        raise SlackError("invalid_cursor")
    return int(number)
