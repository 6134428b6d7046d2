"""The grammar of `/page`. It is total: whatever is typed has a meaning, never a crash.

    /page                              the form
    /page WHO                          the form with the recipient filled in
    /page WHO MESSAGE                  WHO: 102 · Avery Kim · dba · "Night Shift" · @dana · #ops
    /page WHO, WHO: MESSAGE            a colon ends a list
    /page : MESSAGE                    the form; it begins with whom the channel usually pages
    /page SUB [ARGUMENT]               help · who · oncall · can · status · why · cancel · ack · …
    options, before the message        --from EXT|"Name" · --quiet · --now

The directory only tells whether words are a name; who that is, is settled in `addressing`. Doubt
always ends in a question: nobody is paged who was not named, and no recipient is lost in silence.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.directory import Directory, fold
from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.inbound import ChannelMention, CommandText
from gateway.domain.typed_line import Mention, TypedLine, readable_mention

MOST_WORDS_IN_A_NAME = 4


_TRAILING = " \t.,;:!?"
_NUMBER = re.compile(r"[0-9]{2,10}\Z")
_QUOTED = re.compile(r'"([^"\n]*)"')
_NOBODY_BEFORE_COLON = re.compile(r":(?=\s|\Z)")
_WORD_CHARACTER = re.compile(r"\w")


class Sub(StrEnum):
    """What can follow the command instead of a recipient."""

    HELP = "help"
    WHO = "who"
    ONCALL = "oncall"
    STATUS = "status"
    WHY = "why"
    CAN = "can"
    CANCEL = "cancel"
    ACK = "ack"
    LINK = "link"
    UNLINK = "unlink"
    SETTINGS = "settings"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Typed:
    """A name or a number in somebody's own words."""

    text: str


Term = Typed | Mention
"""One recipient as it was written, not yet looked up."""


def readable_term(term: Term) -> str:
    """Write a recipient as its author reads it."""
    return term.text if isinstance(term, Typed) else readable_mention(term)


@dataclass(frozen=True, slots=True)
class Options:
    """`send_as` is the extension or name behind `--from`; `now` skips the question about size."""

    send_as: Term | None = None
    quiet: bool = False
    now: bool = False


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Nobody or nothing to say is named yet, or it is not clear where the list ends."""

    to: tuple[Term, ...] = ()
    text: str = ""
    options: Options = Options()


@dataclass(frozen=True, slots=True)
class PageCommand:
    """Page these with this text."""

    to: tuple[Term, ...]
    text: str
    options: Options = Options()


@dataclass(frozen=True, slots=True)
class UnknownStart:
    """The first words are nobody's name; `text` is everything that was typed after the options.

    `addressing.guess` finds out which of the words may have been meant as a name.
    """

    text: str
    options: Options = Options()


@dataclass(frozen=True, slots=True)
class SubCommand:
    """A sub-command, alone or with an argument of the right shape."""

    sub: Sub
    who: Term | None = None
    ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class AskIntent:
    """A sub-command's name followed by other words: the command, or a page? Never guessed."""

    sub: Sub
    text: str


@dataclass(frozen=True, slots=True)
class NobodyNamed:
    """Something was typed in which no recipient can be seen at all."""

    text: str


Command = OpenForm | PageCommand | UnknownStart | SubCommand | AskIntent | NobodyNamed


def parse(text: CommandText, directory: Directory, schedules: Collection[str] = ()) -> Command:
    """Read what follows the command's name; `oncall` takes names of schedules too. Never raises."""
    line = TypedLine.of(text)
    at, options = _read_options(line, 0, Options())
    if line.is_blank(at):
        return OpenForm(options=options)
    if _NOBODY_BEFORE_COLON.match(line.plain, line.skip_space(at)):
        return OpenForm(text=line.readable(line.skip_space(at) + 1), options=options)
    command = _read_sub(line, at, directory, schedules)
    command = command or _read_page(line, at, directory, options)
    return command or _without_recipient(line, at, options)


def _without_recipient(line: TypedLine, at: int, options: Options) -> Command:
    text = line.readable(at)
    return UnknownStart(text, options) if _WORD_CHARACTER.search(text) else NobodyNamed(text)


# --- options -----------------------------------------------------------------------------------

# Phones turn "--" into a dash.
_OPTION = re.compile(r"(?:--|\u2014|\u2013)(from|quiet|now)\b=?", re.IGNORECASE)


