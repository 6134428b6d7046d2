"""Slack's refusals as ours, by status and error code; never by message text.

Slack, method pages ("Errors") and "Web API: evaluating responses": failures are HTTP 200 with
`ok: false` and a code, except 429.
"""

from collections.abc import Mapping
from datetime import datetime

from gateway.domain.errors import (
    ChatError,
    ChatOutcomeUnknownError,
    ChatRefusal,
    ChatRefusedError,
    ChatSignedOutError,
    ChatThrottledError,
    ChatUnavailableError,
)

REFUSALS: Mapping[ChatRefusal, frozenset[str]] = {
    ChatRefusal.NOT_IN_CHANNEL: frozenset({"channel_not_found", "not_in_channel"}),
    ChatRefusal.CHANNEL_CLOSED: frozenset(
        {
            "is_archived",
            "restricted_action",
            "restricted_action_non_threadable_channel",
            "restricted_action_read_only_channel",
            "restricted_action_thread_locked",
            "restricted_action_thread_only_channel",
            "thread_locked",
        }
    ),
    ChatRefusal.TARGET_GONE: frozenset(
        {
            "cannot_reply_to_message",
            "cant_update_message",
            "edit_window_closed",
            "message_not_found",
            "no_item_specified",
            "thread_not_found",
        }
    ),
    ChatRefusal.PERSON_UNREACHABLE: frozenset(
        {
            "cannot_dm_bot",
            "messages_tab_disabled",
            "not_enabled",
            "no_such_subteam",
            "subteam_not_found",
            "user_disabled",
            "user_not_found",
            "user_not_in_channel",
            "user_not_visible",
            "users_not_found",
            "users_not_visible",
        }
    ),
    ChatRefusal.BAD_MESSAGE: frozenset(
        {
            "invalid_arguments",
            "invalid_attachments",
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_metadata_format",
            "invalid_metadata_schema",
            "markdown_text_conflict",
            "metadata_too_large",
            "msg_blocks_too_long",
            "msg_too_long",
            "no_text",
            "view_too_large",
        }
    ),
    ChatRefusal.TOO_LATE: frozenset(
        {
            "exchanged_trigger_id",
            "expired_trigger_id",
            "expired_url",
            "hash_conflict",
            "invalid_trigger_id",
            "trigger_exchanged",
            "trigger_expired",
            "used_url",
        }
    ),
    ChatRefusal.PERMISSION: frozenset(
        {
            "access_denied",
            "message_limit_exceeded",
            "method_not_supported_for_channel_type",
            "missing_scope",
            "no_permission",
            "not_allowed_token_type",
        }
    ),
}
"""What Slack means for good, in our words. Codes not listed are refused as `OTHER`."""

SIGNED_OUT = frozenset(
    {
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
    }
)
"""The installation does not work any more (or for the moment): an operator has to look."""

THROTTLED = frozenset({"ratelimited", "rate_limited"})

UNKNOWN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""Slack broke down while it worked on the call: it may have been done."""

SUCCESS = frozenset({"already_reacted", "no_reaction"})
"""What was asked for is so already."""

_REASONS = {code: reason for reason, codes in REFUSALS.items() for code in codes}


def error_for(code: str, retry_at: datetime | None = None) -> ChatError:
    """Translate an error code of a call that Slack answered."""
    if code in THROTTLED:
        return ChatThrottledError(code, retry_at)
    if code in SIGNED_OUT:
        return ChatSignedOutError(code)
    if code in UNKNOWN:
        return ChatOutcomeUnknownError(code)
    return ChatRefusedError(code, _REASONS.get(code, ChatRefusal.OTHER))


def harmless(error: ChatError) -> ChatError:
    """Class an error of a call that may be repeated: an unknown outcome is no danger there."""
    if isinstance(error, ChatOutcomeUnknownError):
        return ChatUnavailableError(error.vendor_code)
    return error
