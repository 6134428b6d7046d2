"""The HTTP edge: hostile requests from outside, and odd ones that are signed (T1-T3, T20, T37)."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from gateway.domain.content import Content
from gateway.domain.errors import ChatOutcomeUnknownError, StoreUnavailableError
from gateway.domain.ids import ChatUserId, WorkspaceId
from gateway.domain.inbound import ChatCommand, ChatReply
from gateway.ports.chat import ChatWhisper
from tests.adapters.slack.desk import Desk, desk
from tests.adapters.slack.requests import (
    COMMAND,
    ENVELOPE,
    EVENTS,
    INTERACTIONS,
    MESSAGE,
    event,
    form,
    headers_for,
    interaction,
)
from tests.adapters.slack.signing import signed, stamp


@dataclass(frozen=True)
class Got:
    """An answer of the edge."""

    status: int
    text: str
    headers: CIMultiDict[str]


async def send(
    at: Desk, body: bytes, content_type: str, headers: CIMultiDict[str] | None = None
) -> Got:
    """Send a request, signed unless headers are given."""
    if headers is None:
        headers = headers_for(body, content_type, at.server.signing_secret, at.clock)
    async with at.http.post(at.edge_url, data=body, headers=headers) as answer:
        return Got(answer.status, await answer.text(), CIMultiDict(answer.headers))


# --- from outside ------------------------------------------------------------------------------


async def test_an_unsigned_request_reaches_nobody(at: Desk) -> None:
    """401, and nothing is heard, echoed or told."""
    body, content_type = form(COMMAND)
    got = await send(at, body, content_type, CIMultiDict({"Content-Type": content_type}))
    assert (got.status, got.text) == (401, "")
    assert at.ear.heard == []


@pytest.mark.parametrize(
    "missing", [{}, {"X-Slack-Request-Timestamp": "1000000000"}, {"X-Slack-Signature": "v0=1"}]
)
async def test_who_cannot_be_slack_is_not_waited_for(at: Desk, missing: dict[str, str]) -> None:
    """Turned away by the head alone; who may be Slack is heard to the end."""
    body, content_type = form(COMMAND)
    signed_headers = headers_for(body, content_type, at.server.signing_secret, at.clock)
    more = asyncio.Event()

    async def bit_by_bit() -> AsyncIterator[bytes]:
        yield body[:10]
        await more.wait()
        yield body[10:]

    forged = CIMultiDict({"Content-Type": content_type, **missing})
    async with at.http.post(at.edge_url, data=bit_by_bit(), headers=forged) as answer:
        assert (answer.status, more.is_set()) == (401, False)
    more.set()
    async with at.http.post(at.edge_url, data=bit_by_bit(), headers=signed_headers) as answer:
        assert answer.status == 200
    assert len(at.ear.heard) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"payload=%ff", b"a" * 200_000],
)
async def test_malformed_strangers_are_strangers_first(at: Desk, body: bytes) -> None:
    """Nothing is parsed before it is verified, so nothing can break on it."""
    for content_type in ("application/json", "application/x-www-form-urlencoded", "x/y; charset=x"):
        headers = CIMultiDict(
            {
                "Content-Type": content_type,
                "X-Slack-Signature": "v0=" + "0" * 64,
                "X-Slack-Request-Timestamp": stamp(at.clock),
            }
        )
        assert (await send(at, body, content_type, headers)).status == 401


async def test_words_in_another_charset_are_not_what_was_signed(at: Desk) -> None:
    """The signature covers bytes, whatever a header calls them."""
    text = json.dumps({**ENVELOPE, "event": MESSAGE})
    headers = headers_for(text.encode(), "application/json", at.server.signing_secret, at.clock)
    headers["Content-Type"] = "application/json; charset=utf-16"
    assert (await send(at, text.encode("utf-16"), "", headers)).status == 401


async def test_a_challenge_is_echoed_only_to_slack(at: Desk) -> None:
    """Signed, short, and as plain text."""
    body, content_type = event({"type": "url_verification", "challenge": "<b>qT7p</b>"})
    got = await send(at, body, content_type)
    assert (got.status, got.text) == (200, "<b>qT7p</b>")
    assert got.headers["Content-Type"].startswith("text/plain")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    unsigned = await send(at, body, content_type, CIMultiDict({"Content-Type": content_type}))
    assert (unsigned.status, unsigned.text) == (401, "")


@pytest.mark.parametrize("challenge", ["", "x" * 201, 7, None, {"a": 1}])
async def test_an_odd_challenge_is_malformed(at: Desk, challenge: Any) -> None:
    """Nothing long and nothing that is no text is reflected."""
    body, content_type = event({"type": "url_verification", "challenge": challenge})
    assert (await send(at, body, content_type)).status == 400


async def test_a_tls_probe_is_answered_and_runs_nothing(at: Desk) -> None:
    """`ssl_check` comes unsigned; riding on it, a command goes nowhere, signed or not."""
    body, content_type = form({**COMMAND, "ssl_check": "1"})
    unsigned = await send(at, body, content_type, CIMultiDict({"Content-Type": content_type}))
    assert (unsigned.status, unsigned.text) == (200, "")
    assert (await send(at, body, content_type)).status == 200
    assert at.ear.heard == []


async def test_bolts_steering_headers_mean_nothing(at: Desk) -> None:
    """`x-slack-bolt-*` are not signed, and in stock Bolt change what runs."""
    body, content_type = form(COMMAND)
    headers = headers_for(body, content_type, at.server.signing_secret, at.clock)
    headers["X-Slack-Bolt-Lazy-Only"] = "1"
    headers["X-Slack-Bolt-Lazy-Function-Name"] = "guarded"
    assert (await send(at, body, content_type, headers)).status == 200
    assert len(at.ear.of(ChatCommand)) == 1


async def test_a_body_has_an_end(at: Desk) -> None:
    """More than Slack ever sends is refused, announced or not."""
    large = b"x" * 300_000
    assert (await send(at, large, "application/json")).status == 413

    async def dribble() -> Any:
        for _ in range(300):
            yield b"x" * 1024

    headers = headers_for(b"another", "application/json", at.server.signing_secret, at.clock)
    async with at.http.post(at.edge_url, data=dribble(), headers=headers) as answer:
        assert answer.status == 413


async def test_who_hangs_up_in_the_middle_breaks_nothing(
    at: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no fault of ours, so nobody is told of one."""
    door = URL(at.edge_url)
    _, writer = await asyncio.open_connection(door.host, door.port)
    writer.write(f"POST {door.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    body, content_type = form(COMMAND)
    assert (await send(at, body, content_type)).status == 200
    assert [record.getMessage() for record in caplog.records] == []


async def test_compressed_bodies_are_refused(at: Desk) -> None:
    """49 kB can become 50 MB."""
    body = gzip.compress(b" " * 1_000_000)
    headers = headers_for(body, "application/json", at.server.signing_secret, at.clock)
    headers["Content-Encoding"] = "gzip"
    assert (await send(at, body, "", headers)).status == 415


# --- repeats -----------------------------------------------------------------------------------


async def test_the_same_bytes_again_are_answered_and_not_handled(at: Desk) -> None:
    """A replay within the window does nothing (T2)."""
    body, content_type = form(COMMAND)
    headers = headers_for(body, content_type, at.server.signing_secret, at.clock)
    statuses = [(await send(at, body, content_type, headers)).status for _ in range(5)]
    assert statuses == [200] * 5
    assert len(at.ear.of(ChatCommand)) == 1


async def test_the_same_bytes_at_once_have_one_key(at: Desk) -> None:
    """What memory cannot stop, the core's key does."""
    body, content_type = form(COMMAND)
    headers = headers_for(body, content_type, at.server.signing_secret, at.clock)
    await asyncio.gather(*(send(at, body, content_type, headers) for _ in range(20)))
    assert len({command.key for command in at.ear.of(ChatCommand)}) == 1


async def test_what_failed_may_come_again_with_the_same_bytes(at: Desk) -> None:
    """A sender that got 503 is not told later that all is well."""
    body, content_type = event(EVENTS[0])
    headers = headers_for(body, content_type, at.server.signing_secret, at.clock)
    at.ear.failure = StoreUnavailableError()
    assert (await send(at, body, content_type, headers)).status == 503
    at.ear.failure = None
    assert (await send(at, body, content_type, headers)).status == 200
    assert len(at.ear.of(ChatReply)) == 1


async def test_slack_away_at_the_first_event_loses_nothing(at: Desk) -> None:
    """While we cannot learn who we are, events are to come again."""
    await at.fault("status", method="auth.test", status=500)
    body, content_type = event(EVENTS[0])
    assert (await send(at, body, content_type)).status == 503
    at.clock.move(3)
    assert (await send(at, body, content_type)).status == 200
    assert len(at.ear.of(ChatReply)) == 1


async def test_events_of_another_installation_are_left_alone(at: Desk) -> None:
    """The same app elsewhere has another token; the installation decides, not the message."""
    granted = [{"team_id": "T0OTHER", "is_bot": True}]
    body, content_type = event({**EVENTS[0], "authorizations": granted})
    assert (await send(at, body, content_type)).status == 200
    assert at.ear.heard == []


async def test_the_actors_own_company_counts(at: Desk) -> None:
    """Somebody known to us but writing from another company is a stranger there (T13)."""
    body, content_type = event({**EVENTS[0], "event": {**MESSAGE, "user_team": "T0OTHER"}})
    await send(at, body, content_type)
    assert at.ear.only(ChatReply).person.stranger


# --- signed, and odd ---------------------------------------------------------------------------


def paths(node: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield here
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in pairs:
        yield from paths(value, (*here, key))


def mutated(node: Any, path: tuple[Any, ...], value: Any, *, remove: bool) -> Any:
    """A copy with one place changed or taken out."""
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    if len(path) == 1 and remove:
        del copy[path[0]]
    else:
        copy[path[0]] = mutated(node[path[0]], path[1:], value, remove=remove)
    return copy


SAMPLES = (*EVENTS, *INTERACTIONS)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def odd_requests(draw: st.DrawFn) -> tuple[bytes, str]:
    """A sample of ours with up to three places made odd."""
    sample: Any = draw(st.sampled_from(SAMPLES))
    encode = interaction if sample in INTERACTIONS else event
    for _ in range(draw(st.integers(1, 3))):
        if not isinstance(sample, dict):
            break
        path = draw(st.sampled_from(list(paths(sample))[1:] or [()]))
        sample = mutated(sample, path, draw(ODD), remove=bool(path) and draw(st.booleans()))
    return encode(sample)


@pytest.fixture(scope="module")
def requests() -> list[tuple[bytes, str]]:
    """Odd requests, the same every time."""
    found: list[tuple[bytes, str]] = []

    @settings(
        max_examples=1_500,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(odd_requests())
    def collect(request: tuple[bytes, str]) -> None:
        found.append(request)

    collect()
    return found


async def test_no_signed_oddity_is_a_server_error(
    at: Desk, requests: list[tuple[bytes, str]]
) -> None:
    """Null members, missing fields, unknown types: 200 or 400, and never a bug (T37)."""
    assert len(requests) >= 1_500
    statuses = [(await send(at, *request)).status for request in requests]
    assert set(statuses) <= {200, 400}
    assert len(at.ear.heard) > 300
    assert at.log.facts("slack.listener_broke") == []


async def test_the_samples_themselves_are_heard(at: Desk) -> None:
    """What is mutated above is understood when it is whole."""
    for sample in EVENTS:
        assert (await send(at, *event(sample))).status == 200
    for sample in INTERACTIONS:
        assert (await send(at, *interaction(sample))).status == 200
    kinds = {type(fact).__name__ for fact in at.ear.heard}
    assert kinds == {
        "ChatReply",
        "ChatEdit",
        "ChatDeletion",
        "HomeOpened",
        "PersonGone",
        "WorkspaceGone",
        "ChannelMoved",
        "ChatAction",
        "FormSubmission",
        "ChatShortcut",
        "tuple",
    }


@pytest.mark.parametrize("fields", [{"command": "/page"}, {**COMMAND, "user_id": ""}])
async def test_a_command_without_a_person_is_left_alone(at: Desk, fields: dict[str, str]) -> None:
    """Signed, but nothing to act on."""
    assert (await send(at, *form(fields))).status == 200
    assert at.ear.heard == []


async def test_a_wrong_signature_costs_little_and_logs_no_words(at: Desk) -> None:
    """The reason is noted; body and signature are not."""
    body, content_type = form(COMMAND)
    headers = signed(body, stamp(at.clock), "another secret")
    headers["Content-Type"] = content_type
    assert (await send(at, body, content_type, headers)).status == 401
    assert at.log.facts("slack.signature_refused") == [{"why": "signature"}]
    assert "Disk" not in str(at.log.events)


async def test_libraries_log_no_words_and_no_secrets(
    at: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Bolt and its SDK write tokens and bodies at their levels; none of it gets out (I10)."""
    caplog.set_level(logging.DEBUG)
    await at.types("/page dba CANARY words")
    await at.fault("status", method="chat.postMessage", status=500)
    whisper = ChatWhisper(WorkspaceId("T0ACME"), ChatUserId("U0DANA"), None, Content("CANARY"))
    with pytest.raises(ChatOutcomeUnknownError):
        await at.slack.chat.whisper(whisper)
    await send(at, *interaction({"type": "block_actions", "actions": [], "CANARY": 1}))
    noted = caplog.text + str(at.log.events)
    for secret in ("CANARY", at.server.bot_token, at.server.signing_secret, "/commands/"):
        assert secret not in noted


async def test_environment_variables_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt and its SDK read tokens, OAuth secrets and proxies there; settings alone count."""
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-other",
        "SLACK_SIGNING_SECRET": "other",
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "other",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    async with desk() as at:
        await at.types("/page dba Disk full")
        assert at.ear.only(ChatCommand).person.name == "Dana Lee"
