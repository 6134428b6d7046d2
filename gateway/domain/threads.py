"""What of a chat thread goes to the pager, and what stays."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.pager_text import clean

_NOTE_SIGNS = ("//", "🔒")


class ThreadMode(StrEnum):
    """What people chose for a thread."""

    REPLIES = "replies"
    """Every reply goes."""
    MENTIONS = "mentions"
    """Only what mentions the app goes."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class UsualModes:
    """How threads begin, until people choose."""

    pages: ThreadMode = ThreadMode.REPLIES
    alerts: ThreadMode = ThreadMode.MENTIONS


class Stays(StrEnum):
    """Why words stay in the chat."""

    EMPTY = "empty"
    NOTE = "note"
    NOT_MENTIONED = "not_mentioned"
    STOPPED = "stopped"


def is_note(text: str) -> bool:
    """Whether a message begins with a sign that keeps it, all its lines included, in the chat.

    Only its beginning counts: in the middle the same characters are part of what somebody says.
    """
    return clean(text).startswith(_NOTE_SIGNS)


def stays(text: str, mode: ThreadMode, *, mentioned: bool) -> Stays | None:
    """Say why a message stays in the chat; `None` when it goes to the pager."""
    if not clean(text):
        return Stays.EMPTY
    if is_note(text):
        return Stays.NOTE
    match mode:
        case ThreadMode.REPLIES:
            return None
        case ThreadMode.MENTIONS:
            return None if mentioned else Stays.NOT_MENTIONED
        case ThreadMode.NOTHING:
            return Stays.STOPPED
