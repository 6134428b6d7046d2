"""What somebody wants sent, and what they are told at once."""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.content import Content
from gateway.domain.ids import ChannelId, DraftId, ExtensionNumber
from gateway.domain.outbound import Notice
from gateway.domain.pages import ChatThread, Origin, Person


class Question(StrEnum):
    """What may stand in the way of a page until its author says yes."""

    LENGTH = "page.too_long"
    REPEAT = "page.repeat"
    SIZE = "page.confirm_size"
    FLAGGED = "page.confirm_flagged"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants sent. `key` makes a repeat harmless; `draft` is used up by sending.

    `agreed` are the questions its author said yes to; none is asked twice. `digest` tells what was
    wished for under this key; with one, the page's reference is kept as the key's answer.
    """

    key: str
    person: Person
    channel: ChannelId
    to: tuple[ExtensionNumber, ...]
    text: str
    origin: Origin
    send_as: ExtensionNumber | None = None
    quiet: bool = False
    agreed: frozenset[str] = frozenset()
    draft: DraftId | None = None
    thread: ChatThread | None = None
    digest: str = ""

    @property
    def once(self) -> str:
        """Tell what it may be recorded under once: whoever uses a draft first, uses it up."""
        return used_key(self.draft) if self.draft else self.key

    def agreeing(self, *questions: Question) -> "Wish":
        """Say yes to questions."""
        return replace(self, agreed=self.agreed.union(questions))


def used_key(draft: DraftId) -> str:
    """Name the inbox key under which a draft is used up; it outlives the draft."""
    return f"draft:{draft}"


@dataclass(frozen=True, slots=True)
class Told:
    """What the acting person is told at once; `replace` puts it in the pressed button's place.

    Usually a notice; lists that no notice can hold come as `content`.
    """

    notice: Notice | None = None
    content: Content | None = None
    replace: bool = False
