r"""Reading regular expressions of the RE2 family into a tree.

The language is Go's, as Alertmanager reads it: literals, `.`, classes, `|`, groups, `* + ? {n,m}`
(lazy forms too: they decide the same), `^ $ \A \z \b \B`, `\d \s \w` (ASCII), `[[:alpha:]]`,
`\Q…\E`, octal and hex escapes, flags `(?imsU)`. Left out, and refused by name: look-around and
backreferences, which RE2 has not either, and Unicode classes (`\p`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import NoReturn

from gateway.domain.routing import characters
from gateway.domain.routing.characters import Characters
from gateway.domain.routing.syntax import RoutingSyntaxError

MOST_REPEATS = 1000
MOST_NESTED = 50


class Look(Enum):
    """A condition between two characters that takes none."""

    TEXT_START = auto()
    TEXT_END = auto()
    LINE_START = auto()
    LINE_END = auto()
    WORD_EDGE = auto()
    NO_WORD_EDGE = auto()


@dataclass(frozen=True, slots=True)
class One:
    """Exactly one character of a set."""

    of: Characters


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; empty matches nothing at all."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of these."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least and at most so many times; `None` is without end."""

    node: "Node"
    least: int
    most: int | None


Node = One | Sequence | Choice | Repeat | Look


@dataclass(frozen=True, slots=True)
class _Flags:
    ignore_case: bool = False
    many_lines: bool = False
    dot_all: bool = False


_NUMBER = "(0|[1-9][0-9]*)"
_COUNT = re.compile(rf"\{{{_NUMBER}(?:(,){_NUMBER}?)?\}}")
_FLAG_GROUP = re.compile(r"\?([imsU]*)(-[imsU]+)?([:)])")
_NAME = re.compile(r"\?P?<(\w+)>", re.ASCII)
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_HEX = re.compile(r"x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,8})\})")
_POSIX = re.compile(r"\[:(\^?)(\w+):\]", re.ASCII)

_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PERL = {"d": characters.DIGIT, "s": characters.SPACE, "w": characters.WORD}
_LOOKS = {
    "A": Look.TEXT_START,
    "z": Look.TEXT_END,
    "b": Look.WORD_EDGE,
    "B": Look.NO_WORD_EDGE,
}
_REFUSED_GROUPS = {
    "?=": "look-ahead is not supported",
    "?!": "look-ahead is not supported",
    "?<=": "look-behind is not supported",
    "?<!": "look-behind is not supported",
}


def parse_pattern(text: str) -> Node:
    """Read a regular expression.

    Raises:
        RoutingSyntaxError: with the position of what is wrong.
    """
    parser = _Parser(text)
    node = parser.choice(_Flags(), 0)
    if parser.at < len(text):
        parser.fail("there is no group to close")
    return node


