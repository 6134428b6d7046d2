"""Names of lanes: what must keep its order shares one.

A page's way to the pager, its way to the chat, and private words about it are three lanes, so that
a slow chat platform never holds up the pager, and a person who cannot be told holds up nobody.
"""

from gateway.domain.ids import ChatUserId, Ref

OPS_LANE = "ops"


def pager_lane(ref: Ref) -> str:
    """Everything said into one pager conversation, in order."""
    return f"pager:{ref}"


def chat_lane(ref: Ref) -> str:
    """Everything shown in one chat thread, in order."""
    return f"chat:{ref}"


def tell_lane(ref: Ref, user: ChatUserId) -> str:
    """Private words to one person about one page."""
    return f"tell:{ref}:{user}"
