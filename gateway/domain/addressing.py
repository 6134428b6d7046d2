"""Whom a page is for: from what was written to extension numbers, and whom those reach now.

Only an exact, unique match is taken without asking. Two exact hits ask, anything fuzzy asks, and
what is not clear about one recipient keeps the whole page back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.domain.commands import MOST_WORDS_IN_A_NAME, Term, Typed, readable_term
from gateway.domain.directory import (
    Department,
    Directory,
    Extension,
    ExtensionKind,
    Several,
    fold,
)
from gateway.domain.errors import (
    AmbiguousRecipientError,
    EmptyDepartmentError,
    GatewayError,
    IncompleteRecipientError,
    NobodyBehindError,
    NobodyLeftError,
    NoDefaultRecipientError,
    NotLinkedError,
    PagerError,
    PagerUnknownRecipientError,
    RecipientUnavailableError,
    UnknownRecipientError,
    WrongRecipientTypeError,
)
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber
from gateway.domain.inbound import ChannelMention, GroupMention, UserMention

Near = Callable[[str], tuple[Extension, ...]]
"""Finds entries whose names look like what was typed, best first; empty when none does."""

Numbers = tuple[ExtensionNumber, ...]

_NOBODY = Several(())


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Everything a recipient is looked up in."""

    directory: Directory
    near: Near
    linked: Mapping[ChatUserId, ExtensionNumber] = field(default_factory=dict)
    groups: Mapping[str, Several] = field(default_factory=dict)
    channels: Mapping[ChannelId, Several] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A set of recipients in the order of their first mention, without the sender."""

    to: Numbers


@dataclass(frozen=True, slots=True)
class Doubt:
    """One recipient is in doubt, so nothing is sent.

    `settled` are those who are clear. `others` are further words in doubt: while there are some,
    choosing for `term` alone would lose them.
    """

    error: GatewayError
    term: str
    settled: Numbers = ()
    others: tuple[str, ...] = ()


Resolution = Resolved | Doubt


def resolve(
    terms: tuple[Term, ...], book: AddressBook, sender: ExtensionNumber | None = None
) -> Resolution:
    """Settle who is meant."""
    settled: dict[ExtensionNumber, None] = {}
    doubts: list[tuple[str, GatewayError]] = []
    for term in terms:
        found = _look_up(term, book)
        if isinstance(found, GatewayError):
            doubts.append((readable_term(term), found))
            if isinstance(found, IncompleteRecipientError):
                settled.update(dict.fromkeys(found.known))
        else:
            settled.update(dict.fromkeys(found))
    to = tuple(number for number in settled if number != sender)
    if doubts:
        (term_in_doubt, error), *others = doubts
        return Doubt(error, term_in_doubt, to, tuple(word for word, _ in others))
    return Resolved(to) if to else Doubt(NobodyLeftError(), "")


def _look_up(term: Term, book: AddressBook) -> Numbers | GatewayError:
    match term:
        case UserMention(user):
            linked = book.linked.get(user)
            return (linked,) if linked else _not_linked(readable_term(term), user, book.near)
        case GroupMention(group):
            in_it = book.groups.get(group, _NOBODY)
            return _all_of(in_it, term) if in_it.numbers else NotLinkedError(readable_term(term))
        case ChannelMention(channel):
            usual = book.channels.get(channel)
            return _all_of(usual, term) if usual else NoDefaultRecipientError(readable_term(term))
        case Typed(text):
            return _look_up_typed(text.lstrip("@"), book)


def _all_of(several: Several, term: Term) -> Numbers | GatewayError:
    """Take everybody behind a name for many, or say who or what is missing."""
    if several.unknown:
        typed = readable_term(term)
        return IncompleteRecipientError(typed, several.unknown, several.numbers)
    return several.numbers or NobodyBehindError(readable_term(term))


def _not_linked(typed: str, user: ChatUserId, near: Near) -> NotLinkedError:
    alike = near(typed.lstrip("@").replace(".", " "))
    return NotLinkedError(typed, user, tuple(e.number for e in alike))


def _look_up_typed(text: str, book: AddressBook) -> Numbers | GatewayError:
    by_number = book.directory.extension(ExtensionNumber(text))
    if by_number:
        return (by_number.number,)
    named = tuple(e.number for e in book.directory.named(text))
    several = book.directory.several(text)
    if several is not None and set(named) <= set(several.numbers):
        return _all_of(several, Typed(text))
    exact = (*named, *(several.numbers if several else ()))
    if len(exact) == 1:
        return exact
    return AmbiguousRecipientError(text, exact) if exact else _guess_error(text, book.near(text))


def _guess_error(typed: str, near: tuple[Extension, ...]) -> GatewayError:
    """Tell a part of a name ("Sam") from a misspelt one ("avry kin"): both are asked about."""
    begun = tuple(e.number for e in near if _begins(fold(typed), fold(e.name)))
    if begun:
        return AmbiguousRecipientError(typed, begun)
    return UnknownRecipientError(typed, tuple(e.number for e in near))


def _begins(typed: str, name: str) -> bool:
    """Whether every typed word begins a word of the name."""
    words = name.split()
    return all(any(word.startswith(part) for word in words) for part in typed.split())


@dataclass(frozen=True, slots=True)
class Guess:
    """A recipient nobody named exactly, and what would be the message then."""

    error: GatewayError
    term: str
    text: str


def guess(text: str, near: Near) -> Guess:
    """Find out which first words were meant as a name; without any likeness, the first word."""
    name, rest = "", text
    for name, rest in _starts(text):
        if found := near(name):
            return Guess(_guess_error(name, found), name, rest)
    return Guess(UnknownRecipientError(name), name, rest)


def _starts(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, message) for the longest to the shortest possible name."""
    for count in range(MOST_WORDS_IN_A_NAME, 0, -1):
        pieces = text.split(maxsplit=count)
        if len(pieces) >= count:
            name = " ".join(pieces[:count]).rstrip(".,;:!?").lstrip("@")
            yield name, "".join(pieces[count:])


