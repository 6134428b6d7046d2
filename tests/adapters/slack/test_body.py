"""Raw bodies parsed once, within bounds (threats T20, T37)."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.slack.body import FORM, JSON, MalformedBodyError, is_tls_probe, parse


def test_a_command_whose_text_says_payload_is_a_command() -> None:
    """`/page 102 payload rejected` is a page, although interactions come in a field `payload`."""
    raw = urlencode({"command": "/page", "text": "102 payload rejected", "payload": "x"}).encode()
    assert parse(raw, FORM)["text"] == "102 payload rejected"


def test_an_interaction_comes_as_json_in_a_form() -> None:
    """The field `payload` is read once."""
    raw = urlencode({"payload": json.dumps({"type": "block_actions"})}).encode()
    assert parse(raw, FORM) == {"type": "block_actions"}


def test_an_empty_text_keeps_its_key() -> None:
    """`/page` alone is a command with an empty text."""
    assert parse(b"command=%2Fpage&text=", FORM) == {"command": "/page", "text": ""}


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"", JSON),
        (b"{", JSON),
        (b"[]", JSON),
        (b'"text"', JSON),
        (b'{"a": NaN}', JSON),
        (b'{"a": "\xff"}', JSON),
        (b"\xff\xfe{\x00}\x00", JSON),
        (b"[" * 100_000, JSON),
        (b'{"a":' * 40 + b"1" + b"}" * 40, JSON),
        (b'{"a": [' + b"1," * 30_000 + b"1]}", JSON),
        (b'{"a": ' + b"9" * 10_000 + b"}", JSON),
        (b"payload=", FORM),
        (b"payload={", FORM),
        (b"payload=[1]", FORM),
        (b"command=%2Fpage&text=%ff", FORM),
        (b"command=a&command=b", FORM),
        (b"&".join(b"f%d=1" % n for n in range(300)), FORM),
        (b"a=1", FORM),
        (b"{}", "text/plain"),
        (b"{}", "multipart/form-data"),
    ],
)
def test_what_slack_never_sends_is_malformed(raw: bytes, content_type: str) -> None:
    """Other shapes, encodings, depths and sizes are told apart from bugs of ours."""
    with pytest.raises(MalformedBodyError):
        parse(raw, content_type)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text().map(lambda t: urlencode({"payload": t}).encode()))
def test_no_bytes_break_the_parser(raw: bytes) -> None:
    """Anything is an object or malformed."""
    for content_type in (JSON, FORM):
        try:
            assert isinstance(parse(raw, content_type), dict)
        except MalformedBodyError:
            continue


def test_strings_can_be_stored() -> None:
    """NUL and halves of surrogate pairs, which no database takes, are gone after parsing."""
    raw = rb'{"a\u0000": "x\u0000y \ud83d \ud83d\udd25"}'
    assert parse(raw, JSON) == {"a": "xy \ufffd \U0001f525"}
    assert parse(b"command=%2Fpage&text=a%00b", FORM)["text"] == "ab"


def test_a_tls_probe_is_a_form_with_that_field() -> None:
    """Text that only mentions it is none."""
    assert is_tls_probe(b"ssl_check=1&token=x", FORM)
    assert not is_tls_probe(b"command=%2Fpage&text=ssl_check%3D1", FORM)
    assert not is_tls_probe(b"command=%2Fpage&text=my_ssl_check=1", FORM)
    assert not is_tls_probe(b"ssl_check=1", JSON)
