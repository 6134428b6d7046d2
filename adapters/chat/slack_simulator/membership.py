"""People, bots and channels come and go; the page and the app are told."""

from adapters.chat.slack_simulator.messages import ChannelLog
from adapters.chat.slack_simulator.posting import Author, Content, post
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.wire import Json
from adapters.chat.slack_simulator.workspace import Channel, UserGroup


def join(slack: Slack, channel: Channel, user: str, inviter: str | None = None) -> None:
    """Make somebody a member; nothing happens if they are."""
    if user in channel.members:
        return
    channel.members.append(user)
    _tell(slack, channel, user, "member_joined_channel", {"inviter": inviter} if inviter else {})
    content = Content(f"<@{user}> has joined the channel")
    post(slack, channel, Author(user), content, subtype="channel_join")


def leave(slack: Slack, channel: Channel, user: str) -> None:
    """Take a member out; the bot hears of its own removal and of nothing after it."""
    if user not in channel.members:
        return
    channel.members.remove(user)
    _tell(slack, channel, user, "member_left_channel", {})


def archive(slack: Slack, channel: Channel, *, archived: bool = True) -> None:
    """Close a channel, or open it again."""
    channel.is_archived = archived
    announce_channel(slack, channel)
    kind = "group" if channel.is_private else "channel"
    event = f"{kind}_archive" if archived else f"{kind}_unarchive"
    body = {"channel": channel.id, "event_ts": _ts(slack, channel)}
    slack.events.emit({"type": event, **body}, channel)


def rename(slack: Slack, channel: Channel, name: str) -> None:
    """Give a channel another name."""
    channel.name = name
    announce_channel(slack, channel)
    shown = {"id": channel.id, "name": name, "created": channel.created}
    event = "group_rename" if channel.kind == "group" else "channel_rename"
    slack.events.emit({"type": event, "channel": shown, "event_ts": _ts(slack, channel)}, channel)


def change_id(slack: Slack, channel: Channel, new_id: str) -> Channel:
    """Give a channel another id, as when sharing begins; its messages move along."""
    old_id = channel.id
    moved = slack.workspace.rename_id(old_id, new_id)
    slack.logs[new_id] = slack.logs.pop(old_id, ChannelLog())
    for message in slack.logs[new_id]:
        message.channel = new_id
    event = {
        "type": "channel_id_changed",
        "old_channel_id": old_id,
        "new_channel_id": new_id,
        "event_ts": _ts(slack, moved),
    }
    slack.events.emit(event, moved)
    announce_channel(slack, moved)
    return moved


def share(slack: Slack, channel: Channel, *, shared: bool) -> None:
    """Share a channel with another company, or end that."""
    channel.is_ext_shared = shared
    announce_channel(slack, channel)
    event = "channel_shared" if shared else "channel_unshared"
    body = {"channel": channel.id, "connected_team_id": "T0ELSEWHERE"}
    slack.events.emit({"type": event, **body, "event_ts": _ts(slack, channel)}, channel)


def set_group(slack: Slack, group: UserGroup, users: list[str]) -> None:
    """Change who is in a user group."""
    before, now = group.users, int(slack.clock.now())
    group.users = users
    slack.events.emit(
        {
            "type": "subteam_members_changed",
            "subteam_id": group.id,
            "team_id": slack.workspace.team_id,
            "date_update": now,
            "added_users": [one for one in users if one not in before],
            "removed_users": [one for one in before if one not in users],
            "event_ts": f"{slack.clock.now():.6f}",
        }
    )


def announce_channel(slack: Slack, channel: Channel) -> None:
    """Tell the page that a channel is not what it was."""
    slack.stream.publish("channel", channel=channel.id, user=None)


def _tell(slack: Slack, channel: Channel, user: str, event: str, extra: Json) -> None:
    announce_channel(slack, channel)
    body = {
        "type": event,
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": slack.workspace.team_id,
        "event_ts": _ts(slack, channel),
    }
    slack.events.emit(body | extra, channel, user)


def _ts(slack: Slack, channel: Channel) -> str:
    return slack.logs[channel.id].next_ts(slack.clock.now())
