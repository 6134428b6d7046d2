"""Regular expressions that must fit a whole label value, decided in linear time.

What most routes ask is found out once: a pattern that means a few words is a set, one of the form
`disk.*`, `.*-eu` or `.*queue.*` is a few string comparisons. Everything else is an automaton.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import product, takewhile

from gateway.domain.routing import characters
from gateway.domain.routing.automaton import Automaton
from gateway.domain.routing.pattern_syntax import (
    Choice,
    Look,
    Node,
    One,
    Repeat,
    Sequence,
    parse_pattern,
)

_MOST_WORDS = 256
_MOST_ALTERNATIVE_CHARACTERS = 16
_EMPTY = Sequence(())


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern; equal when its text is.

    `words` are all values it fits, when they are few; `prefix` begins every value it fits.

    Raises:
        RoutingSyntaxError: with the position of what cannot be read.
    """

    text: str
    words: frozenset[str] | None = field(init=False, repr=False, compare=False)
    prefix: str = field(init=False, repr=False, compare=False)
    matches: Callable[[str], bool] = field(init=False, repr=False, compare=False)
    """Tells whether a whole value fits."""

    def __post_init__(self) -> None:
        """Compile."""
        node = _without_edges(parse_pattern(self.text))
        words = _words(node)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "prefix", _prefix(node)[0])
        object.__setattr__(self, "matches", _decision(node, words))


def _decision(node: Node, words: frozenset[str] | None) -> Callable[[str], bool]:
    if words is not None:
        return words.__contains__
    automaton = Automaton(node)
    glob = _glob(node)
    if glob is None:
        return automaton.matches
    fits = glob.matches
    return lambda value: automaton.matches(value) if "\n" in value else fits(value)


def _without_edges(node: Node) -> Node:
    """Drop `^` at the start and `$` at the end: the whole value has to fit anyway."""
    match node:
        case Choice(options):
            return Choice(tuple(map(_without_edges, options)))
        case Sequence(parts):
            begin, end = 0, len(parts)
            while begin < end and parts[begin] is Look.TEXT_START:
                begin += 1
            while end > begin and parts[end - 1] is Look.TEXT_END:
                end -= 1
            return Sequence(parts[begin:end])
        case Look.TEXT_START | Look.TEXT_END:
            return _EMPTY
    return node


def _words(node: Node) -> frozenset[str] | None:
    """List all texts that fit; `None` when they are too many or hang on conditions."""
    match node:
        case One(of):
            count = sum(high - low + 1 for low, high in of)
            if count > _MOST_ALTERNATIVE_CHARACTERS:
                return None
            return frozenset(chr(code) for low, high in of for code in range(low, high + 1))
        case Sequence(parts):
            return _joined(map(_words, parts))
        case Choice(options):
            return _united(map(_words, options))
        case Repeat(inner, least, most):
            if most is None or most > _MOST_ALTERNATIVE_CHARACTERS:
                return None
            words = _words(inner)
            return _united(_joined([words] * count) for count in range(least, most + 1))
        case Look():
            return None


def _joined(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    joined = frozenset({""})
    for words in sets:
        if words is None or len(joined) * len(words) > _MOST_WORDS:
            return None
        joined = frozenset(map("".join, product(joined, words)))
    return joined


def _united(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    united: frozenset[str] = frozenset()
    for words in sets:
        if words is None or len(united) + len(words) > _MOST_WORDS:
            return None
        united |= words
    return united


def _prefix(node: Node) -> tuple[str, bool]:
    """Find what every fitting text begins with, and whether that is all of the node."""
    match node:
        case One(((low, high),)) if low == high:
            return chr(low), True
        case Sequence(parts):
            found = ""
            for part in parts:
                prefix, whole = _prefix(part)
                found += prefix
                if not whole:
                    return found, False
            return found, True
        case Choice(options):
            return _shared([_prefix(option)[0] for option in options]), False
        case Repeat(inner, least, _) if least:
            return _prefix(inner)[0], False
        case Look():
            return "", True
    return "", False


def _shared(texts: list[str]) -> str:
    """Find what all begin with: the first and the last in order differ the most."""
    first, last = min(texts), max(texts)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(character for character, _ in same)


# --- words with gaps ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Glob:
    """Words in order, and between them gaps of at least 0 or 1 character other than newline."""

    words: tuple[str, ...]
    gaps: tuple[int, ...]

    def matches(self, value: str) -> bool:
        first, last = self.words[0], self.words[-1]
        if not (value.startswith(first) and value.endswith(last)):
            return False
        at = len(first)
        for gap, word in zip(self.gaps[:-1], self.words[1:-1], strict=True):
            found = value.find(word, at + gap)
            if found < 0:
                return False
            at = found + len(word)
        return at + self.gaps[-1] <= len(value) - len(last)


_GAPS = (characters.NOT_NEWLINE, characters.ANY)


def _glob(node: Node) -> _Glob | None:
    words, gaps = [""], []
    for part in node.parts if isinstance(node, Sequence) else (node,):
        match part:
            case One(((low, high),)) if low == high:
                words[-1] += chr(low)
            case Repeat(One(of), (0 | 1) as least, None) if of in _GAPS:
                words.append("")
                gaps.append(least)
            case _:
                return None
    return _Glob(tuple(words), tuple(gaps)) if gaps else None
