"""The bot's scopes: what each is for, and which one an event needs.

Source: Slack, "Scopes and permissions", and the pages of each event.
"""

from collections.abc import Mapping

WHY: Mapping[str, str] = {
    "commands": "the slash command and both shortcuts",
    "chat:write": "status messages, replies from the pager, private answers",
    "chat:write.customize": "a reply under the name of the person on the pager",
    "channels:history": "replies in threads of public channels",
    "groups:history": "replies in threads of private channels",
    "im:history": "replies in direct messages",
    "mpim:history": "replies in group messages",
    "app_mentions:read": "a mention of the app in a thread",
    "files:read": "names and links of files in replies",
    "channels:read": "names of public channels, and whether the app is in them",
    "groups:read": "names of private channels, and whether the app is in them",
    "im:write": "the direct message for what cannot be told elsewhere",
    "reactions:write": "marking a reply as waiting, sent or not sent",
    "users:read": "names of people, and who is a guest or from another company",
    "usergroups:read": "paging a user group such as @oncall",
    "metadata.message:read": "finding a message whose acknowledgement was lost",
}
"""Scope → what does not work without it. The app manifest asks for exactly these."""

NEEDED_BY: Mapping[str, str | None] = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "channel_id_changed": None,
    "channel_rename": "channels:read",
    "group_rename": "groups:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "tokens_revoked": None,
    "user_change": "users:read",
}
"""Event → the scope without which Slack never sends it, and says nothing; `None`: it needs none."""