# --- whom it reaches ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DepartmentReach:
    """Who of a department receives a page now. RingCentral skips the inactive without a word."""

    department: Department
    active: tuple[Extension, ...]
    inactive: tuple[Extension, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the directory knows about a set of recipients before anything is sent."""

    people: tuple[Extension, ...]
    departments: tuple[DepartmentReach, ...]
    unknown: Numbers
    wrong_kind: tuple[Extension, ...]
    unavailable: tuple[Extension, ...]

    @property
    def receivers(self) -> frozenset[ExtensionNumber]:
        """Everybody whose pager will ring, each once."""
        members = (e for d in self.departments for e in d.active)
        return frozenset(e.number for e in (*self.people, *members))

    @property
    def skipped(self) -> tuple[Extension, ...]:
        """Inactive members, each once, who receive nothing."""
        inactive = (e for d in self.departments for e in d.inactive)
        return tuple({e.number: e for e in inactive}.values())

    @property
    def problem(self) -> PagerError | None:
        """What the pager would refuse, so that it need not be asked."""
        empty = next((d for d in self.departments if not d.active), None)
        if self.unknown:
            return PagerUnknownRecipientError(extension=self.unknown[0])
        if self.wrong_kind:
            return WrongRecipientTypeError(extension=self.wrong_kind[0].number)
        if self.unavailable:
            return RecipientUnavailableError(extensions=tuple(e.number for e in self.unavailable))
        return EmptyDepartmentError(department=empty.department.number) if empty else None


def check_reach(recipients: Iterable[ExtensionNumber], directory: Directory) -> Reach:
    """Look up whom these recipients reach now."""
    numbers = tuple(recipients)
    found = tuple(e for e in map(directory.extension, numbers) if e)
    able = tuple(e for e in found if e.reachable)
    departments = (directory.department(e.number) for e in able)
    return Reach(
        people=tuple(e for e in able if directory.department(e.number) is None),
        departments=tuple(_department_reach(d, directory) for d in departments if d),
        unknown=tuple(n for n in numbers if directory.extension(n) is None),
        wrong_kind=tuple(e for e in found if e.kind is ExtensionKind.OTHER),
        unavailable=tuple(
            e for e in found if not e.reachable and e.kind is not ExtensionKind.OTHER
        ),
    )


def _department_reach(department: Department, directory: Directory) -> DepartmentReach:
    return DepartmentReach(
        department,
        directory.active_members(department),
        directory.inactive_members(department),
    )
