"""`chat.*`: what the app says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adapters.chat.slack_simulator.answers import content_of
from adapters.chat.slack_simulator.markup import link_names, stored
from adapters.chat.slack_simulator.messages import Message
from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.posting import (
    Author,
    Content,
    bot_author,
    change,
    delete,
    may_post,
    post,
    unfurl,
    whisper,
)
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.wire import Json, SlackError, weight
from adapters.chat.slack_simulator.workspace import Channel

TRUNCATED_AT: Final = 40_000
SPLIT_ABOVE: Final = 4_040
PART: Final = 4_000
UPDATE_LIMIT: Final = 4_000
MARKDOWN_LIMIT: Final = 12_000


@dataclass(frozen=True)
class Letter:
    """A message the app has put together, checked but not posted."""

    channel: Channel
    thread_ts: str | None
    author: Author
    content: Content
    metadata: Json | None
    broadcast: bool

    def send(self, slack: Slack) -> Message:
        """Post it, in parts where the text is too long for one message; the first of them.

        Raises:
            SlackError: the channel or thread does not take it (any more).
        """
        may_post(slack, self.channel, self.thread_ts, is_bot=True)
        posted = [
            post(
                slack,
                self.channel,
                self.author,
                part,
                thread_ts=self.thread_ts,
                broadcast=self.broadcast,
                metadata=self.metadata,
            )
            for part in _parts(self.content)
        ]
        return posted[0]


def letter(call: Call) -> Letter:
    """Read the arguments of a post.

    Raises:
        SlackError: whatever is wrong with them.
    """
    channel = _target(call)
    return Letter(
        channel=channel,
        thread_ts=call.args.maybe("thread_ts") or None,
        author=_author(call),
        content=_content(call),
        metadata=_metadata(call),
        broadcast=call.args.flag("reply_broadcast"),
    )


def post_message(call: Call) -> Json:
    """Post; the answer has the timestamp that names the message."""
    message = letter(call).send(call.slack)
    shown = message.as_json(metadata=True)
    return {"channel": message.channel, "ts": message.ts, "message": shown}


def _target(call: Call) -> Channel:
    """The channel to post to; a user id means the direct message with that person.

    Raises:
        SlackError: `channel_not_found`, `not_in_channel`, `messages_tab_disabled`, …
    """
    wanted, workspace = call.args.text("channel"), call.slack.workspace
    if wanted in workspace.users:
        return _direct_message(call, wanted)
    channel = call.slack.channel(wanted)
    if workspace.bot_is_in(channel):
        return _direct_message(call, channel.user) if channel.user else channel
    if channel.is_private:
        raise SlackError("channel_not_found")
    if "chat:write.public" not in call.grant.scopes:
        raise SlackError("not_in_channel")
    return channel


def _direct_message(call: Call, user_id: str) -> Channel:
    user, workspace = call.user(user_id), call.slack.workspace
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    if user.deleted:
        raise SlackError("user_disabled")
    if user.is_stranger:
        raise SlackError("user_not_visible")
    if not workspace.app.messages_tab:
        raise SlackError("messages_tab_disabled")
    return workspace.direct_message(user_id)


def _author(call: Call) -> Author:
    username = call.args.maybe("username")
    icons: Json = {}
    if emoji := call.args.maybe("icon_emoji"):
        icons["emoji"] = emoji
    if url := call.args.maybe("icon_url"):
        icons["image_48"] = url
    if username or icons:
        call.grant.demand("chat:write.customize")
    return bot_author(call.slack, username and username[:80], icons or None)


def _content(call: Call) -> Content:
    """Text, blocks and attachments, or `markdown_text` in their place.

    Raises:
        SlackError: `markdown_text_conflict`, `no_text`, `msg_too_long`, `invalid_blocks`, …
    """
    args = call.args
    markdown = args.maybe("markdown_text")
    if markdown is not None:
        if args.maybe("text") or args.nested("blocks"):
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_LIMIT:
            raise SlackError("msg_too_long")
        return Content(stored(markdown), [{"type": "markdown", "text": markdown}])
    content = content_of(args)
    text = content.text
    if args.flag("link_names") or args.maybe("parse") == "full":
        text = stored(link_names(text, call.slack.workspace))
    return Content(text, content.blocks, content.attachments)


def _parts(content: Content) -> Iterator[Content]:
    """The messages a long text becomes; only text without blocks is split."""
    text = content.text[:TRUNCATED_AT]
    if len(text) <= SPLIT_ABOVE or content.blocks:
        yield Content(text, content.blocks, content.attachments)
        return
    for start in range(0, len(text), PART):
        yield Content(text[start : start + PART])


def _metadata(call: Call) -> Json | None:
    """The app's own facts about a message.

    Raises:
        SlackError: `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`.
    """
    metadata = call.args.mapping("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    kind, facts = metadata.get("event_type"), metadata.get("event_payload")
    if not (isinstance(kind, str) and kind and isinstance(facts, dict)):
        raise SlackError("invalid_metadata_schema")
    if weight(metadata) > call.slack.limits.metadata_bytes:
        raise SlackError("metadata_too_large")
    return {"event_type": kind, "event_payload": facts}


def _own_message(call: Call, refusal: str) -> tuple[Channel, Message]:
    channel = call.channel()
    message = call.message(channel)
    if message.bot_id != call.slack.workspace.app.bot_id or message.subtype == "tombstone":
        raise SlackError(refusal)
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel, message


def update(call: Call) -> Json:
    """Change an own message; text without blocks takes the blocks away."""
    channel, message = _own_message(call, "cant_update_message")
    if len(call.args.maybe("text") or "") > UPDATE_LIMIT:
        raise SlackError("msg_too_long")
    editor = call.slack.workspace.app.bot_user_id
    change(call.slack, channel, message, _content(call), editor=editor, metadata=_metadata(call))
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message.as_json(metadata=True),
    }


def delete_message(call: Call) -> Json:
    """Remove an own message."""
    channel, message = _own_message(call, "cant_delete_message")
    delete(call.slack, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    """Show something to one member. It may never appear: the answer says nothing about that."""
    slack, user = call.slack, call.user(call.args.text("user"))
    channel, thread_ts = _target(call), call.args.maybe("thread_ts") or None
    content = _content(call)
    if len(content.text) > UPDATE_LIMIT:
        raise SlackError("msg_too_long")
    may_post(slack, channel, thread_ts, is_bot=True)
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    root = slack.logs[channel.id].get(thread_ts) if thread_ts else None
    if not user.is_active or (root is not None and not root.replies):
        return {"message_ts": slack.logs[channel.id].next_ts(slack.clock.now())}
    private = whisper(slack, channel, user.id, content, source="ephemeral", thread_ts=thread_ts)
    return {"message_ts": private.ts}


def get_permalink(call: Call) -> Json:
    """An address of a message for people."""
    channel = call.channel(member=False)
    message = call.message(channel, "message_ts")
    link = f"{call.slack.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def unfurl_links(call: Call) -> Json:
    """Attach previews to a message that has links."""
    channel = call.channel()
    message = call.message(channel)
    previews = call.args.mapping("unfurls", "cannot_unfurl_url") or {}
    if not all(isinstance(preview, dict) for preview in previews.values()):
        raise SlackError("cannot_unfurl_url")
    attachments = [{"from_url": url, **preview} for url, preview in previews.items()]
    unfurl(call.slack, channel, message, attachments)
    return {}


METHODS: Final = (
    Method("chat.postMessage", post_message, "post_per_channel", ("chat:write",)),
    Method("chat.update", update, "tier_3", ("chat:write",)),
    Method("chat.delete", delete_message, "tier_3", ("chat:write",)),
    Method("chat.postEphemeral", post_ephemeral, "tier_4", ("chat:write",)),
    Method("chat.getPermalink", get_permalink, "special"),
    Method("chat.unfurl", unfurl_links, "tier_3", ("links:write",)),
)
