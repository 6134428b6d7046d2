"""Texts with label names in braces, `{severity} {alertname} on {host}`, filled once."""

import re
from dataclasses import dataclass, field

from gateway.domain.routing.matchers import Labels
from gateway.domain.routing.syntax import RoutingSyntaxError

_PIECE = re.compile(r"\{\{|\}\}|\{([a-zA-Z_:][a-zA-Z0-9_:]*)\}|[{}]")


@dataclass(frozen=True)
class Template:
    """A text for alerts. `{name}` is a label's value, empty when absent; `{{` is a brace.

    Raises:
        RoutingSyntaxError: with the position of a brace that neither opens nor closes a name.
    """

    text: str
    names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check."""
        names: set[str] = set()
        for piece in _PIECE.finditer(self.text):
            if piece[0] in {"{", "}"}:
                raise RoutingSyntaxError(
                    "write a label as {name}, a brace as {{ or }}", piece.start()
                )
            names.update([piece[1]] if piece[1] else [])
        object.__setattr__(self, "names", frozenset(names))

    def fill(self, labels: Labels) -> str:
        """Put values in the place of names; braces inside values mean nothing."""
        return _PIECE.sub(
            lambda piece: labels.get(piece[1], "") if piece[1] else piece[0][0], self.text
        )
