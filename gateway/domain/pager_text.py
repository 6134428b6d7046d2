"""What stands in a pager message: whose words they are, the words, and the page's reference.

    Dana via Slack: Disk is 95% full on db-7 pg_7K2M            one message
    ci via API: Deploy of web 4.2 was stopped pg_91QX           one message of a program
    (1/3) Dana via Slack: … pg_7K2M   (2/3) … pg_7K2M   …       several

The pager counts UTF-16 units and takes 1,024 of them. A message from somebody's own extension has
no "via Slack". Nobody's text can look like our first line, or carry a reference it does not have.
"""

import re
import unicodedata
from dataclasses import dataclass

from gateway.domain.errors import PageTooLongError
from gateway.domain.graphemes import graphemes, is_boundary
from gateway.domain.ids import Ref

PAGE_LIMIT = 1024
"""UTF-16 units in one pager message. Source: RingCentral, `text` of company-pager."""

_LONGEST_NAME = 64


def utf16_length(text: str) -> int:
    """Count as the pager does: 🔥 is 2, 👩‍🚒 is 5."""
    return len(text) + sum(char > "\uffff" for char in text)


# --- cleaning ----------------------------------------------------------------------------------

_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NEVER = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters, except newline and tab
    "\u202a-\u202e\u2066-\u2069"  # may show text in another order than it is written
    "\u200b\u2060\ufeff\u00ad]"  # invisible: they only hide what a word is
)
_COLONS = ":\ufe13\ufe55\uff1a\u2236\ua789"
_SAYS_VIA = re.compile(
    rf"v~i~a[\s\u200c-\u200f]+(?:s~l~a~c~k|a~p~i)(?=[\s\u200c-\u200f]*[{_COLONS}])".replace(
        "~", "[\u200c-\u200f]*"
    ),
    re.IGNORECASE,
)
_REF = re.compile(r"\b(pg|al|in|dg)_([0-9A-Z]{4,16})\b")
_TAG = re.compile(rf"\s*{_REF.pattern}\s*\Z")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def clean(text: str) -> str:
    """Leave out what a pager cannot show, and take the sting out of what imitates us.

    "Bob via Slack:" becomes 'Bob "via Slack":', and pg_7K2M becomes pg-7K2M.
    """
    plain = _NEVER.sub("", _NEWLINES.sub("\n", _LONE_SURROGATE.sub("\ufffd", text))).strip()
    return _REF.sub(r"\1-\2", _defuse(plain))


def _defuse(text: str) -> str:
    # Full-width letters are matched as plain ones; a match has the same place in both.
    pieces: list[str] = []
    end = 0
    for found in _SAYS_VIA.finditer(text.translate(_FULL_WIDTH)):
        pieces += (text[end : found.start()], '"', text[found.start() : found.end()], '"')
        end = found.end()
    return "".join((*pieces, text[end:]))


def clean_name(name: str) -> str:
    """Bring a display name to one short line without anything invisible."""
    shown = "".join(c for c in name if c.isspace() or unicodedata.category(c) not in _HIDDEN)
    words = " ".join(shown.translate(_NO_COLONS).split())
    return _REF.sub(r"\1-\2", shorten(words, _LONGEST_NAME)) or "Someone"


_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
_NO_COLONS = dict.fromkeys(map(ord, _COLONS), " ")


def shorten(text: str, units: int) -> str:
    """Cut a text to at most `units` between graphemes, visibly."""
    if utf16_length(text) <= units:
        return text
    return text[: _hard_end(text, 0, units - 1)].rstrip() + "…"


# --- composing ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Frame:
    """What surrounds the words of each message."""

    first_line: str
    tag: str
    limit: int

    def room(self, part: int, parts: int) -> int:
        return self.limit - utf16_length(self.around(part, parts, ""))

    def around(self, part: int, parts: int, words: str) -> str:
        number = f"({part}/{parts}) " if parts > 1 else ""
        author = self.first_line if part == 1 else ""
        return f"{number}{author}{words} {self.tag}"


def compose_page(
    text: str,
    author_name: str | None,
    ref: Ref,
    *,
    via: str = "Slack",
    limit: int = PAGE_LIMIT,
    max_parts: int = 5,
) -> tuple[str, ...]:
    """Write a page as one or more pager messages, in the order in which they are sent.

    `author_name` is given when the sender is shared; `via` is Slack, or API for a program. `limit`
    is in UTF-16 units, at least 128.

    Raises:
        PageTooLongError: it takes more than `max_parts` messages.
    """
    frame = _frame(author_name, ref, limit, via)
    words = clean(text)
    bodies = _split(words, frame)
    if len(bodies) > max_parts:
        length = utf16_length(frame.around(1, 1, words))
        raise PageTooLongError(length, limit, len(bodies))
    return _framed(bodies, frame)


def compose_reply(
    text: str,
    author_name: str | None,
    ref: Ref,
    *,
    limit: int = PAGE_LIMIT,
    max_parts: int = 5,
    more: str = "",
) -> tuple[str, ...]:
    """Write a reply like a page. Beyond `max_parts` the last one ends with "…" and `more`.

    `more` tells where the rest can be read: a link to the thread.
    """
    frame = _frame(author_name, ref, limit)
    bodies = _split(clean(text), frame)
    if len(bodies) > max_parts:
        ending = f" … {more}".rstrip()
        room = frame.room(max_parts, max_parts) - utf16_length(ending)
        last = bodies[max_parts - 1]
        kept = last[: _end_of_part(last, 0, room)].rstrip()
        bodies = (*bodies[: max_parts - 1], kept + ending)
    return _framed(bodies, frame)


