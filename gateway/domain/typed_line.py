"""What was typed after a command, as one string with the mentions kept apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.inbound import ChannelMention, CommandText, GroupMention, UserMention

Mention = UserMention | GroupMention | ChannelMention

_OBJECT = "\N{OBJECT REPLACEMENT CHARACTER}"
_SPACE = re.compile(r"\s*")
_WORD = re.compile(rf"[^\s{_OBJECT}]+")

_TYPOGRAPHY = str.maketrans(
    "\u201c\u201d\u201e\u00ab\u00bb\uff02\u2018\u2019\uff1a\uff0c\u3001\u00a0\u202f\u3000",
    '""""""\'\':,,   ',
)
"""Smart and full-width quotes, full-width colon and commas, spaces that do not break."""


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One string in which each mention is one placeholder at a known offset.

    `plain` has its typography made plain, character by character, so an offset means the same
    place in `raw`: what becomes the message is cut from there, as it was typed.
    """

    raw: str
    plain: str
    mentions: Mapping[int, Mention]

    @classmethod
    def of(cls, parts: CommandText) -> "TypedLine":
        """Put the parts in a row."""
        raw = ""
        mentions: dict[int, Mention] = {}
        for part in parts:
            if isinstance(part, str):
                raw += part
            else:
                mentions[len(raw)] = part
                raw += _OBJECT
        return cls(raw, raw.translate(_TYPOGRAPHY), mentions)

    def skip_space(self, at: int) -> int:
        """Find the next offset that is no white space."""
        found = _SPACE.match(self.plain, at)
        return found.end() if found else at

    def is_blank(self, at: int) -> bool:
        """Whether nothing but white space follows."""
        return self.skip_space(at) == len(self.plain)

    def word(self, at: int) -> re.Match[str] | None:
        """Match the next word, if a word comes next; a mention is none."""
        return _WORD.match(self.plain, self.skip_space(at))

    def readable(self, start: int, end: int | None = None) -> str:
        """Cut out a piece as it was typed, with mentions as people read them."""
        pieces = (
            readable_mention(self.mentions[i]) if i in self.mentions else self.raw[i]
            for i in range(start, len(self.raw) if end is None else end)
        )
        return "".join(pieces).strip()


def readable_mention(mention: Mention) -> str:
    """Write a mention as plain text: "@dana", "#ops"."""
    match mention:
        case UserMention(user, label):
            return "@" + (label.lstrip("@") or user)
        case GroupMention(group, label):
            return "@" + (label.lstrip("@") or group)
        case ChannelMention(channel, label):
            return "#" + (label.lstrip("#") or channel)
