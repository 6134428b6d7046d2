"""Signed deliveries (threats T1, T6, T7): one verifier for every profile of the table."""

import base64
import hmac
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from adapters.alerts.authentication.signatures import PROFILES
from adapters.alerts.settings import SignatureAuth
from gateway.ports.alerts import Checked, Trust
from tests.adapters.alerts.surroundings import Around, request_of

BODY = b'{"title":"demo"}'
STAMP = "1790000000"
WHSEC = "whsec_cGFnZXItZGVtby1zZWNyZXQtMDEyMzQ1Njc4OWFiY2Q="
PLAIN = "demo-secret"
OF_BODY = "523e48bf6ae81d418d829096955437eeed4c8e403f8f911cf1ff28c27f4f9536"
OF_TIME_AND_BODY = "b7ea4a516f1442b83b7e14bc14ff2afb420aa0d3ad26850a168e4f9990da6005"
STANDARD = "v1,AT7c+qfRiJr2CBDQculbmVqxm7NjB7yxjp96mMJ4IGc="
TIMED = {"profile": "grafana", "timestamp_header": "X-Grafana-Alerting-Timestamp"}

WORKED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "standard-webhooks": (
        {"profile": "standard-webhooks", "secrets": [WHSEC]},
        {
            "webhook-id": "evt_demo_1",
            "webhook-timestamp": STAMP,
            "webhook-signature": STANDARD,
        },
    ),
    "svix": (
        {"profile": "svix", "secrets": [WHSEC]},
        {"svix-id": "evt_demo_1", "svix-timestamp": STAMP, "svix-signature": STANDARD},
    ),
    "github": (
        {"profile": "github", "secrets": [PLAIN]},
        {"X-Hub-Signature-256": f"sha256={OF_BODY}", "X-GitHub-Delivery": "d-1"},
    ),
    "sentry": (
        {"profile": "sentry", "secrets": [PLAIN]},
        {"Sentry-Hook-Signature": OF_BODY, "Request-ID": "r-1"},
    ),
    "pagerduty-v3": (
        {"profile": "pagerduty-v3", "secrets": [PLAIN]},
        {"X-PagerDuty-Signature": f"v1={'0' * 64},v1={OF_BODY}"},
    ),
    "slack-v0": (
        {"profile": "slack-v0", "secrets": [PLAIN]},
        {
            "X-Slack-Request-Timestamp": STAMP,
            "X-Slack-Signature": "v0="
            + hmac.new(PLAIN.encode(), b"v0:1790000000:" + BODY, "sha256").hexdigest(),
        },
    ),
    "grafana": (
        {"profile": "grafana", "secrets": [PLAIN]},
        {"X-Grafana-Alerting-Signature": OF_BODY},
    ),
    "grafana, with time": (
        {**TIMED, "secrets": [PLAIN]},
        {"X-Grafana-Alerting-Timestamp": STAMP, "X-Grafana-Alerting-Signature": OF_TIME_AND_BODY},
    ),
}
"""Settings, and the headers that go with `BODY`; values of the project's own reference."""
EACH = pytest.mark.parametrize(("auth", "headers"), WORKED.values(), ids=WORKED)


def at_stamp() -> Around:
    """Everything, at the time of the worked values."""
    around = Around()
    around.clock.move(int(STAMP) - around.clock.now().timestamp())
    return around


async def check(around: Around, auth: dict[str, Any], headers: Any, body: bytes = BODY) -> Checked:
    """Judge one request."""
    source = around.source(kind="generic", preset="goalert", auth=auth)
    return await source.authenticate(request_of(body, headers))


def test_every_profile_of_the_settings_stands_in_the_table() -> None:
    """A profile that can be named can be verified."""
    assert set(get_args(SignatureAuth.model_fields["profile"].annotation)) == set(PROFILES)


@EACH
async def test_worked_values_are_genuine(auth: dict[str, Any], headers: dict[str, str]) -> None:
    """Body, time and secret of the reference give its signature."""
    assert (await check(at_stamp(), auth, headers)).trust is Trust.GENUINE


