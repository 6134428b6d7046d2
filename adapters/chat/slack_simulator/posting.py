"""Saying, changing and deleting messages, whoever does it; each deed tells the page and the app."""

from dataclasses import dataclass, field
from typing import Final

from adapters.chat.slack_simulator.elements import with_ids
from adapters.chat.slack_simulator.ids import secret
from adapters.chat.slack_simulator.markup import mentions, read_typed, rich_text
from adapters.chat.slack_simulator.messages import Message
from adapters.chat.slack_simulator.private import Private, Source
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.wire import Json, SlackError
from adapters.chat.slack_simulator.workspace import Channel, Posting, User

ATTACHMENT_TEXTS: Final = ("pretext", "text", "title", "fallback", "footer")


@dataclass(frozen=True)
class Content:
    """What a message says, ready to be stored."""

    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class Author:
    """Who a message shows: a person, the app's bot, or the bot under another name."""

    user: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    icons: Json | None = None

    @property
    def subtype(self) -> str | None:
        """A bot without a user posts `bot_message`."""
        return "bot_message" if self.user is None else None


def bot_author(slack: Slack, username: str | None = None, icons: Json | None = None) -> Author:
    """The app itself, or what `username` and an icon make of it."""
    app = slack.workspace.app
    if username or icons:
        return Author(None, app.bot_id, app.id, username or app.bot_name, icons)
    return Author(app.bot_user_id, app.bot_id, app.id)


def notified(slack: Slack, content: Content) -> tuple[str, ...]:
    """Whom this content would notify."""
    texts = [content.text]
    for attachment in content.attachments:
        texts += [str(attachment[name]) for name in ATTACHMENT_TEXTS if name in attachment]
    inside = [block for one in content.attachments for block in one.get("blocks") or []]
    return mentions("\n".join(texts), [*content.blocks, *inside], slack.workspace)


def may_post(slack: Slack, channel: Channel, thread_ts: str | None, *, is_bot: bool) -> None:
    """Refuse what the channel's rules refuse.

    Raises:
        SlackError: `is_archived`, `restricted_action_…`, `thread_not_found`, …
    """
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.posting is Posting.READ_ONLY:
        raise SlackError("restricted_action_read_only_channel")
    if thread_ts is None:
        if channel.posting is Posting.THREAD_ONLY and is_bot:
            raise SlackError("restricted_action_thread_only_channel")
        return
    if channel.posting is Posting.NON_THREADABLE:
        raise SlackError("restricted_action_non_threadable_channel")
    root = slack.logs[channel.id].get(thread_ts)
    if root is None:
        raise SlackError("thread_not_found")
    if root.is_reply:
        raise SlackError("cannot_reply_to_message")
    if root.is_locked:
        raise SlackError("restricted_action_thread_locked")


def post(
    slack: Slack,
    channel: Channel,
    author: Author,
    content: Content,
    *,
    thread_ts: str | None = None,
    broadcast: bool = False,
    metadata: Json | None = None,
    subtype: str | None = None,
    files: list[Json] | None = None,
) -> Message:
    """Store a message and tell everyone. `may_post` must have agreed."""
    log = slack.logs[channel.id]
    root = log.get(thread_ts) if thread_ts else None
    is_person = author.bot_id is None
    message = Message(
        channel=channel.id,
        ts=log.next_ts(slack.clock.now()),
        text=content.text,
        team=_team_of(slack, author.user),
        user=author.user,
        bot_id=author.bot_id,
        app_id=author.app_id,
        username=author.username,
        icons=author.icons,
        subtype=subtype or ("thread_broadcast" if broadcast and root else author.subtype),
        thread_ts=thread_ts,
        parent_user_id=(root.user or root.bot_id) if root else None,
        client_msg_id=secret() if is_person and subtype is None else None,
        blocks=with_ids(content.blocks, lambda: secret(3)),
        attachments=content.attachments,
        files=files or [],
        metadata=metadata,
        mentions=notified(slack, content),
    )
    log.add(message)
    _announce(slack, channel, "message", message)
    _tell_app(slack, channel, message)
    return message


def say(
    slack: Slack,
    channel: Channel,
    user: User,
    typed: str,
    *,
    thread_ts: str | None = None,
    subtype: str | None = None,
    broadcast: bool = False,
    files: list[Json] | None = None,
) -> Message:
    """A person says something: what they typed is encoded as their client does it."""
    content = typed_content(slack, typed)
    return post(
        slack,
        channel,
        Author(user.id),
        content,
        thread_ts=thread_ts,
        subtype=subtype,
        broadcast=broadcast,
        files=files,
    )


def typed_content(slack: Slack, typed: str) -> Content:
    """What a person typed, as text and as the rich_text block Slack makes of it."""
    pieces = read_typed(typed, slack.workspace)
    text = "".join(piece.in_message() for piece in pieces)
    return Content(text, [rich_text(pieces, secret(3))] if pieces else [])


