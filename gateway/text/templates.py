"""Sentences with slots: `*bold*`, `` `code` ``, `{fact}` and `{fact:form}`, compiled once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.content import Emphasis, Span

_TOKEN = re.compile(r"\*|`|\{(?P<name>\w+)(?::(?P<form>\w+))?\}|[^*`{]+|\{")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a fact; what the fact holds is foreign text and is never compiled."""

    name: str
    form: str
    emphasis: Emphasis


Piece = Span | Slot


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence, or several on lines of their own."""

    lines: tuple[tuple[Piece, ...], ...]

    @classmethod
    def of(cls, source: str) -> "Template":
        """Compile what stands in a language file."""
        return cls(tuple(tuple(_pieces(line)) for line in source.split("\n")))

    @property
    def slots(self) -> frozenset[str]:
        """Names of the facts it needs."""
        return frozenset(p.name for line in self.lines for p in line if isinstance(p, Slot))


def _pieces(source: str) -> Iterator[Piece]:
    emphasis = Emphasis.PLAIN
    for token in _TOKEN.finditer(source):
        if token[0] == "*":
            emphasis = _toggled(emphasis, Emphasis.STRONG)
        elif token[0] == "`":
            emphasis = _toggled(emphasis, Emphasis.CODE)
        elif token["name"]:
            yield Slot(token["name"], token["form"] or "", emphasis)
        else:
            yield Span(token[0], emphasis)


def _toggled(now: Emphasis, mark: Emphasis) -> Emphasis:
    return Emphasis.PLAIN if now is mark else mark
