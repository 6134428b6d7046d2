"""Reading Slack's JSON without trusting its shape: what is not there, or is odd, reads as empty."""

from collections.abc import Mapping
from hashlib import sha256

Json = Mapping[str, object]

_NOTHING: Json = {}


def part(body: object, *path: str) -> Json:
    """Read the object at `path`, or an empty one."""
    for name in path:
        body = body.get(name) if isinstance(body, Mapping) else None
    return body if isinstance(body, Mapping) else _NOTHING


def word(body: object, *path: str) -> str:
    """Read the string at `path`, or an empty one; numbers are not strings."""
    value = part(body, *path[:-1]).get(path[-1])
    return value if isinstance(value, str) else ""


def number(body: object, *path: str) -> int:
    """Read the whole number at `path`, or zero."""
    value = part(body, *path[:-1]).get(path[-1])
    return value if isinstance(value, int) else 0


def flag(body: object, *path: str) -> bool:
    """Tell whether `true` stands at `path`."""
    return part(body, *path[:-1]).get(path[-1]) is True


def items(body: object, *path: str) -> tuple[Json, ...]:
    """Read the objects in the list at `path`; other members are skipped."""
    value = part(body, *path[:-1]).get(path[-1])
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def words(body: object, *path: str) -> tuple[str, ...]:
    """Read the strings in the list at `path`; other members are skipped."""
    value = part(body, *path[:-1]).get(path[-1])
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def digest(*facts: str) -> str:
    """Make a repeat key of facts that may be secret: the key is stored, they are not."""
    return sha256("\x1f".join(facts).encode("utf-8", "replace")).hexdigest()[:32]
