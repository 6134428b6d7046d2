"""Odd but authentic bodies (T20, T37): every parser is total, and keeps the limits."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.alerts.body import ALERTS_MOST, NODES_MOST, NODES_OF_STRANGERS_MOST, read_json, redact
from adapters.alerts.parsing import ConfiguredSource
from gateway.domain.alert_form import KEY_MOST, whole
from gateway.domain.alerts import Alert
from gateway.ports.alerts import Parsed, Unreadable, UnreadableDeliveryError
from gateway.web.alerts import BODY_MOST
from tests.adapters.alerts.limits import keeps_the_limits
from tests.adapters.alerts.surroundings import Around, request_of
from tests.adapters.alerts.test_samples import FOLDER, KINDS, SAMPLES, request_in

SOURCES = {
    file.parent: Around().source(**json.loads(file.read_text()))
    for file in FOLDER.glob("*/samples/**/_source.json")
}
EACH = pytest.mark.parametrize("kind", sorted(KINDS))
PLACES_MOST = 60
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
no_health_check = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)


def read(source: ConfiguredSource, request: Any) -> Parsed | Unreadable:
    """Parse, and see that whatever came of it is bounded and whole."""
    try:
        parsed = source.parse(request)
    except UnreadableDeliveryError as error:
        return error.kind
    for item in parsed.items:
        if isinstance(item, Alert):
            keeps_the_limits(item)
        else:
            assert len(item.key) <= KEY_MOST
            item.key.encode()
    return parsed


ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e308, 10**30, [], {}, [[]], [None], {"": ""}, {"a": {"b": 1}}),
    *("", " ", "\0", "\ud800", "größe", "\u202e", "\n", "x" * 5000, "9" * 400, "-", "|", "$HOST"),
    *("http://[", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-10:00", "1e999", "=", "{}", "[]"),
)


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Every place of a document, the document itself first."""
    yield ()
    children: Any = ()
    if isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
    for name, child in children:
        yield from ((name, *path) for path in places(child))


def changed(value: Any, place: tuple[Any, ...], odd: Any) -> Any:
    """The document with something odd in one place."""
    if not place:
        return odd
    copy = value.copy()
    copy[place[0]] = changed(value[place[0]], place[1:], odd)
    return copy


def bodies(document: Any) -> Iterator[Any]:
    """The document with everything odd in every place; and so inside of SNS's message."""
    for place in islice(places(document), PLACES_MOST):
        yield from (changed(document, place, odd) for odd in ODD)
    message = document.get("Message") if isinstance(document, dict) else None
    if message and message.startswith("{") and message.endswith("}"):
        for body in bodies(json.loads(message)):
            yield document | {"Message": json.dumps(body)}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda file: str(file.relative_to(FOLDER)))
def test_samples_with_something_odd_in_any_place_are_read_or_refused(sample: Path) -> None:
    """Wrong types, nulls and surprises; nothing but a refusal is raised, and limits hold."""
    try:
        document = json.loads(sample.read_text())
    except ValueError:
        document = sample.read_text()
    request, source = request_in(sample), SOURCES[sample.parent]
    for body in bodies(document):
        read(source, replace(request, body=json.dumps(body).encode()))


@EACH
@no_health_check
@given(body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(kind: str, body: bytes) -> None:
    """With and without a media type, and whatever vendors' headers say."""
    source = SOURCES[FOLDER / kind / "samples"]
    for headers in (
        {},
        {"Content-Type": "application/json", "Sentry-Hook-Resource": "issue"},
        {"Content-Type": "application/cloudevents+json"},
        {"Content-Type": "application/cloudevents-batch+json"},
        {"Content-Type": "text/plain", "ce-specversion": "1.0", "ce-type": "\udce9"},
        {"Content-Type": "multipart/form-data; boundary=x"},
    ):
        read(source, request_of(body, headers))


HUGE = {
    "depth": b"[" * 900_000,
    "closed depth": b"[" * 33 + b"]" * 33,
    "objects": b"[" + b"{}," * 300_000 + b"{}]",
    "numbers": b"[" + b"1," * 500_000 + b"1]",
    "unclosed string": b'"' + b'\\"' * 500_000,
    "unclosed strings": b'"\\' * 500_000,
    "long number": b"1" * 1_000_000,
    "infinite": b'{"a": 1e999}',
    "not a number": b'{"a": NaN}',
    "infinity": b"[-Infinity]",
    "other encoding": '{"a": 1}'.encode("utf-16"),
    "half a letter": b'"\xc3"',
    "nothing": b"",
}


@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_what_is_too_deep_or_too_much_is_refused_quickly(body: bytes) -> None:
    """A megabyte of it costs less than 50 ms of one processor (T20)."""
    started = time.process_time()
    with pytest.raises(UnreadableDeliveryError) as refused:
        read_json(body)
    assert time.process_time() - started < 0.05
    assert refused.value.__cause__ is refused.value.__context__ is None, "it carries the body"


def test_as_much_as_allowed_is_read() -> None:
    """The limits themselves; commas inside of strings are no values."""
    assert read_json(b"[" * 32 + b"]" * 32)
    assert read_json(b"[" + b"1," * (NODES_MOST - 2) + b"1]")
    assert read_json(b'["' + b"," * 500_000 + b'"]')
    assert read_json('\ufeff{"bom": true}'.encode()) == {"bom": True}


def test_a_group_as_large_as_a_body_may_be_is_read() -> None:
    """A storm's one notification must not be refused for good: Alertmanager drops it on a 413."""
    alert = json.loads((FOLDER / "alertmanager" / "samples" / "firing.json").read_text())["alerts"][
        0
    ]
    size = len(json.dumps(alert, separators=(",", ":"))) + 1
    alerts = [alert | {"fingerprint": f"{n:016x}"} for n in range(1_000_000 // size)]
    body = json.dumps({"version": "4", "alerts": alerts}, separators=(",", ":")).encode()
    assert 900_000 < len(body) < BODY_MOST
    assert read_json(body)
    with pytest.raises(UnreadableDeliveryError):
        read_json(body, NODES_OF_STRANGERS_MOST)


def test_one_call_carries_a_bounded_number_of_alerts() -> None:
    """More is a mistake of the sender's settings, and is told as such."""
    source = SOURCES[FOLDER / "generic" / "samples"]
    few = json.dumps({"events": [{"job": n} for n in range(ALERTS_MOST)]}).encode()
    many = json.dumps({"events": [{"job": n} for n in range(ALERTS_MOST + 1)]}).encode()
    assert isinstance(read(source, request_of(few)), Parsed)
    assert read(source, request_of(many)) is Unreadable.TOO_LARGE


def test_credentials_are_taken_out_of_what_is_kept() -> None:
    """Strings with escapes inside, wherever they stand; the rest stays as it was sent."""
    body = rb'{"a": {"routing_key" : "x\"y\\"}, "b": ["routing_key", 1], "routing_key":"z"}'
    kept = redact(body, ("routing_key",))
    assert json.loads(kept) == {
        "a": {"routing_key": "redacted"},
        "b": ["routing_key", 1],
        "routing_key": "redacted",
    }


@given(st.text())
def test_whole_text_can_be_stored(text: str) -> None:
    """No NUL, no half of a pair, and nothing else is touched."""
    cleaned = whole(text)
    cleaned.encode()
    assert "\0" not in cleaned
    assert whole(cleaned) == cleaned


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_sound_text_stays_as_it_is(text: str) -> None:
    """Emoji, marks and right-to-left letters are somebody's words."""
    assert whole(text) == text
