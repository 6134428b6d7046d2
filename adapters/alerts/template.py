"""Templates of a mapping: `{{ job }} failed on {{ branch }}`.

Our own substitution, and no template language: all a mapping needs is to put values into a
sentence. There is nothing to escape from, to loop over or to call; a value is put in once and never
read again as a template; and the cost is the number of places, not what they hold.
"""

import re
from dataclasses import dataclass

from adapters.alerts.fields import text
from adapters.alerts.jsonpath import Path

OUTPUT_MOST = 8 * 1024
TEMPLATE_MOST = 2 * 1024
PLACES_MOST = 50

_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template: literals around places, one literal more than places."""

    literals: tuple[str, ...]
    places: tuple[Path, ...]

    @classmethod
    def of(cls, written: str) -> "Template":
        """Compile a template; `{{ a.b }}` and `{{ $.a.b }}` are the same place.

        Raises:
            ValueError: it is too long, has too many places, or a place is no path.
        """
        if len(written) > TEMPLATE_MOST:
            raise ValueError(f"is longer than {TEMPLATE_MOST} characters")
        pieces = _PLACE.split(written)
        literals, places = pieces[::2], pieces[1::2]
        if len(places) > PLACES_MOST:
            raise ValueError(f"has more than {PLACES_MOST} places")
        if any("{{" in literal or "}}" in literal for literal in literals):
            raise ValueError("knows only places such as {{ alert.name }}")
        return cls(tuple(literals), tuple(Path.of(_rooted(place)) for place in places))

    def render(self, value: object) -> str:
        """Put values in; what is missing is empty, what is too long ends with an ellipsis."""
        written = self.literals[0]
        for place, literal in zip(self.places, self.literals[1:], strict=True):
            written += text(place.find(value))[:OUTPUT_MOST] + literal
            if len(written) > OUTPUT_MOST:
                return written[: OUTPUT_MOST - 1] + "…"
        return written


def _rooted(place: str) -> str:
    return place if place.startswith("$") else f"$.{place}"
