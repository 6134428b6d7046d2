"""Malformed and hostile requests: a clean 4xx, never a 5xx, and the pager goes on."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.pager_embedded.conftest import Office, Phone

STRANGE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"text": NaN}',
    b'{"text": "x", "replyOn": 1e999}',
    b'{"text": "x", "replyOn": ' + b"9" * 5000 + b"}",
    b"[" * 200_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"text": "x", "to": ' + b"[" * 40 + b"]" * 40 + b"}",
    b'{"text":"x","to":[{"extensionNumber":"101"},' + b"[]," * 1000 + b"7]}",
    b'{"text":"x","to":[{"extensionNumber":"101"}],"more":' + b"[" * 40 + b"]" * 40 + b"}",
    b"\x00" * 100,
    b"text=x&to=101",
]
PATHS = [
    ("POST", "company-pager"),
    ("PUT", "message-store/1"),
    ("PUT", "message-store/*"),
    ("PATCH", "message-store/1,2"),
    ("POST", "/restapi/v1.0/subscription"),
    ("POST", "/_admin/faults"),
    ("POST", "/_admin/messages"),
    ("POST", "/_admin/extensions"),
    ("PATCH", "/_admin/extensions/101"),
    ("POST", "/_admin/clock"),
]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
references = st.fixed_dictionaries(
    {}, optional={"extensionNumber": st.sampled_from(["101", "103", "400", "9001"]) | values}
)
pages = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=30) | values,
        "to": st.lists(references | values, max_size=3) | values,
        "from": references | values,
        "replyOn": st.integers() | values,
    },
)
strange = settings(
    max_examples=150,
    deadline=None,
    # One pager for all examples is what is wanted here.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
async def dana(office: Office) -> Phone:
    return await office.phone("104")


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_bodies_that_mean_nothing(dana: Phone, method: str, path: str) -> None:
    """Not JSON, too deep, too long numbers, the wrong shape."""
    for body in STRANGE:
        answer = await dana.call(method, path, data=body)
        assert 400 <= answer.status < 500, body[:40]
        assert answer.body["errorCode"]


async def test_bodies_that_are_too_large_or_compressed(dana: Phone) -> None:
    """413 beyond 256 kB, 415 for what would have to be unpacked."""
    huge = json.dumps({"text": "x" * 300_000}).encode()
    assert (await dana.call("POST", "company-pager", data=huge)).status == 413
    packed = {"Content-Encoding": "gzip"}
    answer = await dana.call("POST", "company-pager", data=b"x", headers=packed)
    assert answer.status == 415


@strange
@given(body=pages)
async def test_any_page_at_all(dana: Phone, body: Any) -> None:
    """Whatever JSON is sent as a page, it is accepted or refused."""
    answer = await dana.call("POST", "company-pager", data=json.dumps(body).encode())
    assert answer.status in {200, 400, 403}


@strange
@given(body=values)
async def test_any_subscription_at_all(dana: Phone, body: Any) -> None:
    """And as a subscription."""
    wish = {"eventFilters": ["/restapi/v1.0/account/~/extension"], "deliveryMode": body}
    for each in (body, wish, {"eventFilters": [body], "deliveryMode": {}}):
        content = json.dumps(each).encode()
        answer = await dana.call("POST", "/restapi/v1.0/subscription", data=content)
        assert 400 <= answer.status < 500


@strange
@given(
    name=st.sampled_from(["dateFrom", "page", "perPage", "conversationId", "syncToken"]),
    value=st.text(),
)
async def test_any_query_at_all(dana: Phone, name: str, value: str) -> None:
    """Lists and syncs take or refuse every parameter."""
    text = value.encode("utf-8", "replace").decode()
    for path in ("message-store", "message-sync"):
        for kind in ("FSync", "ISync"):
            answer = await dana.get(path, params={name: text, "syncType": kind})
            assert answer.status in {200, 400}


@strange
@given(tail=st.text(st.characters(codec="utf-8"), max_size=30))
async def test_any_path_at_all(dana: Phone, tail: str) -> None:
    """Unknown addresses and ids are 4xx."""
    for base in ("message-store/", "/restapi/v1.0/account/~/extension/", "/restapi/", "/_admin/"):
        for method in ("GET", "DELETE"):
            answer = await dana.call(method, base + tail.replace("?", "").replace("#", ""))
            assert answer.status < 500


async def test_lone_surrogates_are_replaced(dana: Phone) -> None:
    """JSON can carry half a character; what is stored can be written by anybody."""
    body = b'{"text": "\\ud83d broken \\udd25", "to": [{"extensionNumber": "101"}]}'
    answer = await dana.call("POST", "company-pager", data=body)
    assert answer.status == 200
    answer.body["subject"].encode()
    assert "broken" in answer.body["subject"]
    named = b'{"text": "x", "to": [{"extensionNumber": "\\ud83d"}]}'
    assert (await dana.call("POST", "company-pager", data=named)).status == 400


async def test_text_is_data(dana: Phone) -> None:
    """Quotes, zeros and markup come back as they were."""
    for text in ("'; DROP TABLE page; --", "a\x00b", "<b>&amp;</b>", "\u202egnp", "%s{0}"):
        assert (await dana.page("101", text=text)).body["subject"] == text


TOKEN_HEAD = b"POST /restapi/oauth/token HTTP/1.1\r\nHost: x\r\n"
LONG_HEADER = b"GET /restapi/v1.0/subscription HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 20_000
BOTH_LENGTHS = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
MULTIPART = b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 3\r\n\r\n--x"
FORM = b"Content-Type: application/x-www-form-urlencoded; charset=none\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        LONG_HEADER + b"\r\n\r\n",
        TOKEN_HEAD + b"Content-Length: -1\r\n\r\n",
        TOKEN_HEAD + BOTH_LENGTHS,
        TOKEN_HEAD + MULTIPART,
        TOKEN_HEAD + FORM + b"Content-Length: 3\r\n\r\na=b",
    ],
)
async def test_bytes_that_are_no_http(office: Office, dana: Phone, request_bytes: bytes) -> None:
    """Refused or cut, without disturbing anybody."""
    host, port = office.running.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request_bytes)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.") or answer == b""
    assert b" 50" not in answer.partition(b"\r\n")[0]
    assert (await dana.page("101")).status == 200


async def test_forms_with_too_many_fields(office: Office) -> None:
    """A flood of parameters is refused before it is parsed."""
    form = "&".join(f"a{each}=b" for each in range(1000))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/restapi/oauth/token", "/restapi/oauth/authorize"):
        answer = await office.call("POST", path, data=form, headers=headers)
        assert answer.status == 400