def change(
    slack: Slack,
    channel: Channel,
    message: Message,
    content: Content,
    *,
    editor: str | None = None,
    metadata: Json | None = None,
) -> None:
    """Replace what a message says; with an `editor` it is marked as edited."""
    before = message.as_json()
    message.text = content.text
    message.blocks = with_ids(content.blocks, lambda: secret(3))
    message.attachments = content.attachments
    message.mentions = notified(slack, content)
    if metadata is not None:
        message.metadata = metadata
    if editor is not None:
        message.edited = {"user": editor, "ts": slack.logs[channel.id].next_ts(slack.clock.now())}
    _tell_changed(slack, channel, message, before)


def unfurl(slack: Slack, channel: Channel, message: Message, attachments: list[Json]) -> None:
    """Attach previews of links: a `message_changed` in which the text is as it was."""
    before = message.as_json()
    message.attachments = [*message.attachments, *attachments]
    _tell_changed(slack, channel, message, before)


def delete(slack: Slack, channel: Channel, message: Message) -> None:
    """Remove a message."""
    before = message.as_json()
    slack.logs[channel.id].remove(message)
    _announce(slack, channel, "message_deleted", message)
    event = _hidden(slack, channel, "message_deleted")
    slack.events.emit(event | {"deleted_ts": message.ts, "previous_message": before}, channel)


def react(slack: Slack, channel: Channel, message: Message, user: str, name: str) -> None:
    """Add a reaction.

    Raises:
        SlackError: `already_reacted`.
    """
    users = message.reactions.setdefault(name, [])
    if user in users:
        raise SlackError("already_reacted")
    users.append(user)
    _tell_reaction(slack, channel, message, user=user, name=name, event="reaction_added")


def unreact(slack: Slack, channel: Channel, message: Message, user: str, name: str) -> None:
    """Remove a reaction.

    Raises:
        SlackError: `no_reaction`.
    """
    users = message.reactions.get(name, [])
    if user not in users:
        raise SlackError("no_reaction")
    users.remove(user)
    if not users:
        del message.reactions[name]
    _tell_reaction(slack, channel, message, user=user, name=name, event="reaction_removed")


def whisper(
    slack: Slack,
    channel: Channel,
    user: str,
    content: Content,
    *,
    source: Source,
    thread_ts: str | None = None,
) -> Private:
    """Show something to one person only."""
    private = Private(
        id=slack.ids.next("P"),
        ts=slack.logs[channel.id].next_ts(slack.clock.now()),
        user=user,
        channel=channel.id,
        text=content.text,
        source=source,
        thread_ts=thread_ts,
        blocks=with_ids(content.blocks, lambda: secret(3)),
        attachments=content.attachments,
        mentions=notified(slack, content),
    )
    slack.privates.add(private)
    announce_private(slack, private)
    return private


def announce_private(slack: Slack, private: Private, *, is_gone: bool = False) -> None:
    """Tell the page that a private message came, changed or went."""
    slack.stream.publish("ephemeral", **private.as_json(), deleted=is_gone)


def _team_of(slack: Slack, user: str | None) -> str:
    known = slack.workspace.users.get(user or "")
    return known.team_id if known else slack.workspace.team_id


def _announce(slack: Slack, channel: Channel, name: str, message: Message) -> None:
    shown = message.as_json() | {"mentions": list(message.mentions)}
    slack.stream.publish(
        name,
        channel=channel.id,
        user=message.user,
        ts=message.ts,
        thread_ts=message.thread_ts,
        message=shown,
    )


def _tell_app(slack: Slack, channel: Channel, message: Message) -> None:
    event = message.as_json() | {
        "channel": channel.id,
        "channel_type": channel.kind,
        "event_ts": message.ts,
    }
    author = slack.workspace.users.get(message.user or "")
    if author is not None and author.team_id != slack.workspace.team_id:
        event |= {"user_team": author.team_id, "source_team": author.team_id}
    if message.subtype == "thread_broadcast" and message.thread_ts:
        root = slack.logs[channel.id].get(message.thread_ts)
        event |= {"root": root.as_json()} if root else {}
    slack.events.emit(event, channel, message.user)
    if slack.workspace.app.bot_user_id in message.mentions and message.bot_id is None:
        mention = {key: value for key, value in event.items() if key != "channel_type"}
        slack.events.emit(mention | {"type": "app_mention"}, channel, message.user)


def _tell_changed(slack: Slack, channel: Channel, message: Message, before: Json) -> None:
    _announce(slack, channel, "message_changed", message)
    event = _hidden(slack, channel, "message_changed")
    now = message.as_json()
    slack.events.emit(event | {"message": now, "previous_message": before}, channel, message.user)


def _hidden(slack: Slack, channel: Channel, subtype: str) -> Json:
    """The common part of events about a message; they have a timestamp of their own."""
    ts = slack.logs[channel.id].next_ts(slack.clock.now())
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts,
        "event_ts": ts,
    }


def _tell_reaction(
    slack: Slack, channel: Channel, message: Message, *, user: str, name: str, event: str
) -> None:
    slack.stream.publish(
        "reaction",
        channel=channel.id,
        user=user,
        ts=message.ts,
        name=name,
        added=event == "reaction_added",
        reactions=message.reactions_json(),
    )
    slack.events.emit(
        {
            "type": event,
            "user": user,
            "reaction": name,
            "item_user": message.user,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
            "event_ts": slack.logs[channel.id].next_ts(slack.clock.now()),
        },
        channel,
        user,
    )
