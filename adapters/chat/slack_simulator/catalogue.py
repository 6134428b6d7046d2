"""Slack's scopes and events by name, and which scope an event needs: a typo is found here."""

from collections.abc import Iterable, Iterator
from typing import Final

HISTORY_OF: Final = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}
# None: no scope is needed.
EVENT_SCOPES: Final[dict[str, str | None]] = {
    **HISTORY_OF,
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "channel_archive": "channels:read",
    "channel_created": "channels:read",
    "channel_deleted": "channels:read",
    "channel_id_changed": None,
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_shared": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_unshared": "channels:read",
    "entity_details_requested": None,
    "file_deleted": "files:read",
    "file_shared": "files:read",
    "group_archive": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "link_shared": "links:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message_metadata_deleted": "metadata.message:read",
    "message_metadata_posted": "metadata.message:read",
    "message_metadata_updated": "metadata.message:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_created": "usergroups:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "team_access_granted": None,
    "team_access_revoked": None,
    "team_join": "users:read",
    "tokens_revoked": None,
    "user_change": "users:read",
}
SCOPES: Final = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "bookmarks:read",
        "bookmarks:write",
        "calls:read",
        "calls:write",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "channels:write.invites",
        "channels:write.topic",
        "chat:write",
        "chat:write.customize",
        "chat:write.public",
        "commands",
        "conversations.connect:manage",
        "conversations.connect:read",
        "conversations.connect:write",
        "dnd:read",
        "emoji:read",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "incoming-webhook",
        "links.embed:write",
        "links:read",
        "links:write",
        "metadata.message:read",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "pins:read",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "reminders:read",
        "reminders:write",
        "remote_files:read",
        "remote_files:share",
        "remote_files:write",
        "team:read",
        "usergroups:read",
        "usergroups:write",
        "users.profile:read",
        "users:read",
        "users:read.email",
        "users:write",
        "workflow.steps:execute",
    }
)


def subscription_problems(scopes: Iterable[str], events: Iterable[str]) -> Iterator[str]:
    """What Slack would accept without a word and then never deliver."""
    held = set(scopes)
    for scope in sorted(held - SCOPES):
        yield f"scopes: unknown scope {scope!r}"
    for event in events:
        if event not in EVENT_SCOPES:
            yield f"events: unknown event {event!r}"
        elif (needed := EVENT_SCOPES[event]) is not None and needed not in held:
            yield f"events: {event} needs the scope {needed}"
