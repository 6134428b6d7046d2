"""Sets of characters as sorted ranges of code points: what a regular expression is made of."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import chain

LAST = 0x10FFFF

Characters = tuple[tuple[int, int], ...]
"""Inclusive ranges, sorted, apart from each other."""


def single(character: str) -> Characters:
    """Hold one character."""
    return ((ord(character), ord(character)),)


def union(*sets: Characters) -> Characters:
    """Hold what any of them holds."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(chain.from_iterable(sets)):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(characters: Characters) -> Characters:
    """Hold every code point that is not in there."""
    gaps, begin = [], 0
    for low, high in characters:
        if begin < low:
            gaps.append((begin, low - 1))
        begin = high + 1
    return (*gaps, (begin, LAST)) if begin <= LAST else tuple(gaps)


def intersection(one: Characters, other: Characters) -> Characters:
    """Hold what both hold."""
    return complement(union(complement(one), complement(other)))


def contains(characters: Characters, code: int) -> bool:
    """Tell whether a code point is in there."""
    after = bisect_right(characters, (code, LAST))
    return after > 0 and code <= characters[after - 1][1]


@lru_cache(1024)
def fold(characters: Characters) -> Characters:
    """Add every other case of each character: `k` brings `K` and the Kelvin sign."""
    added = (
        (code, code)
        for group in _same_but_for_case()
        if any(contains(characters, code) for code in group)
        for code in group
    )
    return union(characters, tuple(added))


@cache
def _same_but_for_case() -> tuple[tuple[int, ...], ...]:
    """Group the code points that differ in case only (Unicode's simple folding)."""
    groups: dict[str, list[int]] = {}
    for code in range(_LAST_CASED + 1):
        character = chr(code)
        if character.lower() != character or character.upper() != character:
            groups.setdefault(_simple_fold(character), []).append(code)
    return tuple(tuple(codes) for codes in groups.values() if len(codes) > 1)


_LAST_CASED = 0x1E943
_DOTLESS_I = "\u0131"  # its capital is I, but only Turkic rules call the two equal


def _simple_fold(character: str) -> str:
    upper = character.upper()
    if character == _DOTLESS_I or len(upper) > 1:
        upper = character
    lower = upper.lower()
    return lower if len(lower) == 1 else upper


def _of(spans: Iterable[str]) -> Characters:
    """Make a set from spans such as "az" and "__"."""
    return union(*(((ord(span[0]), ord(span[1])),) for span in spans))


ANY = ((0, LAST),)
NEWLINE = single("\n")
NOT_NEWLINE = complement(NEWLINE)
DIGIT = _of(["09"])
WORD = _of(["09", "AZ", "__", "az"])
SPACE = _of(["\t\n", "\f\r", "  "])  # without \v, as in RE2

POSIX = {
    "alnum": _of(["09", "AZ", "az"]),
    "alpha": _of(["AZ", "az"]),
    "ascii": _of(["\0\x7f"]),
    "blank": _of(["\t\t", "  "]),
    "cntrl": _of(["\0\x1f", "\x7f\x7f"]),
    "digit": DIGIT,
    "graph": _of(["!~"]),
    "lower": _of(["az"]),
    "print": _of([" ~"]),
    "punct": _of(["!/", ":@", "[`", "{~"]),
    "space": _of(["\t\r", "  "]),
    "upper": _of(["AZ"]),
    "word": WORD,
    "xdigit": _of(["09", "AF", "af"]),
}
