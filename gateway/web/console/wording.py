"""What is sent and what was told in the chat, in plain words for a page."""

from dataclasses import dataclass

from gateway.domain.content import Buttons, Content, Paragraph, Quote, Small
from gateway.text.lines import plain

KINDS = {
    "page": "Page",
    "reply": "Reply",
    "follow_up": "Follow-up",
    "card": "Status message",
    "message": "Message in the channel",
    "thread": "Message in the thread",
    "update": "Status message brought up to date",
    "whisper": "Private word",
    "clockwork": "Sign on a message",
}
"""By the kind that `gateway.services.explaining` gives them."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message in the order in which it is read; `choices` are what its buttons say."""

    lines: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    small: tuple[str, ...] = ()


def as_told(content: Content) -> Told:
    """Take a message apart."""
    blocks = content.blocks
    return Told(
        tuple(plain(line) for each in blocks if isinstance(each, Paragraph) for line in each.lines),
        tuple(each.text for each in blocks if isinstance(each, Quote)),
        tuple(b.label for each in blocks if isinstance(each, Buttons) for b in each.buttons),
        tuple(plain(each.line) for each in blocks if isinstance(each, Small)),
    )