@EACH
@settings(deadline=None, max_examples=40)
@given(bit=st.integers(0, len(BODY) * 8 - 1))
async def test_one_flipped_bit_of_the_body_is_noticed(
    auth: dict[str, Any], headers: dict[str, str], bit: int
) -> None:
    """Nothing about the body can be changed."""
    changed = bytearray(BODY)
    changed[bit // 8] ^= 1 << bit % 8
    checked = await check(at_stamp(), auth, headers, bytes(changed))
    assert checked.trust is Trust.CREDENTIAL


@EACH
async def test_security_headers_stand_there_exactly_once(
    auth: dict[str, Any], headers: dict[str, str]
) -> None:
    """Doubled headers are refused, even doubled with the right value; so are missing ones."""
    around = at_stamp()
    for name, value in headers.items():
        doubled = CIMultiDict(headers)
        doubled.add(name.lower(), value)
        assert (await check(around, auth, doubled)).trust is Trust.HEADERS
        missing = {other: headers[other] for other in headers if other != name}
        unsigned_id = name in {"X-GitHub-Delivery", "Request-ID"}
        wanted = Trust.GENUINE if unsigned_id else Trust.HEADERS
        assert (await check(around, auth, missing)).trust is wanted


@EACH
async def test_a_signature_is_compared_in_full(
    auth: dict[str, Any], headers: dict[str, str]
) -> None:
    """Prefixes, other versions, other alphabets and longer ones are all wrong."""
    around = at_stamp()
    name = next(name for name in headers if "signature" in name.lower())
    right = headers[name]
    for wrong in (right[:-1], right + "0", right.upper() + "=", "", "v1,", "v1=", "ü" * 64):
        assert (await check(around, auth, headers | {name: wrong})).trust is Trust.CREDENTIAL


TIMES = [name for name, (_, headers) in WORKED.items() if STAMP in headers.values()]


@pytest.mark.parametrize("profile", TIMES)
@pytest.mark.parametrize(
    ("late_s", "trust"),
    [(300, Trust.GENUINE), (301, Trust.TIME), (-60, Trust.GENUINE), (-61, Trust.TIME)],
)
async def test_the_window_is_five_minutes_back_and_one_ahead(
    profile: str, late_s: float, trust: Trust
) -> None:
    """Old requests are replays; requests from far ahead would be replays later."""
    auth, headers = WORKED[profile]
    around = at_stamp()
    around.clock.move(late_s)
    assert (await check(around, auth, headers)).trust is trust


@pytest.mark.parametrize("profile", TIMES)
@pytest.mark.parametrize("stamp", ["", "-1", "+1790000000", "1790000000.0", "٣", "9" * 13, "1e9"])
async def test_a_timestamp_is_ascii_digits(profile: str, stamp: str) -> None:
    """Nothing else is read as a number."""
    auth, headers = WORKED[profile]
    name = next(name for name, value in headers.items() if value == STAMP)
    assert (await check(at_stamp(), auth, headers | {name: stamp})).trust is Trust.TIME


@EACH
@settings(deadline=None, max_examples=40)
@given(value=st.text(max_size=80), body=st.binary(max_size=50))
async def test_no_header_breaks_the_verifier(
    auth: dict[str, Any], headers: dict[str, str], value: str, body: bytes
) -> None:
    """Odd headers are refused, never an error; half surrogates are what odd bytes become."""
    odd = dict.fromkeys(headers, value)
    assert (await check(at_stamp(), auth, odd, body)).trust is not Trust.GENUINE


async def test_two_secrets_are_in_force_while_one_is_rotated() -> None:
    """Either fits until the old one's end, which counts at once (T7)."""
    around = at_stamp()
    end = around.clock.now().replace(microsecond=0)
    auth = {
        "profile": "github",
        "secrets": [{"value": PLAIN, "until": end.isoformat()}, "new-secret"],
    }
    _, headers = WORKED["github"]
    source = around.source(kind="generic", preset="goalert", auth=auth)
    around.clock.move(-1)
    assert (await source.authenticate(request_of(BODY, headers))).trust is Trust.GENUINE
    around.clock.move(1)
    assert (await source.authenticate(request_of(BODY, headers))).trust is Trust.CREDENTIAL
    new = "sha256=" + hmac.new(b"new-secret", BODY, "sha256").hexdigest()
    signed = request_of(BODY, {"X-Hub-Signature-256": new})
    assert (await source.authenticate(signed)).trust is Trust.GENUINE


async def test_standard_webhooks_may_be_signed_with_a_public_key() -> None:
    """`v1a` beside `v1`: whichever key we hold decides."""
    private = Ed25519PrivateKey.generate()
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    signature = private.sign(b"evt_demo_1." + STAMP.encode() + b"." + BODY)
    signed = f"v1,AAAA v1a,{base64.b64encode(signature).decode()}"
    auth = {"profile": "standard-webhooks", "secrets": [f"whpk_{public}"]}
    _, headers = WORKED["standard-webhooks"]
    around = at_stamp()
    given = headers | {"webhook-signature": signed}
    assert (await check(around, auth, given)).trust is Trust.GENUINE
    assert (await check(around, auth, given, b"{}")).trust is Trust.CREDENTIAL
    as_v1 = headers | {"webhook-signature": signed.replace("v1a", "v1")}
    assert (await check(around, auth, as_v1)).trust is Trust.CREDENTIAL


async def test_a_flood_of_signatures_is_not_tried() -> None:
    """Senders give two while they rotate, nobody gives a hundred."""
    auth, headers = WORKED["standard-webhooks"]
    flood = " ".join(["v1,AAAA"] * 5 + [STANDARD])
    checked = await check(at_stamp(), auth, headers | {"webhook-signature": flood})
    assert checked.trust is Trust.CREDENTIAL


async def replay_key(profile: str, **changed: str) -> str | None:
    """The name that a worked request gets."""
    auth, headers = WORKED[profile]
    return (await check(at_stamp(), auth, headers | changed)).replay_key


async def test_a_signed_id_alone_names_the_request() -> None:
    """The sender's next try has another time and signature, and the same name."""
    body, secret = b'{"again":1}', base64.b64decode(WHSEC.removeprefix("whsec_"))
    content = b"evt_demo_1.1790000009." + body
    signature = base64.b64encode(hmac.new(secret, content, "sha256").digest()).decode()
    headers = {
        "webhook-id": "evt_demo_1",
        "webhook-timestamp": "1790000009",
        "webhook-signature": f"v1,{signature}",
    }
    auth, _ = WORKED["standard-webhooks"]
    again = await check(at_stamp(), auth, headers, body)
    assert again.replay_key == await replay_key("standard-webhooks") is not None


async def test_an_unsigned_id_names_the_request_with_its_body() -> None:
    """Two deliveries of equal bodies are two; one delivery is one."""
    assert await replay_key("sentry") == await replay_key("sentry")
    assert await replay_key("sentry") != await replay_key("sentry", **{"Request-ID": "r-2"})


async def test_without_id_and_time_a_request_has_no_name() -> None:
    """Two equal failures have equal bodies; only the alerts in them can tell."""
    assert await replay_key("grafana") is None
    assert await replay_key("grafana, with time") is not None
