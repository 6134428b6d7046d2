"""Slack's text: what a person types, what is stored, and whom it would notify."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from adapters.chat.slack_simulator.wire import Json
from adapters.chat.slack_simulator.workspace import Channel, User, UserGroup, Workspace

BROADCASTS: Final = ("here", "channel", "everyone")
EMOJI: Final = {
    "👍": "+1",
    "👎": "-1",
    "🎉": "tada",
    "🔥": "fire",
    "👀": "eyes",
    "✅": "white_check_mark",
    "❌": "x",
    "⚠️": "warning",
    "🚨": "rotating_light",
    "🙂": "slightly_smiling_face",
    "😀": "grinning",
    "❤️": "heart",
    "🚀": "rocket",
    "👋": "wave",
    "🙏": "pray",
    "📟": "pager",
}
_URL: Final = r"https?://[^\s<>|]*[^\s<>|.,;:!?)'\"]"
_TYPED: Final = re.compile(
    rf"""<@(?P<chip_user>[UW]\w+)(?:\|[^>]*)?>
    | <\#(?P<chip_channel>[CGD]\w+)(?:\|[^>]*)?>
    | <!subteam\^(?P<chip_group>S\w+)(?:\|[^>]*)?>
    | (?P<url>{_URL})
    | (?<![\w@])@(?P<at>\w(?:[\w.-]*\w)?)
    | (?<![\w\#&])\#(?P<hash>[\w-]+)
    | (?P<emoji>{"|".join(EMOJI)})""",
    re.VERBOSE,
)
_ENTITY: Final = re.compile(r"<([^<>]+)>")
_CONTROL: Final = re.compile(r"[@#][A-Z0-9]+(\|.*)?|![a-z]\S*(\|.*)?|(https?://|mailto:|tel:).+")
_AMPERSAND: Final = re.compile(r"&(?!(?:amp|lt|gt);)")
_BARE_URL: Final = re.compile(rf"(?<![<|])\b{_URL}")
_MENTION: Final = re.compile(
    r"<(?:@([UW]\w+)|!subteam\^(S\w+)|!(here|channel|everyone))(?:\|[^>]*)?>"
)
_PLAIN_AT: Final = re.compile(r"(?<![\w@<])@(\w(?:[\w.-]*\w)?)")


def escape(text: str) -> str:
    """The three characters Slack escapes, `&` first."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True)
class Typed:
    """One piece of what a person typed; `of` is what it names, None for plain text."""

    raw: str
    of: User | Channel | UserGroup | str | None = None

    def in_message(self) -> str:
        """As Slack stores it in a message."""
        match self.of:
            case User(id=user):
                return f"<@{user}>"
            case Channel(id=channel, name=name, is_private=private):
                return f"<#{channel}|{'' if private else name}>"
            case UserGroup(id=group):
                return f"<!subteam^{group}>"
            case "url":
                return f"<{escape(self.raw)}>"
            case "emoji":
                return f":{EMOJI[self.raw]}:"
            case "broadcast":
                return f"<!{self.raw[1:]}>"
            case _:
                return escape(self.raw)

    def in_command(self) -> str:
        """As a command with `should_escape` receives it: with labels."""
        match self.of:
            case User(id=user, name=name):
                return f"<@{user}|{name}>"
            case UserGroup(id=group, handle=handle):
                return f"<!subteam^{group}|@{handle}>"
            case _:
                return self.in_message()

    def element(self) -> Json:
        """As an element of a rich_text section."""
        match self.of:
            case User(id=user):
                return {"type": "user", "user_id": user}
            case Channel(id=channel):
                return {"type": "channel", "channel_id": channel}
            case UserGroup(id=group):
                return {"type": "usergroup", "usergroup_id": group}
            case "url":
                return {"type": "link", "url": self.raw}
            case "emoji":
                return {"type": "emoji", "name": EMOJI[self.raw]}
            case "broadcast":
                return {"type": "broadcast", "range": self.raw[1:]}
            case _:
                return {"type": "text", "text": self.raw}


def read_typed(text: str, workspace: Workspace) -> list[Typed]:
    """Take apart what a person typed, as Slack's composer does while they type.

    `@name`, `#channel`, links and emoji are recognised; an entity such as `<@U0DANA>` stands for
    one chosen from the composer's list, if it exists. All else is plain text.
    """
    pieces: list[Typed] = []
    end = 0
    for match in _TYPED.finditer(text):
        named = _named(match, workspace)
        if named is None:
            continue
        if match.start() > end:
            pieces.append(Typed(text[end : match.start()]))
        pieces.append(Typed(match.group(), named))
        end = match.end()
    if end < len(text):
        pieces.append(Typed(text[end:]))
    return pieces


def _named(match: re.Match[str], workspace: Workspace) -> User | Channel | UserGroup | str | None:
    kind, value = match.lastgroup, match[match.lastgroup or 0]
    match kind:
        case "chip_user":
            return workspace.users.get(value)
        case "chip_channel":
            return workspace.channels.get(value)
        case "chip_group":
            return workspace.usergroups.get(value)
        case "at" if value in BROADCASTS:
            return "broadcast"
        case "at":
            return workspace.user_named(value) or workspace.usergroup_named(value)
        case "hash":
            return workspace.channel_named(value)
        case _:
            return kind


def rich_text(pieces: Iterable[Typed], block_id: str) -> Json:
    """The block Slack makes of what a person typed."""
    section = {"type": "rich_text_section", "elements": [piece.element() for piece in pieces]}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def stored(text: str) -> str:
    """Text sent by an app as Slack keeps it: stray `& < >` escaped, bare links made links."""

    def entity_or_escaped(match: re.Match[str]) -> str:
        return match.group() if _CONTROL.fullmatch(match[1]) else escape(match.group())

    parts: list[str] = []
    end = 0
    for match in _ENTITY.finditer(text):
        parts.append(_plain(text[end : match.start()]))
        parts.append(entity_or_escaped(match))
        end = match.end()
    parts.append(_plain(text[end:]))
    return "".join(parts)


def _plain(text: str) -> str:
    escaped = _AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return _BARE_URL.sub(lambda match: f"<{match.group()}>", escaped)


def link_names(text: str, workspace: Workspace) -> str:
    """What `link_names` and `parse=full` do: plain `@name` becomes a mention."""

    def linked(match: re.Match[str]) -> str:
        name = match[1]
        if name in BROADCASTS:
            return f"<!{name}>"
        if (user := workspace.user_named(name)) is not None:
            return f"<@{user.id}>"
        if (group := workspace.usergroup_named(name)) is not None:
            return f"<!subteam^{group.id}>"
        return match.group()

    return _PLAIN_AT.sub(linked, text)


def mentions(text: str, blocks: Iterable[Json], workspace: Workspace) -> tuple[str, ...]:
    """Whom a message would notify: user and group ids, and here, channel, everyone.

    A `mrkdwn` object without `verbatim` is parsed: there even a plain `@here` is live.
    """
    found = dict.fromkeys(_in_text(text))
    for block in blocks:
        found |= dict.fromkeys(_in_block(block, workspace))
    known = {*workspace.users, *workspace.usergroups, *BROADCASTS}
    return tuple(one for one in found if one in known)


def _in_text(text: str) -> Iterator[str]:
    for match in _MENTION.finditer(text):
        yield match[1] or match[2] or match[3]


def _in_block(node: object, workspace: Workspace) -> Iterator[str]:
    """Every mention anywhere inside a block, by the type of the object that holds it."""
    match node:
        case list():
            for item in node:
                yield from _in_block(item, workspace)
        case {"type": "mrkdwn" | "markdown", "text": str(text)}:
            verbatim = isinstance(node, dict) and node.get("verbatim") is True
            yield from _in_text(text if verbatim else link_names(text, workspace))
        case {"type": "plain_text"}:
            return
        case {"type": "user", "user_id": str(user)}:
            yield user
        case {"type": "usergroup", "usergroup_id": str(group)}:
            yield group
        case {"type": "broadcast", "range": str(word)}:
            yield word
        case dict():
            for value in node.values():
                yield from _in_block(value, workspace)
        case _:
            return
