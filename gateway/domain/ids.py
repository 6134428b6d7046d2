"""Names of things. Foreign ids are opaque strings; only their own adapter makes or parses them."""

from typing import NewType

ExtensionNumber = NewType("ExtensionNumber", str)
"""What people dial: 2 to 10 digits, unique in one pager account."""

PagerMessageId = NewType("PagerMessageId", str)
"""One mailbox's copy of a pager message; 64 bits upstream, so never a float or an int32."""

ConversationId = NewType("ConversationId", str)
"""A pager conversation as one mailbox sees it; means nothing without the mailbox."""

WorkspaceId = NewType("WorkspaceId", str)
ChannelId = NewType("ChannelId", str)
ChatUserId = NewType("ChatUserId", str)
ChatMessageId = NewType("ChatMessageId", str)
"""Identifies a chat message inside its channel, and orders it there (Slack: `ts`)."""

Ref = NewType("Ref", str)
"""`pg_7K2M`: the short reference people, logs, pager text and chat metadata share."""

DraftId = NewType("DraftId", str)
DeliveryId = NewType("DeliveryId", int)
