"""Where in a TOML file each key and value stands; the standard library's reader does not tell.

The text is one that `tomllib` has read, so nothing is checked here: this walks over it in the same
order and notes offsets. A test holds it to what `tomllib` finds.
"""

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

from gateway.routes.problems import Path

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|[A-Za-z0-9_-]+')
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'  # a text over several lines may end in one or two quotes
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_WORD = re.compile(r"[^\s,\]}#]+(?:[ ][0-9]{2}:[0-9]{2}[^\s,\]}#]*)?")
"""A number, a truth, or a time, whose date and hour may stand apart."""


@dataclass
class Marks:
    """Offsets of keys, and of the beginning and end of values, by their paths."""

    text: str
    keys: dict[Path, int] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    leaves: set[Path] = field(default_factory=set)
    """Paths of the values that hold no others."""
    _lines: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Note where lines begin."""
        self._lines = [0, *(each.end() for each in re.finditer("\n", self.text))]

    def line_of(self, offset: int) -> int:
        """Give the line of an offset, counted from 0."""
        return bisect_right(self._lines, offset) - 1

    def begin_of(self, line: int) -> int:
        """Give the offset at which a line begins."""
        return self._lines[line]

    def line(self, number: int) -> str:
        """Give a line without its end."""
        return self.text[self._lines[number] :].partition("\n")[0].rstrip("\r")

    def line_without_comment(self, number: int) -> str:
        """Give a line up to what only people read."""
        line, start = self.line(number), self._lines[number]
        ends = (end - start for _, end in self.values.values())
        said = max((end for end in ends if 0 <= end <= len(line)), default=0)
        return line[:said] + line[said:].partition("#")[0].rstrip()


def find_marks(text: str) -> Marks:
    """Walk over a text that `tomllib` has read."""
    walk = _Walk(Marks(text))
    walk.through()
    return walk.marks


class _Walk:
    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self._text, self._at = marks.text, 0
        self._last: dict[Path, int] = {}
        """The newest entry of each `[[…]]`."""

    def through(self) -> None:
        table: Path = ()
        self._skip()
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._head()
            else:
                self._entry(table)
            self._skip()

    # --- tables ----------------------------------------------------------------------------------

    def _head(self) -> Path:
        begin = self._at
        many = self._text.startswith("[[", begin)
        self._at += 2 if many else 1
        path = self._key((), within=True)
        if many:
            self._last[path] = self._last.get(path, -1) + 1
            self.marks.values.setdefault(path, (begin, begin))
            path = (*path, self._last[path])
        self._skip()
        self._at += 2 if many else 1
        self.marks.values[path] = (begin, self._at)
        return path

    def _entry(self, table: Path) -> None:
        path = self._key(table)
        self._skip()
        self._at += 1  # =
        self._skip()
        self._value(path)

    def _key(self, path: Path, *, within: bool = False) -> Path:
        """Read a key; of a dotted one each part is a key. `within`: go on in the newest `[[…]]`."""
        self._skip()
        while True:
            found = self._take(_KEY)
            if within and path in self._last:
                path = (*path, self._last[path])
            path = (*path, _plain(found))
            self.marks.keys.setdefault(path, self._at - len(found))
            if not self._take(_DOT):
                return path

    # --- values ----------------------------------------------------------------------------------

    def _value(self, path: Path) -> None:
        begin = self._at
        match self._text[begin]:
            case "[":
                self._at += 1
                self._items(path)
            case "{":
                self._at += 1
                self._pairs(path)
            case '"' | "'":
                self._take(_TEXT)
                self.marks.leaves.add(path)
            case _:
                self._take(_WORD)
                self.marks.leaves.add(path)
        self.marks.values[path] = (begin, self._at)

    def _items(self, path: Path) -> None:
        number = 0
        while not self._ends("]"):
            self._value((*path, number))
            number += 1
            self._comma()

    def _pairs(self, path: Path) -> None:
        while not self._ends("}"):
            self._entry(path)
            self._comma()

    def _ends(self, sign: str) -> bool:
        self._skip()
        if self._text.startswith(sign, self._at):
            self._at += 1
            return True
        return False

    def _comma(self) -> None:
        self._skip()
        if self._text.startswith(",", self._at):
            self._at += 1

    # --- the text --------------------------------------------------------------------------------

    def _skip(self) -> None:
        self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found[0] if found else ""


def _plain(key: str) -> str:
    """Read a key as it is written, with or without quotes."""
    return next(iter(tomllib.loads(f"{key} = 0"))) if key[0] in "\"'" else key
