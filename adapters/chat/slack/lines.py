"""Lines of content as `mrkdwn` or as plain words, cut into texts that Slack takes."""

import re
from collections.abc import Iterable, Iterator, Sequence

from adapters.chat.slack.text import escape, literal, neutral, one_line, whole
from gateway.domain.content import Emphasis, Inline, Line, Mention, Moment, Span

_STRESSED_MOST = 500
"""A longer run is no emphasis but a text, and would be cut inside its marks."""

_ATOM = re.compile(r"\s{1,200}|\S{1,200}")
_USER = re.compile(r"[UW][A-Z0-9]+")


def is_plain(line: Line) -> bool:
    """Tell whether a line has nothing but words in it."""
    return all(isinstance(each, Span) and each.emphasis is Emphasis.PLAIN for each in line)


def words(line: Line) -> str:
    """Write a line without any markup."""
    return "".join(_word(each) for each in line)


def _word(inline: Inline) -> str:
    match inline:
        case Span(text):
            return whole(text)
        case Mention(user, fallback):
            return fallback or user
        case Moment(fallback=fallback):
            return fallback


def packed_words(lines: Iterable[str], most: int) -> list[str]:
    """Put plain lines together into texts of at most `most` characters."""
    return _packed((_ATOM.findall(whole(line)) for line in lines), most)


def packed_marks(lines: Iterable[Line], most: int) -> list[str]:
    """Put lines together into `mrkdwn` texts of at most `most` characters."""
    return _packed(([atom for each in line for atom in _marked(each)] for line in lines), most)


def _marked(inline: Inline) -> Iterator[str]:
    """Write a piece of a line as `mrkdwn`, in atoms that must not be cut."""
    match inline:
        case Span(text, Emphasis.STRONG) if _is_short(text):
            yield _spaced(text, f"*{neutral(one_line(text))}*")
        case Span(text, Emphasis.CODE) if _is_short(text):
            yield _spaced(text, f"`{literal(one_line(text))}`")
        case Span(text):
            yield from map(neutral, _ATOM.findall(whole(text)))
        case Mention(user, fallback) if not _USER.fullmatch(user):
            yield neutral(fallback or user)
        case Mention(user):
            yield f"<@{user}>"
        case Moment(at, fallback, dated):
            shown = "{date_short_pretty} {time}" if dated else "{time}"
            yield f"<!date^{int(at.timestamp())}^{shown}|{_label(fallback)}>"


def _spaced(text: str, marked: str) -> str:
    """Keep the spaces around a stressed piece, outside its marks: inside, Slack knows none."""
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{marked}{' ' * after}"


def _is_short(text: str) -> bool:
    return bool(text.strip()) and len(text) <= _STRESSED_MOST


def _label(text: str) -> str:
    """Write the label of a control sequence; `|`, `^` and line breaks would end it."""
    return escape(one_line(text)).replace("|", "/").replace("^", "")


def _packed(lines: Iterable[Sequence[str]], most: int) -> list[str]:
    """Fill one text after the other; a line that fits into one is not cut."""
    texts = [""]
    for atoms in lines:
        length = 1 + sum(map(len, atoms))
        if texts[-1] and len(texts[-1]) + min(length, most) > most:
            texts.append("")
        for atom in ("\n", *atoms) if texts[-1] else atoms:
            if len(texts[-1]) + len(atom) > most:
                texts.append("")
            texts[-1] += atom
    return [text for text in texts if text.strip()]
