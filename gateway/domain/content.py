"""What is shown to people, free of any platform's markup.

`gateway.text` builds content from facts; a chat adapter draws it. A `Span` marked as foreign text
is a plain string here: escaping happens once, in the adapter.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import ChannelId, ChatUserId


class Emphasis(StrEnum):
    """How a piece of text stands out."""

    PLAIN = "plain"
    STRONG = "strong"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text, ours or a person's: no markup in it is alive."""

    text: str
    emphasis: Emphasis = Emphasis.PLAIN


@dataclass(frozen=True, slots=True)
class Mention:
    """A person, named without waking anybody where the platform allows it."""

    user: ChatUserId
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, shown in the reader's own zone; `fallback` is for plain text.

    Without `dated` only the time of day is shown.
    """

    at: datetime
    fallback: str
    dated: bool = False


Inline = Span | Mention | Moment
Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice in a menu."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Menu:
    """Choices behind a sign beside a paragraph; at most five. Choosing one is like a button."""

    action: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more lines of normal text."""

    lines: tuple[Line, ...]
    menu: Menu | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's own words, shown as a quotation."""

    text: str


@dataclass(frozen=True, slots=True)
class Small:
    """The small grey line: freshness, who can help, the reference."""

    line: Line


class ButtonStyle(StrEnum):
    """At most one primary per message."""

    NORMAL = "normal"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question the platform asks before the button acts."""

    title: str
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Button:
    """`action` is one of our action names; `value` an opaque id the server looks up again."""

    action: str
    value: str
    label: str
    style: ButtonStyle = ButtonStyle.NORMAL
    confirm: Confirm | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of choices."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between two parts; it says nothing."""


Block = Paragraph | Quote | Small | Buttons | Divider


@dataclass(frozen=True, slots=True)
class Content:
    """A whole message. `summary` is one plain line for notifications and screen readers."""

    summary: str
    blocks: tuple[Block, ...] = ()


# --- forms -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PageForm:
    """The paging form with what is already known; words come from `gateway.text`.

    `draft` travels through the form so that the submission finds its context again; `senders` is
    empty when there is nothing to choose.
    """

    title: str
    submit: str
    close: str
    to_label: str
    to_placeholder: str
    text_label: str
    text_hint: str
    send_as_label: str
    where_label: str
    to: tuple[Option, ...] = ()
    text: str = ""
    senders: tuple[Option, ...] = ()
    channel: ChannelId | None = None
    draft: str = ""


@dataclass(frozen=True, slots=True)
class SilenceForm:
    """The form that silences alerts: `what` says which, `lasts` offers for how long.

    `context` travels through the form.
    """

    title: str
    submit: str
    close: str
    what: str
    lasts_label: str
    lasts: tuple[Option, ...]
    text_label: str
    text_hint: str
    context: str


Form = PageForm | SilenceForm


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Choices under one heading."""

    label: str
    options: tuple[Option, ...]
