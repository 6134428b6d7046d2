"""Whether a request comes from Slack (threat T1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from adapters.chat.slack.signature import REMEMBERED_MOST, Verdict, Verifier
from tests.adapters.slack.signing import SECRET, signed, stamp
from tests.fakes.clock import SkippingClock

BODY = b"command=%2Fpage&text=102+disk+full"


def test_slacks_own_example_is_genuine() -> None:
    """The example of Slack's page on signing, with its timestamp and signature."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    clock = SkippingClock()
    clock.move(1_531_420_618 - clock.now().timestamp())
    headers = CIMultiDict(
        {
            "X-Slack-Request-Timestamp": "1531420618",
            "X-Slack-Signature": "v0="
            "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        }
    )
    assert Verifier([SECRET], clock).check(headers, body) is Verdict.GENUINE


@settings(deadline=None)
@given(st.integers(0, len(BODY) * 8 - 1))
def test_one_flipped_bit_of_the_body_is_noticed(bit: int) -> None:
    """Nothing about the body can be changed."""
    clock = SkippingClock()
    changed = bytearray(BODY)
    changed[bit // 8] ^= 1 << bit % 8
    verdict = Verifier([SECRET], clock).check(signed(BODY, stamp(clock)), bytes(changed))
    assert verdict is Verdict.SIGNATURE


@settings(deadline=None)
@given(st.integers(0, 66), st.integers(0, 6))
def test_one_flipped_bit_of_the_signature_is_noticed(letter: int, bit: int) -> None:
    """Nor about the signature; most flips make it malformed, the others make it wrong."""
    clock = SkippingClock()
    headers = signed(BODY, stamp(clock))
    given_one = headers["X-Slack-Signature"]
    flipped = chr(ord(given_one[letter]) ^ (1 << bit))
    headers["X-Slack-Signature"] = given_one[:letter] + flipped + given_one[letter + 1 :]
    assert Verifier([SECRET], clock).check(headers, BODY).refused


@settings(deadline=None)
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.binary(max_size=50),
)
def test_no_header_breaks_the_verifier(timestamp: str, signature: str, body: bytes) -> None:
    """Odd headers are refused, never an error."""
    headers = CIMultiDict({"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature})
    assert Verifier([SECRET], SkippingClock()).check(headers, body).refused


@pytest.mark.parametrize(
    "timestamp",
    ["", "-1", "+1767268800", "1767268800.0", " 1767268800", "1767268800\n", "٣", "9" * 13, "0x10"],
)
def test_a_timestamp_is_ascii_digits(timestamp: str) -> None:
    """A signature over an odd timestamp is refused even if it is right."""
    clock = SkippingClock()
    headers = signed(BODY, timestamp)
    assert Verifier([SECRET], clock).check(headers, BODY) is Verdict.TIMESTAMP


@pytest.mark.parametrize(
    ("ahead_s", "verdict"),
    [
        (-300, Verdict.GENUINE),
        (-301, Verdict.TIMESTAMP),
        (60, Verdict.GENUINE),
        (61, Verdict.TIMESTAMP),
    ],
)
def test_the_window_is_five_minutes_back_and_one_ahead(ahead_s: int, verdict: Verdict) -> None:
    """Old requests are replays; requests from far ahead would be replays later."""
    clock = SkippingClock()
    headers = signed(BODY, stamp(clock, ahead_s))
    assert Verifier([SECRET], clock).check(headers, BODY) is verdict


@pytest.mark.parametrize("name", ["X-Slack-Signature", "X-Slack-Request-Timestamp"])
def test_each_header_stands_there_exactly_once(name: str) -> None:
    """Missing or doubled security headers are refused, even doubled with the right value."""
    clock = SkippingClock()
    verifier = Verifier([SECRET], clock)
    doubled = signed(BODY, stamp(clock))
    doubled.add(name.lower(), doubled[name])
    missing = signed(BODY, stamp(clock))
    del missing[name]
    assert verifier.check(doubled, BODY) is Verdict.HEADERS
    assert verifier.check(missing, BODY) is Verdict.HEADERS


@pytest.mark.parametrize(
    "cut", ["v0=", "v0=" + "0" * 63, "v1=" + "0" * 64, "0" * 64, "v0=" + "A" * 64]
)
def test_a_signature_has_its_full_form(cut: str) -> None:
    """Prefixes, other versions and other alphabets are refused before comparing."""
    clock = SkippingClock()
    headers = signed(BODY, stamp(clock))
    headers["X-Slack-Signature"] = cut
    assert Verifier([SECRET], clock).check(headers, BODY) is Verdict.HEADERS


def test_two_secrets_are_in_force_while_one_is_rotated() -> None:
    """Either fits, a third does not."""
    clock = SkippingClock()
    verifier = Verifier(["old", "new"], clock)
    verdicts = [
        verifier.check(signed(BODY, stamp(clock), each), BODY) for each in ("old", "new", "x")
    ]
    assert verdicts == [Verdict.GENUINE, Verdict.GENUINE, Verdict.SIGNATURE]


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_everything_is_refused(secrets: list[str]) -> None:
    """An empty secret must not be a secret that everybody knows."""
    clock = SkippingClock()
    verdict = Verifier(secrets, clock).check(signed(BODY, stamp(clock), ""), BODY)
    assert verdict is Verdict.SIGNATURE


def test_an_answered_request_is_known_again() -> None:
    """The same bytes within ten minutes need no second handling; one that failed may come back."""
    clock = SkippingClock()
    verifier = Verifier([SECRET], clock)
    headers = signed(BODY, stamp(clock))
    assert verifier.check(headers, BODY) is Verdict.GENUINE
    assert verifier.check(headers, BODY) is Verdict.GENUINE
    verifier.answered(headers)
    clock.move(299)
    assert verifier.check(headers, BODY) is Verdict.REPEATED


def test_what_is_remembered_is_bounded() -> None:
    """However many requests come, memory does not grow without end."""
    clock = SkippingClock()
    verifier = Verifier([SECRET], clock)
    first = signed(b"0", stamp(clock))
    verifier.answered(first)
    for n in range(REMEMBERED_MOST):
        verifier.answered(CIMultiDict({"X-Slack-Signature": f"v0={n:064x}"}))
    assert verifier.check(first, b"0") is Verdict.GENUINE
