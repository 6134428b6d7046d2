"""Raw bytes of an authentic delivery to JSON within known bounds, and bytes that may be kept."""

import json
import math
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import NoReturn

from gateway.ports.alerts import AlertRequest, Headers, Unreadable, UnreadableDeliveryError

DEPTH_MOST = 32
NODES_MOST = 60_000
"""More than fit into the largest body as real alerts: an Alertmanager group of 2,000 has 38,000.

The most costly bytes that stay below take 14 ms and 6 MB.
"""
NODES_OF_STRANGERS_MOST = 20_000
"""Where the credential stands in the body, it is read before anybody is believed."""
ALERTS_MOST = 5_000

# The closing quote is optional and nothing is tried twice, so an unclosed string costs one pass.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_JSON = frozenset({"", "application/json", "text/json"})
_NOTHING = object()
_REDACTED = rb'\1"redacted"'


def json_of(request: AlertRequest) -> object:
    """Read a delivery that must be JSON in UTF-8; a sender that names no media type means it.

    Raises:
        UnreadableDeliveryError: another media type, or as `read_json`.
    """
    if not is_json(media_type_of(request.headers)):
        raise UnreadableDeliveryError(Unreadable.MEDIA_TYPE, "media_type")
    return read_json(request.body)


def is_json(media_type: str) -> bool:
    """Tell whether a media type means JSON; none does, too."""
    return media_type in _JSON or media_type.endswith("+json")


def media_type_of(headers: Headers) -> str:
    """Read the media type, lower case, without parameters; empty when there is none."""
    given = headers.getall("Content-Type", [""])
    return given[0].partition(";")[0].strip().lower()


def read_json(raw: bytes, most: int = NODES_MOST) -> object:
    """Read JSON: at most 32 deep and `most` values, every number finite.

    Raises:
        UnreadableDeliveryError: anything else; the decoder's own error would carry the document.
    """
    # Parsing comes first otherwise, and a megabyte of `{},{},` is twenty megabytes of objects.
    if _openings(raw) > 2 * most and _openings(_STRINGS.sub(b"", raw)) > 2 * most:
        raise UnreadableDeliveryError(Unreadable.TOO_LARGE, "too_many_values")
    value: object = _NOTHING
    with suppress(ValueError, RecursionError):
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    if value is _NOTHING or _is_too_deep(value, most):
        raise UnreadableDeliveryError(Unreadable.MALFORMED, "json")
    return value


def bounded(items: list[object]) -> list[object]:
    """Pass a list of alerts on, unless it is longer than one call may carry.

    Raises:
        UnreadableDeliveryError: too many; the sender has a setting for it (`max_alerts`).
    """
    if len(items) > ALERTS_MOST:
        raise UnreadableDeliveryError(Unreadable.TOO_LARGE, "too_many_alerts")
    return items


def redact(raw: bytes, names: Iterable[str]) -> bytes:
    """Replace the values of some JSON members, strings only, in place."""
    for name in names:
        raw = _member(name).sub(_REDACTED, raw)
    return raw


@cache
def _member(name: str) -> re.Pattern[bytes]:
    return re.compile(rb'("%s"\s*:\s*)"[^"\\]*+(?:\\.[^"\\]*+)*+"' % name.encode(), re.DOTALL)


def _openings(raw: bytes) -> int:
    """Bound the number of values from above: each but the first follows one of these."""
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{") + 1


def _is_too_deep(value: object, most: int) -> bool:
    nodes, level = 0, [value]
    for _ in range(DEPTH_MOST):
        nodes += len(level)
        level = [each for parent in level for each in _children(parent)]
    if nodes > most:
        raise UnreadableDeliveryError(Unreadable.TOO_LARGE, "too_many_values")
    return bool(level)


def _children(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _refuse(_: str) -> NoReturn:
    raise ValueError
