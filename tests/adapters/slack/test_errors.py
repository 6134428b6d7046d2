"""Slack's error codes in our words."""

from datetime import UTC, datetime

import pytest

from adapters.chat.slack.errors import REFUSALS, SIGNED_OUT, THROTTLED, UNKNOWN, error_for, harmless
from gateway.domain.errors import (
    ChatOutcomeUnknownError,
    ChatRefusal,
    ChatRefusedError,
    ChatSignedOutError,
    ChatThrottledError,
    ChatUnavailableError,
    Disposition,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("not_in_channel", ChatRefusal.NOT_IN_CHANNEL),
        ("channel_not_found", ChatRefusal.NOT_IN_CHANNEL),
        ("is_archived", ChatRefusal.CHANNEL_CLOSED),
        ("restricted_action_thread_only_channel", ChatRefusal.CHANNEL_CLOSED),
        ("thread_locked", ChatRefusal.CHANNEL_CLOSED),
        ("message_not_found", ChatRefusal.TARGET_GONE),
        ("cannot_dm_bot", ChatRefusal.PERSON_UNREACHABLE),
        ("messages_tab_disabled", ChatRefusal.PERSON_UNREACHABLE),
        ("invalid_blocks", ChatRefusal.BAD_MESSAGE),
        ("msg_too_long", ChatRefusal.BAD_MESSAGE),
        ("expired_trigger_id", ChatRefusal.TOO_LATE),
        ("missing_scope", ChatRefusal.PERMISSION),
        ("a_code_of_next_year", ChatRefusal.OTHER),
    ],
)
def test_a_refusal_says_why(code: str, reason: ChatRefusal) -> None:
    """Each code has one reason; an unknown one is still a refusal, with its code."""
    error = error_for(code)
    assert isinstance(error, ChatRefusedError)
    assert (error.reason, error.vendor_code) == (reason, code)


def test_no_code_has_two_meanings() -> None:
    """The tables do not overlap."""
    codes = [code for each in (*REFUSALS.values(), SIGNED_OUT, THROTTLED, UNKNOWN) for code in each]
    assert len(codes) == len(set(codes))


def test_too_fast_says_until_when() -> None:
    """The caller is told when to come back."""
    error = error_for("ratelimited", AT)
    assert isinstance(error, ChatThrottledError)
    assert error.retry_at == AT


@pytest.mark.parametrize("code", sorted(SIGNED_OUT))
def test_a_dead_installation_is_the_operators(code: str) -> None:
    """It is not the author's fault, and may come back."""
    error = error_for(code)
    assert isinstance(error, ChatSignedOutError)
    assert error.disposition is Disposition.RETRY_LATER


@pytest.mark.parametrize("code", sorted(UNKNOWN))
def test_a_breakdown_may_have_done_it(code: str) -> None:
    """Unknown for a post; only "try again" for what may be repeated."""
    error = error_for(code)
    assert isinstance(error, ChatOutcomeUnknownError)
    assert isinstance(harmless(error), ChatUnavailableError)
