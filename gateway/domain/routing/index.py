"""Finding the few siblings that can match some labels, without asking each of them.

Each sibling is filed under what its matchers need: labels that have to equal something (a pattern
that means a few words counts), or else one that has to begin with something. Siblings that need
the same labels share a table, so one look-up per table finds all candidates. What cannot be filed
(`!=`, `.*-eu`) is always a candidate.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, product
from typing import Generic, TypeVar

from gateway.domain.routing.matchers import Labels, Matcher, Operator

T = TypeVar("T")

_MOST_KEYS = 64

_Ranked = tuple[int, T]

_Part = tuple[str, int | None]
"""A label's name and how many characters of its value count; `None` is all."""

_Needs = dict[_Part, frozenset[str]]
"""What the parts of some labels may be."""


class Index(Generic[T]):
    """Siblings in their order, filed under what they need."""

    def __init__(self, siblings: Iterable[tuple[Sequence[Matcher], T]]) -> None:
        """File them; candidates come back in the same order."""
        self._unfiled: list[_Ranked[T]] = []
        self._whole: dict[str, dict[str, list[_Ranked[T]]]] = {}
        self._parts: dict[tuple[_Part, ...], dict[tuple[str, ...], list[_Ranked[T]]]] = {}
        for order, (matchers, item) in enumerate(siblings):
            self._file(_bounded(_needs(matchers)), (order, item))

    def _file(self, needs: _Needs, ranked: _Ranked[T]) -> None:
        parts = tuple(sorted(needs, key=str))
        match parts:
            case ():
                self._unfiled.append(ranked)
            case ((name, None),):
                for word in needs[parts[0]]:
                    self._whole.setdefault(name, {}).setdefault(word, []).append(ranked)
            case _:
                table = self._parts.setdefault(parts, {})
                for key in product(*(needs[part] for part in parts)):
                    table.setdefault(key, []).append(ranked)

    def candidates(self, labels: Labels) -> Sequence[_Ranked[T]]:
        """List the siblings that can match, each behind its place, in order.

        Those left out surely do not match.
        """
        found = [self._unfiled] if self._unfiled else []
        for name, words in self._whole.items():
            if filed := words.get(labels.get(name, "")):
                found.append(filed)
        for parts, keys in self._parts.items():
            # A list comprehension: half the time of a generator for one or two parts.
            if filed := keys.get(tuple([labels.get(name, "")[:size] for name, size in parts])):
                found.append(filed)
        if len(found) == 1:
            return found[0]
        return sorted(chain.from_iterable(found), key=_order) if found else ()


def _order(ranked: tuple[int, object]) -> int:
    return ranked[0]


def _needs(matchers: Iterable[Matcher]) -> _Needs:
    words: _Needs = {}
    prefixes: _Needs = {}
    for matcher in matchers:
        pattern = matcher.pattern if matcher.operator is Operator.FITS else None
        if matcher.operator is Operator.EQUAL:
            words.setdefault((matcher.name, None), frozenset({matcher.value}))
        elif pattern and pattern.words is not None:
            words.setdefault((matcher.name, None), pattern.words)
        elif pattern and pattern.prefix:
            size = len(pattern.prefix)
            prefixes.setdefault((matcher.name, size), frozenset({pattern.prefix}))
    return words or dict(list(prefixes.items())[:1])


def _bounded(needs: _Needs) -> _Needs:
    """Leave out what would file a sibling under too many keys."""
    kept: _Needs = {}
    keys = 1
    for part, words in sorted(needs.items(), key=lambda need: len(need[1])):
        keys *= max(len(words), 1)
        if keys > _MOST_KEYS:
            break
        kept[part] = words
    return kept
