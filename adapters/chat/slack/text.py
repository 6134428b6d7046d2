"""Text between Slack's markup and words: reading what people typed, writing what stays words.

Slack, "Formatting text for app surfaces": `& < >` are escaped, everything between `<` and `>` is a
control sequence.
"""

import re
from collections.abc import Callable

from adapters.chat.slack.emoji import to_unicode
from gateway.domain.ids import ChannelId, ChatUserId
from gateway.domain.inbound import (
    ChannelMention,
    CommandPart,
    CommandText,
    GroupMention,
    UserMention,
)

Mentioned = UserMention | GroupMention | ChannelMention

NAME_MOST = 80

_SEQUENCE = re.compile(r"<([^<>]*)>")
_USER = re.compile(r"@([UW][A-Z0-9]+)")
_CHANNEL = re.compile(r"#([CDG][A-Z0-9]+)")
_GROUP = re.compile(r"!subteam\^([A-Z0-9]+)")
_BROADCAST = re.compile(r"!(here|channel|everyone)")
_SCHEME = re.compile(r"https?://")

# --- reading -----------------------------------------------------------------------------------


def read(text: str) -> CommandText:
    """Take Slack's text apart: mentions stay values, all other markup becomes readable text."""
    parts: list[CommandPart] = []
    end = 0
    for match in _SEQUENCE.finditer(text):
        parts += [_plain(text[end : match.start()]), _sequence(match[1])]
        end = match.end()
    return _joined([*parts, _plain(text[end:])])


def readable(text: str, name_of: Callable[[Mentioned], str]) -> str:
    """Turn Slack's text into words; `name_of` tells how a mention reads."""
    return "".join(part if isinstance(part, str) else name_of(part) for part in read(text))


def mentions(text: str) -> tuple[Mentioned, ...]:
    """List who and what a text mentions, for looking up names."""
    return tuple(part for part in read(text) if not isinstance(part, str))


def label_of(mentioned: Mentioned) -> str:
    """Read a mention as it was typed, with the label that came along or else the id."""
    match mentioned:
        case UserMention(user, label):
            return f"@{label or user}"
        case ChannelMention(channel, label):
            return f"#{label or channel}"
        case GroupMention(group, label):
            return label or f"@{group}"


def unescape(text: str) -> str:
    """Undo Slack's escaping; `&amp;` last, so that nothing is unescaped twice."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain(text: str) -> str:
    return unescape(to_unicode(text))


def _sequence(inner: str) -> CommandPart:
    head, _, label = inner.partition("|")
    label = unescape(label)
    if match := _USER.fullmatch(head):
        return UserMention(ChatUserId(match[1]), label)
    if match := _CHANNEL.fullmatch(head):
        return ChannelMention(ChannelId(match[1]), label)
    if match := _GROUP.fullmatch(head):
        return GroupMention(match[1], label)
    if match := _BROADCAST.fullmatch(head):
        return f"@{match[1]}"
    return _link(unescape(head), label) or label or f"<{unescape(head)}>"


def _link(address: str, label: str) -> str:
    """Write an address with its label; empty when it is no address."""
    scheme, _, rest = address.partition(":")
    if scheme in {"mailto", "tel"}:
        return rest
    if not _SCHEME.match(address):
        return ""
    # Slack itself makes `<http://example.com|example.com>` of what was typed without a scheme.
    bare = _SCHEME.sub("", address).rstrip("/")
    return address if label.rstrip("/") in {"", address, bare} else f"{label} ({address})"


def _joined(parts: list[CommandPart]) -> CommandText:
    """Put neighbouring strings together and leave empty ones out."""
    joined: list[CommandPart] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return tuple(joined)


# --- writing -----------------------------------------------------------------------------------

_CONTROLS = {code: None for code in (*range(0x20), 0x7F) if code not in {0x09, 0x0A}}
# Bidi marks, overrides and isolates; zero-width characters; the byte-order mark.
_INVISIBLE = dict.fromkeys(
    (
        *(0xAD, 0x61C, 0x180E, 0xFEFF),
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
    )
)
_BREAK = "\ufeff"
"""Zero width, and white space to Slack's parser: a mark beside it opens and closes nothing."""
_GRAVE = "\u02cb"
"""Looks like a backtick. Code marks work whatever stands beside them, so they are replaced."""
# Between two letters a mark does nothing, so `pg_7K2M` stays fit for copying.
_MARK = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])")
_QUOTE_MARK = re.compile(r"^(?=&gt;)", re.MULTILINE)
_SPACES = re.compile(r"\s+")


def escape(text: str) -> str:
    """Write words so that no control sequence is alive in them."""
    plain = whole(text).translate(_CONTROLS)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def neutral(text: str) -> str:
    """Write words for `mrkdwn`: escaped, and without any emphasis, code or quotation.

    Only for pieces inside a sentence of ours. Longer foreign text goes into `plain_text`, where it
    can be copied without invisible characters.
    """
    marked = _MARK.sub(lambda match: match[0] + _BREAK, literal(text))
    return _QUOTE_MARK.sub(_BREAK, marked)


def literal(text: str) -> str:
    """Write words for between two backticks: there only a backtick and an escape mean anything."""
    return escape(text).replace("`", _GRAVE)


def one_line(text: str) -> str:
    """Squeeze white space, line breaks included."""
    return _SPACES.sub(" ", text).strip()


def whole(text: str) -> str:
    """Replace halves of surrogate pairs, which no encoder takes."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def clean_name(name: str) -> str:
    """Take from a name what could disguise it: controls, bidi overrides, zero-width characters."""
    return one_line(whole(name).translate(_CONTROLS | _INVISIBLE))[:NAME_MOST]