def _read_options(line: TypedLine, at: int, options: Options) -> tuple[int, Options]:
    while option := _OPTION.match(line.plain, line.skip_space(at)):
        match option[1].lower():
            case "quiet":
                at, options = option.end(), replace(options, quiet=True)
            case "now":
                at, options = option.end(), replace(options, now=True)
            case _:
                sender = _read_marked(line, option.end()) or _read_word(line, option.end())
                if sender is None:
                    break
                term, at = sender
                options = replace(options, send_as=term)
    return at, options


def _read_word(line: TypedLine, at: int) -> tuple[Term, int] | None:
    word = line.word(at)
    return (Typed(word[0].rstrip(_TRAILING)), word.end()) if word else None


# --- recipients --------------------------------------------------------------------------------


def _read_page(line: TypedLine, at: int, directory: Directory, options: Options) -> Command | None:
    listed = _read_colon_list(line, at, directory)
    found = listed or _read_leading(line, at, directory)
    if found is None:
        return None
    to, end = found
    end, options = _read_options(line, _skip_punctuation(line, end), options)
    text = line.readable(end)
    list_end_is_unclear = listed is None and len(to) > 1
    if list_end_is_unclear or not text:
        return OpenForm(to, text, options)
    return PageCommand(to, text, options)


def _read_leading(
    line: TypedLine, at: int, directory: Directory
) -> tuple[tuple[Term, ...], int] | None:
    """Read the first recipient, and those after commas: "102, 103 Lift is out of order"."""
    first = _read_who(line, at, directory)
    if first is None:
        return None
    to: tuple[Term, ...] = (first[0],)
    at = first[1]
    while line.plain[at : at + 1] == ",":
        more = _read_who(line, at + 1, directory)
        if more is None or not (isinstance(more[0], Mention) or _knows(directory, more[0])):
            break
        to, at = (*to, more[0]), more[1]
    return to, at


def _skip_punctuation(line: TypedLine, at: int) -> int:
    while at < len(line.plain) and line.plain[at] in _TRAILING.strip():
        at += 1
    return at


def _read_who(line: TypedLine, at: int, directory: Directory) -> tuple[Term, int] | None:
    """Read one recipient: what is marked as one, else the longest prefix that is a known name."""
    marked = _read_marked(line, at)
    if marked is None:
        return _read_name(line, at, directory)
    term, _ = marked
    is_stranger = isinstance(term, Typed) and _is_number(term.text) and not _knows(directory, term)
    return (_read_name(line, at, directory) if is_stranger else None) or marked


def _read_marked(line: TypedLine, at: int) -> tuple[Term, int] | None:
    """Read what is a recipient by its form alone: a mention, a quoted name, a number."""
    at = line.skip_space(at)
    if at in line.mentions:
        return line.mentions[at], at + 1
    if (quoted := _QUOTED.match(line.plain, at)) and quoted[1].strip():
        return Typed(quoted[1].strip()), quoted.end()
    word = line.word(at)
    if word and _is_number(number := word[0].rstrip(_TRAILING)):
        return Typed(number), word.start() + len(number)
    return None


def _read_name(line: TypedLine, at: int, directory: Directory) -> tuple[Term, int] | None:
    words = list(_first_words(line, at))
    for count in range(len(words), 0, -1):
        chosen = words[:count]
        name = Typed(" ".join(w[0] for w in chosen).rstrip(_TRAILING))
        if _knows(directory, name):
            trailing = len(chosen[-1][0]) - len(chosen[-1][0].rstrip(_TRAILING))
            return name, chosen[-1].end() - trailing
    return None


def _first_words(line: TypedLine, at: int) -> Iterator[re.Match[str]]:
    for _ in range(MOST_WORDS_IN_A_NAME):
        word = line.word(at)
        if word is None:
            return
        yield word
        at = word.end()


def _is_number(text: str) -> bool:
    return _NUMBER.match(text) is not None


def _knows(directory: Directory, term: Term) -> bool:
    if not isinstance(term, Typed):
        return False
    number = ExtensionNumber(term.text)
    name = term.text.lstrip("@")
    return (
        directory.extension(number) is not None
        or bool(directory.named(name))
        or directory.several(name) is not None
    )


