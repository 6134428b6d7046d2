"""Finding people and departments by what somebody began to type or misspelt.

Everything is folded and indexed once per directory; a look-up among 10,000 names takes about a
millisecond, so it is made while somebody types.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from gateway.domain.directory import Directory, Extension, ExtensionKind, fold

_LIKE_A_NAME = 78.0
_LIKE_A_WORD = 80.0
_LIKE_A_NUMBER = 60.0
"""Least likeness in percent; below it people would not see why an entry was offered."""

_LAST = "\U0010ffff"
_SHORTEST_GUESS = 3
_FEW = 5


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What fits what was typed so far, best first."""

    people: tuple[Extension, ...]
    departments: tuple[Extension, ...]
    sets: tuple[str, ...]


class NameSearch:
    """An index over one directory; make a new one when the directory changes."""

    def __init__(self, directory: Directory) -> None:
        entries = (e for e in directory.extensions if e.kind is not ExtensionKind.OTHER)
        self._entries = sorted(entries, key=lambda e: fold(e.name))
        self._names = [fold(e.name) for e in self._entries]
        self._numbers = [str(e.number) for e in self._entries]
        self._by_word = _index_words(self._names)
        self._words = sorted(self._by_word)
        self._sets = directory.sets

    def near(self, typed: str) -> tuple[Extension, ...]:
        """Find entries somebody may have meant, best first, at most five."""
        wanted = fold(typed)
        if wanted.isdigit():
            found = _alike(wanted, self._numbers, _LIKE_A_NUMBER)
        else:
            found = self._begun(wanted, _FEW) or self._misspelt(wanted)
        return tuple(self._entries[i] for i in found) if wanted else ()

    def suggest(self, typed: str, limit: int = 100) -> Suggestions:
        """Offer entries while somebody types: by number, by beginnings of words, by likeness."""
        wanted = fold(typed)
        numbers = enumerate(self._numbers) if wanted.isdigit() else ()
        numbered = [i for i, number in numbers if number.startswith(wanted)]
        found = numbered or self._begun(wanted, limit) or self._misspelt(wanted)
        entries = [self._entries[i] for i in found[:limit]]
        return Suggestions(
            people=tuple(e for e in entries if e.kind is ExtensionKind.PERSON),
            departments=tuple(e for e in entries if e.kind is ExtensionKind.DEPARTMENT),
            sets=tuple(s for s in self._sets.names() if fold(s).startswith(wanted))[:limit],
        )

    def _begun(self, wanted: str, limit: int) -> list[int]:
        """Find names that begin like this, then those in which every word begins a word."""
        first = _beginning(self._names, wanted)
        if len(first) >= limit or not wanted:
            return list(first[:limit])
        hits = [self._with_word_beginning(word) for word in wanted.split()]
        others = set.intersection(*hits) - set(first)
        return [*first, *sorted(others)][:limit]

    def _with_word_beginning(self, start: str) -> set[int]:
        words = (self._words[i] for i in _beginning(self._words, start))
        return {i for word in words for i in self._by_word[word]}

    def _misspelt(self, wanted: str) -> list[int]:
        if len(wanted) < _SHORTEST_GUESS:
            return []
        found = _alike(wanted, self._names, _LIKE_A_NAME)
        if found or " " in wanted:
            return found
        words = (self._words[i] for i in _alike(wanted, self._words, _LIKE_A_WORD))
        return list(dict.fromkeys(i for word in words for i in self._by_word[word]))


def _beginning(in_order: Sequence[str], start: str) -> range:
    """Find where the strings that begin with `start` stand in a sorted list."""
    low = bisect_left(in_order, start)
    return range(low, bisect_right(in_order, start + _LAST))


def _index_words(names: Iterable[str]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        for word in dict.fromkeys(name.split()):
            index.setdefault(word, []).append(i)
    return index


def _alike(wanted: str, choices: Sequence[str], least: float) -> list[int]:
    found = process.extract(wanted, choices, scorer=fuzz.ratio, score_cutoff=least, limit=_FEW)
    return [index for _, _, index in found]