class _Parser:
    """Walks the text from left to right; `at` is the next character to read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, problem: str, at: int | None = None) -> NoReturn:
        raise RoutingSyntaxError(problem, self.at if at is None else at)

    def choice(self, flags: _Flags, depth: int) -> Node:
        """Read options up to the end of the group or the text."""
        if depth > MOST_NESTED:
            self.fail("groups are nested too deeply")
        options: list[Node] = []
        while True:
            parts, flags = self._sequence(flags, depth)
            options.append(parts[0] if len(parts) == 1 else Sequence(tuple(parts)))
            if not self._take("|"):
                return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self, flags: _Flags, depth: int) -> tuple[list[Node], _Flags]:
        parts: list[Node] = []
        repeated_at = -1
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            begin = self.at
            if bounds := self._bounds():
                if not parts:
                    self.fail("there is nothing to repeat", begin)
                if repeated_at == begin:
                    self.fail("this is repeated already", begin)
                parts[-1] = Repeat(parts[-1], *bounds)
                repeated_at = self.at
            elif flag_group := _FLAG_GROUP.match(self.text, self.at + 1) if self._at("(") else None:
                flags, node = self._flagged(flag_group, flags, depth)
                parts.extend(node)
            else:
                parts.extend(self._atom(flags, depth))
        return parts, flags

    def _bounds(self) -> tuple[int, int | None] | None:
        """Read `*`, `+`, `?` or `{n,m}`; `None` when none stands here."""
        bounds: tuple[int, int | None]
        if self._take("*"):
            bounds = (0, None)
        elif self._take("+"):
            bounds = (1, None)
        elif self._take("?"):
            bounds = (0, 1)
        elif count := _COUNT.match(self.text, self.at):
            bounds = self._counted(count)
        else:
            return None
        self._take("?")
        return bounds

    def _counted(self, count: re.Match[str]) -> tuple[int, int | None]:
        least = int(count[1])
        most = least if not count[2] else int(count[3]) if count[3] else None
        if max(least, most or 0) > MOST_REPEATS:
            self.fail(f"at most {MOST_REPEATS} repetitions can be asked for")
        if most is not None and most < least:
            self.fail("the most must not be less than the least")
        self.at = count.end()
        return least, most

    def _flagged(
        self, group: re.Match[str], flags: _Flags, depth: int
    ) -> tuple[_Flags, tuple[Node, ...]]:
        """Read `(?i)`, which holds for the rest of the group, or `(?i:…)`."""
        if not group[1] and not group[2] and group[3] == ")":
            self.fail("the flags are missing")
        changed = _with_flags(_with_flags(flags, group[1], on=True), group[2] or "", on=False)
        begin, self.at = self.at, group.end()
        if group[3] == ")":
            return changed, ()
        return flags, (self._to_the_end(changed, depth, begin),)

    def _to_the_end(self, flags: _Flags, depth: int, begin: int) -> Node:
        node = self.choice(flags, depth + 1)
        if not self._take(")"):
            self.fail("the group is not closed", begin)
        return node

    def _atom(self, flags: _Flags, depth: int) -> tuple[Node, ...]:
        character = self.text[self.at]
        match character:
            case "(":
                return (self._group(flags, depth),)
            case "[":
                return (One(self._bracket(flags)),)
            case "\\":
                return self._escape(flags)
        self.at += 1
        match character:
            case ".":
                return (One(characters.ANY if flags.dot_all else characters.NOT_NEWLINE),)
            case "^":
                return (Look.LINE_START if flags.many_lines else Look.TEXT_START,)
            case "$":
                return (Look.LINE_END if flags.many_lines else Look.TEXT_END,)
        return (_literal(character, flags),)

    def _group(self, flags: _Flags, depth: int) -> Node:
        begin = self.at
        self.at += 1
        for start, problem in _REFUSED_GROUPS.items():
            if self.text.startswith(start, self.at):
                self.fail(problem, begin)
        if name := _NAME.match(self.text, self.at):
            self.at = name.end()
        elif self._at("?"):
            self.fail("unknown kind of group", begin)
        return self._to_the_end(flags, depth, begin)

    # --- escapes -------------------------------------------------------------------------------

    def _escape(self, flags: _Flags) -> tuple[Node, ...]:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _LOOKS:
            self.at += 2
            return (_LOOKS[letter],)
        if letter == "Q":
            return tuple(_literal(each, flags) for each in self._quoted())
        if named := self._perl(flags):
            return (One(named),)
        return (_literal(self._escaped(), flags),)

    def _quoted(self) -> Iterator[str]:
        begin = self.at + len(r"\Q")
        end = self.text.find(r"\E", begin)
        self.at = len(self.text) if end < 0 else end + len(r"\E")
        return iter(self.text[begin:] if end < 0 else self.text[begin:end])

    def _perl(self, flags: _Flags) -> Characters | None:
        r"""Read `\d`, `\s`, `\w` or the opposite."""
        letter = self.text[self.at + 1 : self.at + 2]
        named = _PERL.get(letter.lower()) if self._at("\\") else None
        if named is None:
            return None
        self.at += 2
        folded = characters.fold(named) if flags.ignore_case else named
        return characters.complement(folded) if letter.isupper() else folded

    def _escaped(self) -> str:
        """Read an escape that stands for one character."""
        begin = self.at
        letter = self.text[begin + 1 : begin + 2]
        if octal := _OCTAL.match(self.text, begin + 1):
            self.at = octal.end()
            return chr(int(octal[0], 8))
        if code := _HEX.match(self.text, begin + 1):
            self.at = code.end()
            value = int(code[1] or code[2], 16)
            return chr(value) if value <= characters.LAST else self._no_escape(begin)
        self.at += 2
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        is_punctuation = letter.isascii() and not letter.isalnum()
        return letter if letter and is_punctuation else self._no_escape(begin)

    def _no_escape(self, begin: int) -> str:
        letter = self.text[begin + 1 : begin + 2]
        problem = f"unknown escape \\{letter}"
        if not letter:
            problem = "a backslash at the end escapes nothing"
        elif letter in "pP":
            problem = "Unicode classes are not supported; write the characters out, as in [a-zé]"
        elif letter.isdigit():
            problem = "backreferences are not supported"
        raise RoutingSyntaxError(problem, begin)

    # --- brackets ------------------------------------------------------------------------------

    def _bracket(self, flags: _Flags) -> Characters:
        begin = self.at
        self.at += 1
        negated = self._take("^")
        items: list[Characters] = []
        while not items or not self._at("]"):
            if self.at >= len(self.text):
                self.fail("the class is not closed", begin)
            items.append(self._item(flags))
        self.at += 1
        held = characters.union(*items)
        return characters.complement(held) if negated else held

    def _item(self, flags: _Flags) -> Characters:
        if posix := _POSIX.match(self.text, self.at):
            return self._posix(posix, flags)
        if named := self._perl(flags):
            return named
        begin = self.at
        low = high = self._member()
        if self._at("-") and not self.text.startswith("-]", self.at):
            self.at += 1
            high = self._member()
        if high < low:
            self.fail("the range runs backwards", begin)
        held = ((ord(low), ord(high)),)
        return characters.fold(held) if flags.ignore_case else held

    def _posix(self, posix: re.Match[str], flags: _Flags) -> Characters:
        held = characters.POSIX.get(posix[2])
        if held is None:
            self.fail(f"unknown class {posix[0]}")
        self.at = posix.end()
        folded = characters.fold(held) if flags.ignore_case else held
        return characters.complement(folded) if posix[1] else folded

    def _member(self) -> str:
        if self.at >= len(self.text):
            self.fail("the class is not closed")
        if self._at("\\"):
            return self._escaped()
        self.at += 1
        return self.text[self.at - 1]

    # --- reading -------------------------------------------------------------------------------

    def _at(self, expected: str) -> bool:
        return self.text.startswith(expected, self.at)

    def _take(self, expected: str) -> bool:
        found = self._at(expected)
        self.at += len(expected) if found else 0
        return found


def _literal(character: str, flags: _Flags) -> One:
    held = characters.single(character)
    return One(characters.fold(held) if flags.ignore_case else held)


def _with_flags(flags: _Flags, letters: str, *, on: bool) -> _Flags:
    for letter in letters.strip("-"):
        match letter:
            case "i":
                flags = replace(flags, ignore_case=on)
            case "m":
                flags = replace(flags, many_lines=on)
            case "s":
                flags = replace(flags, dot_all=on)
    return flags