# --- a list that ends with a colon -------------------------------------------------------------

_LIST_COLON = re.compile(r":(?![0-9/])")
_LIST_HEAD = re.compile(r'(?:"[^"\n]*"|[^":\n])*')
_ELEMENT = re.compile(r'(?:"[^"\n]*"|[^,\n])+')


def _read_colon_list(
    line: TypedLine, at: int, directory: Directory
) -> tuple[tuple[Term, ...], int] | None:
    """Read "WHO, WHO:". It is a list when every element could be one and at least one surely is."""
    head = _LIST_HEAD.match(line.plain, at)
    colon = _LIST_COLON.match(line.plain, head.end()) if head else None
    if head is None or colon is None:
        return None
    elements = [_read_element(line, start, end) for start, end in _between_commas(head)]
    terms = [term for term in elements if term is not None]
    if not terms or len(terms) < len(elements):
        return None
    sure = any(_is_marked(term) or _knows(directory, term) for term in terms)
    return (tuple(terms), colon.end()) if sure else None


def _between_commas(head: re.Match[str]) -> Iterator[tuple[int, int]]:
    for piece in _ELEMENT.finditer(head[0]):
        if piece[0].strip():
            yield head.start() + piece.start(), head.start() + piece.end()


def _read_element(line: TypedLine, start: int, end: int) -> Term | None:
    """Read one element of a list as a whole; `None` when it is more than a recipient."""
    marked = _read_marked(line, start)
    if marked is not None and not line.plain[marked[1] : end].strip():
        return marked[0]
    text = line.plain[start:end].strip().rstrip(_TRAILING)
    holds_mention = any(start <= offset < end for offset in line.mentions)
    is_name = bool(text) and not holds_mention and len(text.split()) <= MOST_WORDS_IN_A_NAME
    return Typed(text) if is_name else None


def _is_marked(term: Term) -> bool:
    return not isinstance(term, Typed) or _is_number(term.text)


# --- sub-commands ------------------------------------------------------------------------------

_SUBS = frozenset(Sub)
_TAKES_NAME = frozenset({Sub.WHO, Sub.ONCALL, Sub.CAN})
_TAKES_NUMBER = frozenset({Sub.LINK})
_TAKES_REF = frozenset({Sub.STATUS, Sub.WHY, Sub.CANCEL, Sub.ACK})
_REF = re.compile(r"(pg|al|in|dg)_([0-9a-z]{4,16})(\.[0-9]{1,5})?\Z", re.IGNORECASE)


def _read_sub(
    line: TypedLine, at: int, directory: Directory, schedules: Collection[str]
) -> Command | None:
    word = line.word(at)
    name = word[0].rstrip(_TRAILING).lower() if word else ""
    if word is None or name not in _SUBS:
        return None
    sub = Sub(name)
    if line.is_blank(word.end()):
        return SubCommand(sub)
    if sub in _TAKES_REF and (ref := read_ref(line.readable(word.end()))):
        return SubCommand(sub, ref=ref)
    if sub is Sub.ONCALL and (named := _read_schedule(line, word.end(), schedules)):
        return SubCommand(sub, who=Typed(named))
    if sub in _TAKES_NUMBER and _is_number(number := line.readable(word.end()).strip()):
        return SubCommand(sub, who=Typed(number))
    if sub in _TAKES_NAME and (who := _read_whole_name(line, word.end(), directory)):
        return SubCommand(sub, who=who)
    return AskIntent(sub, line.readable(at))


def _read_schedule(line: TypedLine, at: int, schedules: Collection[str]) -> str | None:
    typed = fold(line.readable(at).strip(_TRAILING + '"\n'))
    return next((name for name in schedules if fold(name) == typed), None)


def _read_whole_name(line: TypedLine, at: int, directory: Directory) -> Term | None:
    found = _read_who(line, at, directory)
    if found is None or line.plain[found[1] :].strip(_TRAILING + "\n"):
        return None
    term = found[0]
    return None if isinstance(term, ChannelMention) else term


def read_ref(text: str) -> Ref | None:
    """Recognise a reference as people type it: "PG_7k2m." is `pg_7K2M`, `in_8F2K.1` an item."""
    found = _REF.match(text.strip(_TRAILING + "\n"))
    return Ref(f"{found[1].lower()}_{found[2].upper()}{found[3] or ''}") if found else None
