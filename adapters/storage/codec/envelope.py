"""The outer form of every stored fact: `{"v": 1, "kind": "…", …}`, compact and plain ASCII.

ASCII because PostgreSQL's text takes neither NUL nor half surrogates, and people type both.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from adapters.storage.errors import UnreadableFactError

Fact = dict[str, Any]
T = TypeVar("T")

VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# The standard encoder, made once: `json.dumps` makes a new one for any option but the default.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def write(kind: str, fact: Fact) -> str:
    """Encode a fact under the current version."""
    return _encode({"v": VERSION, "kind": kind, **fact})


def read(text: str, decode: Callable[[str, Fact], T]) -> T:
    """Decode a fact with `decode(kind, fact)`.

    Raises:
        UnreadableFactError: another version, an unknown kind, or a field that does not fit.
    """
    try:
        fact = json.loads(text)
        version, kind = fact["v"], fact["kind"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFactError("not a fact") from error
    if version != VERSION:
        raise UnreadableFactError(f"{kind} of version {version}")
    try:
        return decode(kind, fact)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableFactError(f"{kind}: {type(error).__name__}") from error


def fragment(name: str, value: str) -> str:
    """Show how a text field stands inside an encoded fact.

    It cannot be forged by a text that somebody wrote: quotes inside strings are escaped.
    """
    return f'"{name}":{_encode(value)}'


def key(*parts: str) -> str:
    """Join ids to one key that can be taken apart again."""
    return _encode(parts)


def parts_of(key: str) -> list[str]:
    """Take a key apart."""
    parts: list[str] = json.loads(key)
    return parts


def micros(moment: datetime) -> int:
    """Give a moment as whole microseconds since 1970 (UTC)."""
    return (moment - _EPOCH) // _MICROSECOND


def micros_or_none(moment: datetime | None) -> int | None:
    """Give an optional moment as microseconds."""
    return None if moment is None else micros(moment)


def moment(at: int) -> datetime:
    """Read microseconds since 1970 as an aware UTC moment."""
    return _EPOCH + timedelta(microseconds=at)


def moment_or_none(at: int | None) -> datetime | None:
    """Read optional microseconds."""
    return None if at is None else moment(at)


def iso(at: datetime) -> str:
    """Write a moment into a fact."""
    return at.isoformat()
