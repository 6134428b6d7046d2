"""`conversations.*` and `users.conversations`: channels, their members and their messages."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from adapters.chat.slack_simulator.membership import announce_channel, join
from adapters.chat.slack_simulator.messages import Message, micros_of
from adapters.chat.slack_simulator.methods.call import Call, Method, page, scope_for
from adapters.chat.slack_simulator.wire import Json, SlackError
from adapters.chat.slack_simulator.workspace import Channel

READ: Final = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY: Final = ("channels:history", "groups:history", "im:history", "mpim:history")
WRITE: Final = ("im:write", "mpim:write", "channels:manage", "groups:write")
CHANNEL_NAME: Final = re.compile(r"[a-z0-9_-]{1,80}")
TYPES: Final = {
    "public_channel": "channel",
    "private_channel": "group",
    "mpim": "mpim",
    "im": "im",
}
PEOPLE_IN_A_GROUP_MESSAGE: Final = 8


def channel_json(call: Call, channel: Channel) -> Json:
    """The conversation object."""
    workspace = call.slack.workspace
    is_group = channel.kind == "group"
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_channel": channel.kind == "channel",
        "is_group": is_group,
        "is_im": channel.is_im,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "is_general": False,
        "context_team_id": workspace.team_id,
    }
    if channel.is_im:
        return shown | {"user": channel.user, "is_user_deleted": False}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": workspace.bot_is_in(channel),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def info(call: Call) -> Json:
    """One conversation."""
    channel = call.channel(member=False)
    call.demand_for(channel, "read")
    shown = channel_json(call, channel)
    if call.args.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def list_all(call: Call) -> Json:
    """The conversations the app can see: public ones, and private ones it is in."""
    visible = [
        channel
        for channel in call.slack.workspace.channels.values()
        if not channel.is_private or call.slack.workspace.bot_is_in(channel)
    ]
    return _listed(call, visible)


def list_of_user(call: Call) -> Json:
    """The conversations a person (by default the bot) is in, among those the app can see."""
    workspace = call.slack.workspace
    member = call.args.maybe("user") or workspace.app.bot_user_id
    call.user(member)
    return _listed(
        call,
        [
            channel
            for channel in workspace.channels.values()
            if member in channel.members
            and (not channel.is_private or workspace.bot_is_in(channel))
        ],
    )


def _listed(call: Call, channels: Iterable[Channel]) -> Json:
    wanted = (call.args.maybe("types") or "public_channel").replace(" ", "").split(",")
    if unknown := [one for one in wanted if one not in TYPES]:
        raise SlackError("invalid_types", types=unknown)
    kinds = {TYPES[one] for one in wanted}
    for kind in sorted(kinds):
        call.grant.demand(scope_for(kind, "read"))
    fitting = [
        channel
        for channel in channels
        if channel.kind in kinds
        and not (channel.is_archived and call.args.flag("exclude_archived"))
    ]
    shown, cursor = page(call, fitting)
    return {"channels": [channel_json(call, channel) for channel in shown], **cursor}


def members(call: Call) -> Json:
    """Who is in a conversation."""
    channel = call.channel(member=False)
    call.demand_for(channel, "read")
    shown, cursor = page(call, channel.members)
    return {"members": shown, **cursor}


def history(call: Call) -> Json:
    """The messages of a conversation, newest first, without replies in threads."""
    channel = call.channel()
    call.demand_for(channel, "history")
    messages = [one for one in call.slack.logs[channel.id] if one.in_channel]
    messages.reverse()
    return _messages(call, _between(call, messages)) | {"pin_count": 0}


def replies(call: Call) -> Json:
    """A thread, its parent first, whatever the bounds."""
    channel = call.channel()
    call.demand_for(channel, "history")
    thread = call.slack.logs[channel.id].thread(call.args.text("ts"))
    if thread is None:
        raise SlackError("thread_not_found")
    root, *others = thread
    return _messages(call, [root, *_between(call, others)])


def _between(call: Call, messages: Sequence[Message]) -> list[Message]:
    """Those within `oldest` and `latest`, the bounds themselves only if `inclusive`."""
    reach = 1 if call.args.flag("inclusive") else 0
    oldest, latest = _bound(call, "oldest"), _bound(call, "latest")
    return [
        one
        for one in messages
        if (oldest is None or micros_of(one.ts) > oldest - reach)
        and (latest is None or micros_of(one.ts) < latest + reach)
    ]


def _bound(call: Call, name: str) -> int | None:
    value = call.args.maybe(name)
    if not value or value == "0":
        return None
    try:
        return micros_of(value)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _messages(call: Call, messages: Sequence[Message]) -> Json:
    with_metadata = call.args.flag("include_all_metadata")
    shown, cursor = page(call, messages)
    has_more = bool(cursor["response_metadata"]["next_cursor"])
    return {
        "messages": [one.as_json(metadata=with_metadata) for one in shown],
        "has_more": has_more,
        **(cursor if has_more else {}),
    }


def open_conversation(call: Call) -> Json:
    """A direct message with one to eight people, begun if need be."""
    workspace = call.slack.workspace
    if call.args.maybe("channel"):
        channel = call.channel()
        return {"channel": channel_json(call, channel), "no_op": True, "already_open": True}
    wanted = [one.strip() for one in call.args.text("users").split(",") if one.strip()]
    people = [call.user(one) for one in wanted]
    if len(people) > PEOPLE_IN_A_GROUP_MESSAGE:
        raise SlackError("too_many_users")
    if any(user.is_stranger for user in people):
        raise SlackError("user_not_visible")
    if any(user.deleted for user in people):
        raise SlackError("user_disabled")
    call.grant.demand("im:write" if len(people) == 1 else "mpim:write")
    channel = workspace.direct_message(*dict.fromkeys(user.id for user in people))
    full = call.args.flag("return_im")
    return {"channel": channel_json(call, channel) if full else {"id": channel.id}}


def join_channel(call: Call) -> Json:
    """The bot enters a public channel."""
    channel = call.channel(member=False)
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    workspace = call.slack.workspace
    already = workspace.bot_is_in(channel)
    join(call.slack, channel, workspace.app.bot_user_id)
    shown: Json = {"channel": channel_json(call, channel)}
    return shown | ({"warning": "already_in_channel"} if already else {})


def create(call: Call) -> Json:
    """A new channel with the bot as its first member."""
    name, workspace = call.args.text("name"), call.slack.workspace
    if not CHANNEL_NAME.fullmatch(name):
        raise SlackError("invalid_name_specials")
    if workspace.channel_named(name) is not None:
        raise SlackError("name_taken")
    private = call.args.flag("is_private")
    call.grant.demand("groups:write" if private else "channels:manage")
    members = [workspace.app.bot_user_id]
    channel = Channel(call.slack.ids.next("C"), name, members, is_private=private)
    workspace.channels[channel.id] = channel
    announce_channel(call.slack, channel)
    return {"channel": channel_json(call, channel)}


METHODS: Final = (
    Method("conversations.info", info, "tier_3", READ),
    Method("conversations.list", list_all, "tier_2", READ),
    Method("users.conversations", list_of_user, "tier_3", READ),
    Method("conversations.members", members, "tier_4", READ),
    Method("conversations.history", history, "tier_3", HISTORY),
    Method("conversations.replies", replies, "tier_3", HISTORY),
    Method("conversations.open", open_conversation, "tier_3", WRITE),
    Method("conversations.create", create, "tier_2", ("channels:manage", "groups:write")),
    Method("conversations.join", join_channel, "tier_3", ("channels:join",)),
)
