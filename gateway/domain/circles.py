"""Names that lead to names, and ways that come back to where they began."""

from collections.abc import Mapping, Sequence


def circle_through(start: str, leads: Mapping[str, Sequence[str]]) -> list[str]:
    """Find a way from a name back to itself; empty when there is none."""
    ways = [[start]]
    seen = set()
    while ways:
        way = ways.pop()
        for name in leads.get(way[-1], ()):
            if name == start:
                return [*way, name]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
