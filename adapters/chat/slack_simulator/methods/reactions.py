"""`reactions.*`."""

import re
from collections.abc import Callable
from typing import Final

from adapters.chat.slack_simulator.messages import Message
from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.posting import react, unreact
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.wire import Json, SlackError
from adapters.chat.slack_simulator.workspace import Channel

NAME: Final = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")


def add(call: Call) -> Json:
    """The bot reacts."""
    return _change(call, react)


def remove(call: Call) -> Json:
    """The bot takes its reaction back."""
    return _change(call, unreact)


def _change(call: Call, deed: Callable[[Slack, Channel, Message, str, str], None]) -> Json:
    channel, name = call.channel(), call.args.text("name").strip(":")
    if not NAME.fullmatch(name):
        raise SlackError("invalid_name")
    if channel.is_archived:
        raise SlackError("is_archived")
    message = call.message(channel, "timestamp")
    deed(call.slack, channel, message, call.slack.workspace.app.bot_user_id, name)
    return {}


def get(call: Call) -> Json:
    """A message with its reactions."""
    channel = call.channel()
    message = call.message(channel, "timestamp")
    return {"type": "message", "channel": channel.id, "message": message.as_json()}


METHODS: Final = (
    Method("reactions.add", add, "tier_3", ("reactions:write",)),
    Method("reactions.remove", remove, "tier_2", ("reactions:write",)),
    Method("reactions.get", get, "tier_3", ("reactions:read",)),
)
