"""Answers of the app through a response_url or in the acknowledgement of a command."""

from dataclasses import replace

from adapters.chat.slack_simulator.blocks import check_message_blocks
from adapters.chat.slack_simulator.elements import with_ids
from adapters.chat.slack_simulator.ids import secret
from adapters.chat.slack_simulator.markup import stored
from adapters.chat.slack_simulator.posting import (
    Content,
    announce_private,
    bot_author,
    change,
    delete,
    notified,
    post,
    say,
    whisper,
)
from adapters.chat.slack_simulator.private import Source
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.tickets import ResponseUrl
from adapters.chat.slack_simulator.wire import Args, Json, SlackError


def show_answer(slack: Slack, ticket: ResponseUrl, message: Json, source: Source) -> None:
    """Do what the answer asks: whisper, post, replace or delete.

    Raises:
        SlackError: `no_text`, `invalid_blocks`, …; nothing was shown.
    """
    args = Args(message)
    if args.flag("delete_original"):
        _delete_original(slack, ticket)
        return
    content = content_of(args)
    if args.flag("replace_original") and _replace_original(slack, ticket, content):
        return
    if args.maybe("response_type") == "in_channel":
        _post_publicly(slack, ticket, content, args.maybe("thread_ts"))
        return
    channel = slack.channel(ticket.channel)
    thread_ts = args.maybe("thread_ts") or ticket.thread_ts
    whisper(slack, channel, ticket.user, content, source=source, thread_ts=thread_ts)


def content_of(args: Args) -> Content:
    """What a message shall say, from the arguments every posting method shares.

    Raises:
        SlackError: `no_text`, `invalid_blocks`, `invalid_blocks_format`, …
    """
    blocks = args.objects("blocks") or []
    attachments = args.objects("attachments", "invalid_attachments") or []
    text = args.maybe("text") or ""
    check_message_blocks(blocks)
    for attachment in attachments:
        check_message_blocks(Args(attachment).objects("blocks", "invalid_attachments") or [])
    if len(attachments) > 100:  # noqa: PLR2004 - Slack's limit, named by the code it raises
        raise SlackError("too_many_attachments")
    if not (text or blocks or attachments):
        raise SlackError("no_text")
    return Content(stored(text), blocks, attachments)


def _post_publicly(
    slack: Slack, ticket: ResponseUrl, content: Content, thread_ts: str | None
) -> None:
    """An answer everyone sees; a command's answer reveals the line that was typed.

    It needs no membership: a response_url works where the bot is not.
    """
    channel = slack.channel(ticket.channel)
    if thread_ts is not None and slack.logs[channel.id].get(thread_ts) is None:
        raise SlackError("thread_not_found")
    if ticket.command is not None:
        say(slack, channel, slack.workspace.users[ticket.user], ticket.command)
        ticket.command = None
    author = replace(bot_author(slack, username=slack.workspace.app.name), user=None)
    post(slack, channel, author, content, thread_ts=thread_ts)


def _replace_original(slack: Slack, ticket: ResponseUrl, content: Content) -> bool:
    """Edit the message whose button was clicked; False where there is none (a command)."""
    if ticket.private_id is not None:
        private = slack.privates.get(ticket.private_id)
        if private is not None:
            private.text, private.blocks = content.text, with_ids(content.blocks, lambda: secret(3))
            private.attachments = content.attachments
            private.mentions = notified(slack, content)
            announce_private(slack, private)
        return True
    if ticket.message_ts is None:
        return False
    channel = slack.channel(ticket.channel)
    message = slack.logs[channel.id].get(ticket.message_ts)
    if message is not None:
        change(slack, channel, message, content)
    return True


def _delete_original(slack: Slack, ticket: ResponseUrl) -> None:
    if ticket.private_id is not None:
        if (private := slack.privates.get(ticket.private_id)) is not None:
            slack.privates.remove(private.id)
            announce_private(slack, private, is_gone=True)
        return
    if ticket.message_ts is None:
        raise SlackError("cant_delete_message")
    channel = slack.channel(ticket.channel)
    if (message := slack.logs[channel.id].get(ticket.message_ts)) is not None:
        delete(slack, channel, message)
