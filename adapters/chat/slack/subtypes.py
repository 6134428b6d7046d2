"""Every kind of `message` event Slack has, and what becomes of it.

Slack, "message event" and its subtypes; the last group is not documented, but has been seen in
histories. What is not listed is `UNKNOWN`: counted under its reason, never sent on.
`docs/reference/slack-messages.md` shows this table to people, and is tested against it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Becomes(StrEnum):
    """What an event of a kind may become in a thread of ours."""

    REPLY = "a reply on the pager"
    CORRECTION = "a correction on the pager"
    NOTE = "a note to its author"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Subtype:
    """How one kind is treated; `why` is counted when it becomes nothing."""

    becomes: Becomes
    why: str = ""


def _ignored(why: str, names: Iterable[str]) -> dict[str, Subtype]:
    return dict.fromkeys(names, Subtype(Becomes.NOTHING, why))


_REPLY = Subtype(Becomes.REPLY)
UNKNOWN = Subtype(Becomes.NOTHING, "unknown_subtype")

SUBTYPES: Mapping[str, Subtype] = {
    # what people write
    "": _REPLY,
    "file_share": _REPLY,
    "thread_broadcast": _REPLY,
    "me_message": _REPLY,
    # what they do to it
    "message_changed": Subtype(Becomes.CORRECTION),
    "message_deleted": Subtype(Becomes.NOTE),
    # what programs write
    **_ignored("bot", ("bot_message", "slackbot_response", "assistant_app_thread")),
    **_ignored("reminder", ("reminder_add",)),
    # told a second time elsewhere
    **_ignored("copy", ("message_replied", "reply_broadcast", "file_mention", "document_mention")),
    **_ignored("withheld", ("ekm_access_denied", "tombstone")),
    # the life of a channel
    **_ignored(
        "membership",
        (
            "channel_join",
            "channel_leave",
            "group_join",
            "group_leave",
            "joiner_notification",
            "bot_add",
            "bot_remove",
            "bot_enable",
            "bot_disable",
            "app_conversation_join",
            "app_conversation_leave",
        ),
    ),
    **_ignored(
        "channel",
        (
            "channel_archive",
            "channel_convert_to_private",
            "channel_convert_to_public",
            "channel_name",
            "channel_posting_permissions",
            "channel_purpose",
            "channel_topic",
            "channel_unarchive",
            "group_archive",
            "group_name",
            "group_purpose",
            "group_topic",
            "group_unarchive",
        ),
    ),
    # things beside a message
    **_ignored("pin", ("pinned_item", "unpinned_item")),
    **_ignored("file", ("file_comment", "file_created", "file_changed", "file_deleted")),
    **_ignored("canvas", ("channel_canvas_updated", "tabbed_canvas_updated")),
    **_ignored("huddle", ("huddle_thread", "sh_room_created")),
}