def quoted(text: str, root: str, limit: int = PAGE_LIMIT) -> str:
    """Put the beginning of an older message before one that is composed already.

    Nothing is added when no room for a few words is left.
    """
    room = limit - utf16_length(text) - len("> \n")
    if room < _SHORTEST_QUOTE:
        return text
    line = shorten(" ".join(clean(root).split()), min(room, _LONGEST_QUOTE))
    return f"> {line}\n{text}"


REPEAT_MARK = " (possible repeat)"


def marked_as_repeat(text: str, limit: int = PAGE_LIMIT) -> str:
    """Say that a message may have been seen before, where there is room for it."""
    marked = text + REPEAT_MARK
    return marked if utf16_length(marked) <= limit else text


_SHORTEST_QUOTE = 16
_LONGEST_QUOTE = 160


def _frame(author_name: str | None, ref: Ref, limit: int, via: str = "Slack") -> _Frame:
    first_line = "" if author_name is None else f"{clean_name(author_name)} via {via}: "
    return _Frame(first_line, ref, limit)


def _framed(bodies: tuple[str, ...], frame: _Frame) -> tuple[str, ...]:
    return tuple(
        frame.around(number, len(bodies), body) for number, body in enumerate(bodies, start=1)
    )


# --- splitting ---------------------------------------------------------------------------------


def _split(text: str, frame: _Frame) -> tuple[str, ...]:
    """Split so that each part fits with its number; how wide the number is, is tried out."""
    if utf16_length(text) <= frame.room(1, 1):
        return (text,)
    expected = 9
    while True:
        bodies = _split_for(text, frame, expected)
        if len(bodies) <= expected:
            return bodies
        expected = expected * 10 + 9


def _split_for(text: str, frame: _Frame, expected: int) -> tuple[str, ...]:
    bodies: list[str] = []
    at = 0
    while at < len(text):
        end = _end_of_part(text, at, frame.room(1 if not bodies else expected, expected))
        bodies.append(text[at:end].rstrip())
        at = _skip_space(text, end)
    return tuple(bodies)


_URL = re.compile(r"[(\[{<]?https?://\S+")
_SPACE = re.compile(r"\s*")
_BREAKS = (re.compile(r"\n[ \t]*\n"), re.compile(r"\n"), re.compile(r"\s+"))
"""Where a part ends best: after a paragraph, after a line, after a word."""


def _end_of_part(text: str, start: int, room: int) -> int:
    """Find the best end for a part of at most `room` units that begins at `start`."""
    hard = _hard_end(text, start, room)
    if hard == len(text):
        return hard
    second_half = start + (hard - start) // 2
    for kind in _BREAKS:
        if end := _last_break(text, kind, second_half, hard):
            return end
    word = _last_break(text, _BREAKS[-1], start, hard)
    return max(word, _before_url(text, start, hard)) or hard


def _last_break(text: str, kind: re.Pattern[str], low: int, high: int) -> int:
    """Find the last break that begins in `low`…`high`; 0 when there is none."""
    starts = (found.start() for found in kind.finditer(text, low, high + 1))
    return max((start for start in starts if _skip_space(text, start) > start), default=0)


def _before_url(text: str, start: int, hard: int) -> int:
    """Find the beginning of an address (or its bracket) that `hard` would cut; 0 for none."""
    for url in _URL.finditer(text, start):
        if url.start() >= hard:
            break
        if url.end() > hard and url.start() > start and is_boundary(text, url.start()):
            return url.start()
    return 0


def _skip_space(text: str, at: int) -> int:
    """Skip white space, except a last one that carries an accent."""
    found = _SPACE.match(text, at)
    end = found.end() if found else at
    return end if end == at or is_boundary(text, end) else end - 1


def _hard_end(text: str, start: int, room: int) -> int:
    """Find the last grapheme boundary within `room`; only a longer grapheme is cut itself."""
    end, left = start, room
    for grapheme in graphemes(text, start):
        left -= utf16_length(grapheme)
        if left < 0:
            return end if end > start else _cut_end(text, start, room)
        end += len(grapheme)
    return end


def _cut_end(text: str, start: int, room: int) -> int:
    end, left = start, room
    while end < len(text) and (left := left - utf16_length(text[end])) >= 0:
        end += 1
    return end


# --- reading -----------------------------------------------------------------------------------


def strip_tag(text: str) -> str:
    """Take the reference off the end, where we put it."""
    return _TAG.sub("", text)


_NUMBERED = re.compile(r"\(\d+/\d+\) ")
_SAYS_WHO = re.compile(r"([^:\n]+) via (?:Slack|API): ")


def words_of(text: str, parts: int = 1) -> str:
    """Take the frame off a message that was composed here: number, author and reference."""
    words = _unnumbered(text, parts)
    who = _SAYS_WHO.match(words)
    return words[who.end() :] if who else words


def author_of(text: str, parts: int = 1) -> str:
    """Read whom a message that was composed here names as its author; empty for nobody."""
    who = _SAYS_WHO.match(_unnumbered(text, parts))
    return who[1] if who else ""


def _unnumbered(text: str, parts: int) -> str:
    words = strip_tag(text)
    number = _NUMBERED.match(words) if parts > 1 else None
    return words[number.end() :] if number else words


def unquoted(text: str, root: str) -> str:
    """Take back what `quoted` put before a message."""
    _, _, rest = text.partition("\n")
    return rest if rest and quoted(rest, root) == text else text


def find_refs(text: str) -> tuple[Ref, ...]:
    """List the references that stand in a text, each once, in order. Anybody may type one."""
    return tuple(dict.fromkeys(Ref(found[0]) for found in _REF.finditer(text)))
