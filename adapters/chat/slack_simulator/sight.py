"""What the page and a driver can look at: `GET /_sim/…`."""

from typing import Final

from adapters.chat.slack_simulator.messages import Message
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.wire import Args, Json, SlackError
from adapters.chat.slack_simulator.workspace import Channel, User


def state(slack: Slack, args: Args) -> Json:
    """The workspace as one person sees it; without `user`, all of it."""
    workspace, app = slack.workspace, slack.workspace.app
    user = args.maybe("user")
    if user is not None and user not in workspace.users:
        raise SlackError("user_not_found")
    if user is not None and not workspace.users[user].is_stranger and user != app.bot_user_id:
        # A person's client lists the app, so their conversation with it exists from then on.
        workspace.direct_message(user)
    channels = workspace.channels.values() if user is None else workspace.visible_to(user)
    return {
        "team": {"id": workspace.team_id, "name": workspace.team_name},
        "app": {"id": app.id, "name": app.name, "bot_user_id": app.bot_user_id},
        "users": [_user(one) for one in workspace.users.values()],
        "channels": [_channel(slack, one) for one in channels],
        "usergroups": [
            {"id": one.id, "handle": one.handle, "name": one.name, "users": list(one.users)}
            for one in workspace.usergroups.values()
        ],
        "commands": [
            {
                "command": one.command,
                "description": one.description,
                "usage_hint": one.usage_hint,
            }
            for one in app.commands
        ],
        "shortcuts": [
            {"callback_id": one.callback_id, "name": one.name, "type": one.type}
            for one in app.shortcuts
        ],
        "cursor": slack.stream.cursor,
    }


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "title": user.title,
        "is_bot": user.is_bot,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "is_stranger": user.is_stranger,
        "is_active": user.is_active,
        "deleted": user.deleted,
        "color": user.color,
    }


def _channel(slack: Slack, channel: Channel) -> Json:
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_im": channel.is_im,
        "is_mpim": channel.is_mpim,
        "is_archived": channel.is_archived,
        "is_ext_shared": channel.is_ext_shared,
        "topic": channel.topic,
        "members": list(channel.members),
        "bot_is_member": slack.workspace.bot_is_in(channel),
    }
    return shown | ({"user": channel.user} if channel.is_im else {})


def messages(slack: Slack, args: Args) -> Json:
    """A channel's own messages, or one thread with its parent; oldest first."""
    channel = slack.channel(args.text("channel"))
    log, thread_ts = slack.logs[channel.id], args.maybe("thread_ts")
    if thread_ts is None:
        shown = [one for one in log if one.in_channel]
    elif (thread := log.thread(thread_ts)) is not None:
        shown = thread
    else:
        raise SlackError("thread_not_found")
    return {"messages": [_message(one) for one in shown]}


def _message(message: Message) -> Json:
    """With what only a checker sees: metadata, and whom it would notify."""
    return message.as_json(metadata=True) | {"mentions": list(message.mentions)}


def private(slack: Slack, args: Args) -> Json:
    """What only this person sees, oldest first."""
    return {"messages": [one.as_json() for one in slack.privates.of(args.text("user"))]}


def log(slack: Slack, args: Args) -> Json:
    """Every delivery to the app, oldest first."""
    after = args.number("after", 0, low=0, high=10**12)
    return {"deliveries": [entry for entry in slack.link.log if entry["seq"] > after]}


def exchanges(slack: Slack, args: Args) -> Json:
    """The HTTP exchanges of both directions after a number."""
    after = args.number("after", 0, low=0, high=10**12)
    return {"exchanges": slack.exchanges.after(after)}


def home(slack: Slack, args: Args) -> Json:
    """What is published on a person's Home tab."""
    view = slack.views.home(args.text("user"))
    return {"view": None if view is None else slack.views.as_json(view)}


def views(slack: Slack, args: Args) -> Json:
    """A person's open modals, the visible one last."""
    stack = slack.views.stack(args.text("user"))
    return {"views": [slack.views.as_json(view) for view in stack]}


def faults(slack: Slack, _args: Args) -> Json:
    """The faults still waiting."""
    return {"faults": slack.faults.as_json()}


SIGHTS: Final = {
    "/state": state,
    "/channels/{channel}/messages": messages,
    "/private": private,
    "/log": log,
    "/exchanges": exchanges,
    "/home": home,
    "/views": views,
    "/faults": faults,
}
