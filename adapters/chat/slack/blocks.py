"""Content drawn as Slack blocks: section, context and actions, nothing newer.

Foreign text goes into `plain_text`, which has no markup; inside our own sentences it goes into
`mrkdwn`, escaped and with `verbatim`, without which Slack makes a mention of a plain `@here`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.chat.slack import limits
from adapters.chat.slack.limits import clipped
from adapters.chat.slack.lines import is_plain, packed_marks, packed_words, words
from adapters.chat.slack.text import escape, neutral, one_line, whole
from gateway.domain.content import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Confirm,
    Content,
    Divider,
    Menu,
    Paragraph,
    Quote,
    Small,
)

Drawn = dict[str, object]

_TAIL_BLOCKS = 6
"""How many of the last blocks survive when there are too many: buttons and the small line."""

_NO_WORDS = "…"
"""For what has no words, which Slack would refuse, and for what was cut out."""
_QUOTED = "\u203a"
"""A single guillemet before each quoted line: plain text has no quotation bar."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A message for Slack: `text` for notifications and screen readers, `blocks` to look at."""

    text: str
    blocks: tuple[Drawn, ...] = ()


def draw(content: Content) -> Drawing:
    """Draw a message: at most 50 blocks, and a text of at most 3,900 characters."""
    blocks = tuple(draw_blocks(content.blocks)) or tuple(_plain_sections([content.summary]))
    text = _shortened(content.summary or _all_words(content), escape)
    return Drawing(text, fitted(blocks, limits.MESSAGE_BLOCKS))


def draw_post(content: Content) -> Drawing:
    """Draw a new message; what is nothing but words goes without blocks.

    So addresses in it can be clicked. Its formatting has to be switched off (`mrkdwn=false`),
    which only `chat.postMessage` can.
    """
    if _is_just_words(content) and len(text := escape(_all_words(content))) <= limits.TEXT:
        return Drawing(text if text.strip() else _NO_WORDS)
    return draw(content)


def draw_plain(content: Content) -> Drawing:
    """Draw a message as text alone, for when Slack refuses its blocks."""
    return Drawing(_shortened(_all_words(content), neutral))


def fitted(blocks: Sequence[Drawn], most: int) -> tuple[Drawn, ...]:
    """Keep the first and last blocks of a message with too many, visibly shortened."""
    if len(blocks) <= most:
        return tuple(blocks)
    cut = _plain_sections([_NO_WORDS])
    return (*blocks[: most - _TAIL_BLOCKS - 1], *cut, *blocks[-_TAIL_BLOCKS:])


def _is_just_words(content: Content) -> bool:
    match content.blocks:
        case ():
            return True
        case (Paragraph(lines, None),):
            return all(map(is_plain, lines))
        case _:
            return False


def _all_words(content: Content) -> str:
    """Write a whole message as words, line by line."""
    return "\n".join(_words_of(content.blocks)) or content.summary


def _words_of(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph(lines):
                yield from map(words, lines)
            case Quote(text):
                yield from _quoted(text)
            case Small(line):
                yield words(line)
            case Buttons(buttons):
                yield from (button.url for button in buttons if button.url)
            case Divider():
                pass


def _shortened(text: str, write: Callable[[str], str]) -> str:
    """Escape and visibly shorten a text; cut before escaping, so that no entity is cut in two."""
    written = write(text)
    most = limits.TEXT
    while len(written) > limits.TEXT:
        most = most * limits.TEXT // len(written) - 1
        written = write(text[:most]) + "…"
    return written if written.strip() else _NO_WORDS


# --- blocks ------------------------------------------------------------------------------------


def draw_blocks(blocks: Iterable[Block]) -> Iterator[Drawn]:
    """Draw one block after the other; long text takes several."""
    unique = _UniqueActions()
    for block in blocks:
        match block:
            case Paragraph(lines, menu) if all(map(is_plain, lines)):
                yield from _beside(menu, _plain_sections(map(words, lines)))
            case Paragraph(lines, menu):
                marked = map(_marked_section, packed_marks(lines, limits.SECTION))
                yield from _beside(menu, marked)
            case Quote(text):
                yield from _plain_sections(_quoted(text))
            case Small(line):
                yield from map(_context, packed_marks([line], limits.SECTION))
            case Buttons(buttons):
                yield from _rows([_button(each, unique.of(each.action)) for each in buttons])
            case Divider():
                yield {"type": "divider"}


def _plain_sections(lines: Iterable[str]) -> Iterator[Drawn]:
    for text in packed_words(lines, limits.SECTION):
        # No emoji names: in a log line `:100:` means what it says.
        yield {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _marked_section(text: str) -> Drawn:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _beside(menu: Menu | None, sections: Iterable[Drawn]) -> Iterator[Drawn]:
    """Put a menu beside the first of these sections."""
    for at, section in enumerate(sections):
        yield section if at or menu is None else {**section, "accessory": _overflow(menu)}


def _overflow(menu: Menu) -> Drawn:
    options = [
        {"text": label(each.label, limits.OPTION_LABEL), "value": each.value}
        for each in menu.options[: limits.OVERFLOW_OPTIONS]
    ]
    return {"type": "overflow", "action_id": menu.action, "options": options}


def _context(text: str) -> Drawn:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _quoted(text: str) -> list[str]:
    return [f"{_QUOTED} {line}" for line in whole(text).strip("\n").split("\n")]


def _rows(buttons: Sequence[Drawn]) -> Iterator[Drawn]:
    for start in range(0, len(buttons), limits.ACTION_ELEMENTS):
        yield {"type": "actions", "elements": buttons[start : start + limits.ACTION_ELEMENTS]}


class _UniqueActions:
    """Makes action ids unique: several choices share one action, and Slack refuses equal ids."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def of(self, action: str) -> str:
        count = self._used[action] = self._used.get(action, 0) + 1
        return action if count == 1 else f"{action}#{count}"


def action_of(action_id: str) -> str:
    """Give the action behind an id that was made unique."""
    return action_id.partition("#")[0]


def _button(button: Button, action_id: str) -> Drawn:
    drawn: Drawn = {
        "type": "button",
        "action_id": action_id,
        "text": label(button.label, limits.BUTTON_LABEL),
    }
    if button.value:
        drawn["value"] = button.value[: limits.BUTTON_VALUE]
    if button.style is not ButtonStyle.NORMAL:
        drawn["style"] = button.style.value
    if button.confirm is not None:
        drawn["confirm"] = _confirm(button.confirm)
    if button.url.startswith(("https://", "http://")) and len(button.url) <= limits.ADDRESS:
        drawn["url"] = button.url
    return drawn


def _confirm(confirm: Confirm) -> Drawn:
    return {
        "title": label(confirm.title, limits.CONFIRM_TITLE),
        "text": label(confirm.text, limits.CONFIRM_TEXT),
        "confirm": label(confirm.yes, limits.CONFIRM_BUTTON),
        "deny": label(confirm.no, limits.CONFIRM_BUTTON),
    }


def label(text: str, most: int) -> Drawn:
    """Draw a label, on one line and not empty, which Slack would refuse."""
    return {"type": "plain_text", "text": clipped(one_line(whole(text)), most) or _NO_WORDS}
