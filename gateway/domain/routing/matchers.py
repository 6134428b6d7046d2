r"""Label matchers: `team="db"`, `severity=~"critical|error"`, `zone!=eu`, `tier=""`.

A matcher looks at one label; a label that is absent counts as empty. Quotes are optional around
values and needed around names other than `[a-zA-Z_:][a-zA-Z0-9_:]*`; inside them `\"`, `\\` and
`\n` are escapes. Several stand in one text with commas between, in braces if one likes. All of it
is Alertmanager's notation.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.routing.pattern import Pattern
from gateway.domain.routing.syntax import RoutingSyntaxError

Labels = Mapping[str, str]


class Operator(StrEnum):
    """How a label's value is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    FITS = "=~"
    FITS_NOT = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label.

    Raises:
        RoutingSyntaxError: `value` is no pattern though the operator asks for one.
    """

    name: str
    operator: Operator
    value: str
    pattern: Pattern | None = field(init=False, repr=False, compare=False)
    accepts: Callable[[str], bool] = field(init=False, repr=False, compare=False)
    """Tells whether a value (empty for an absent label) meets the condition."""

    def __post_init__(self) -> None:
        """Compile."""
        is_pattern = self.operator in {Operator.FITS, Operator.FITS_NOT}
        pattern = Pattern(self.value) if is_pattern else None
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "accepts", _condition(self.operator, self.value, pattern))

    def matches(self, labels: Labels) -> bool:
        """Tell whether labels meet the condition."""
        return self.accepts(labels.get(self.name, ""))

    def __str__(self) -> str:
        """Write the matcher in its canonical form."""
        name = self.name if _PLAIN_NAME.fullmatch(self.name) else _quoted(self.name)
        return f"{name}{self.operator}{_quoted(self.value)}"


def _condition(operator: Operator, value: str, pattern: Pattern | None) -> Callable[[str], bool]:
    if pattern is None:
        return value.__eq__ if operator is Operator.EQUAL else value.__ne__
    fits = pattern.matches
    return fits if operator is Operator.FITS else lambda text: not fits(text)


def all_match(matchers: Iterable[Matcher], labels: Labels) -> bool:
    """Tell whether labels meet all conditions; none is met by all."""
    return all(matcher.accepts(labels.get(matcher.name, "")) for matcher in matchers)


def readable(matchers: Iterable[Matcher]) -> str:
    """Write matchers in one canonical form, whatever order they were written in."""
    return "{" + ",".join(sorted(map(str, matchers))) + "}"


def readable_labels(labels: Labels) -> str:
    """Write labels as they are: `{alertname="DiskFull", host="db-7"}`."""
    return "{" + ", ".join(f"{name}={_quoted(labels[name])}" for name in sorted(labels)) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return f'"{escaped}"'


# --- reading -----------------------------------------------------------------------------------

_PLAIN_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_SPACE = re.compile(r"[\t\n\f\r ]*")
_NAME = re.compile(rf'{_PLAIN_NAME.pattern}|"(?:[^"\\]|\\.)*"', re.DOTALL)
_OPERATOR = re.compile(r"=~|=|!=|!~")
_PIECE = re.compile(r'(?:[^",\\]|\\[^,]|\\(?=,|\Z)|"(?:[^"\\]|\\.)*(?:"|\\?\Z))+', re.DOTALL)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Read one or more matchers.

    Raises:
        RoutingSyntaxError: with the position of what cannot be read.
    """
    begin = _skip(text, 0)
    end = len(text.rstrip("\t\n\f\r "))
    begin += text.startswith("{", begin)
    end -= text.endswith("}", begin, end)
    matchers = tuple(_parse(text, *piece) for piece in _pieces(text, begin, end))
    if not matchers:
        raise RoutingSyntaxError('expected a matcher such as team="db"', begin)
    return matchers


def read_label(written: str) -> tuple[str, str]:
    """Read a label as people type it: `team=db` or `team="db"`; gives its name and value.

    Raises:
        RoutingSyntaxError: it is none; matchers such as `team=~db` are not.
    """
    name, sign, value = written.partition("=")
    if not sign or not name or name[-1] in "!~" or value.startswith("~"):
        raise RoutingSyntaxError(f"{written!r} is no label; write it as team=db")
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return name.strip(), value[1:-1] if is_quoted else value


def _pieces(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Part at commas outside quotes; a comma after the last matcher is allowed."""
    while begin < end:
        piece = _PIECE.match(text, begin, end)
        stop = piece.end() if piece else begin
        yield begin, stop
        begin = stop + 1


def _parse(text: str, begin: int, end: int) -> Matcher:
    at = _skip(text, begin)
    name = _NAME.match(text, at, end)
    if not name:
        raise RoutingSyntaxError('expected a label name, as in team="db"', at)
    operator = _OPERATOR.match(text, _skip(text, name.end()), end)
    if not operator:
        raise RoutingSyntaxError(f"expected =, !=, =~ or !~ after {name[0]}", name.end())
    label = _name(name[0], name.start())
    at = _skip(text, operator.end())
    value = _Value.read(text, at, len(text[:end].rstrip("\t\n\f\r ")))
    try:
        return Matcher(label, Operator(operator[0]), value.text)
    except RoutingSyntaxError as error:
        raise RoutingSyntaxError(error.problem, value.position(error.at)) from None


def _name(written: str, at: int) -> str:
    name = _Value.read(written, 0, len(written)).text
    if not name:
        raise RoutingSyntaxError("the label name is empty", at)
    return name


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


@dataclass(frozen=True, slots=True)
class _Value:
    """A value without quotes and escapes; `origins` are its characters' places in the text."""

    text: str
    origins: tuple[int, ...]
    end: int

    @classmethod
    def read(cls, text: str, begin: int, end: int) -> "_Value":
        is_quoted = text.startswith('"', begin, end)
        if is_quoted and (end - begin == 1 or text[end - 1] != '"'):
            raise RoutingSyntaxError("the quote is not closed", begin)
        return cls._unescaped(text, begin + is_quoted, end - is_quoted)

    @classmethod
    def _unescaped(cls, text: str, begin: int, end: int) -> "_Value":
        characters, origins, at = [], [], begin
        while at < end:
            origins.append(at)
            escape = _ESCAPES.get(text[at + 1 : at + 2]) if text[at] == "\\" else None
            if escape and at + 1 == end:
                raise RoutingSyntaxError("the quote is not closed", begin - 1)
            if text[at] == '"':
                raise RoutingSyntaxError('a quote inside a value is written \\"', at)
            characters.append(escape or text[at])
            at += 2 if escape else 1
        return cls("".join(characters), tuple(origins), end)

    def position(self, at: int) -> int:
        return self.origins[at] if at < len(self.origins) else self.end
