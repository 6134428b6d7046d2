"""Signed requests as Slack would send them, and what can be done to them."""

import json
from typing import Any
from urllib.parse import urlencode

from multidict import CIMultiDict

from tests.adapters.slack.signing import signed, stamp
from tests.fakes.clock import SkippingClock

Json = dict[str, Any]

COMMAND: Json = {
    "team_id": "T0ACME",
    "channel_id": "C0OPS",
    "user_id": "U0DANA",
    "command": "/page",
    "text": "dba Disk full",
    "api_app_id": "A0PAGER",
    "response_url": "https://hooks.slack.com/commands/T0ACME/1/x",
    "trigger_id": "1.2.3",
}
ENVELOPE: Json = {
    "type": "event_callback",
    "team_id": "T0ACME",
    "api_app_id": "A0PAGER",
    "event_id": "Ev1",
    "event_time": 1767225600,
    "is_ext_shared_channel": False,
    "authorizations": [{"team_id": "T0ACME", "user_id": "U0PAGER", "is_bot": True}],
}
MESSAGE: Json = {
    "type": "message",
    "channel": "C0OPS",
    "channel_type": "channel",
    "user": "U0DANA",
    "team": "T0ACME",
    "text": "on it",
    "client_msg_id": "0b6d",
    "ts": "1767225600.000200",
    "thread_ts": "1767225500.000100",
    "event_ts": "1767225600.000200",
    "files": [{"name": "photo.png", "size": 2100000, "permalink": "https://a.example/f"}],
    "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section"}]}],
}
CHANGED: Json = {
    "type": "message",
    "subtype": "message_changed",
    "channel": "C0OPS",
    "ts": "1767225610.000300",
    "message": {
        "user": "U0DANA",
        "text": "on it now",
        "ts": "1767225600.000200",
        "thread_ts": "1767225500.000100",
        "edited": {"user": "U0DANA", "ts": "1767225610.000000"},
    },
    "previous_message": {"user": "U0DANA", "text": "on it", "ts": "1767225600.000200"},
}
DELETED: Json = {
    "type": "message",
    "subtype": "message_deleted",
    "channel": "C0OPS",
    "deleted_ts": "1767225600.000200",
    "previous_message": {"user": "U0DANA", "thread_ts": "1767225500.000100"},
}
EVENTS: tuple[Json, ...] = tuple(
    {**ENVELOPE, "event": event}
    for event in (
        MESSAGE,
        CHANGED,
        DELETED,
        {**MESSAGE, "type": "app_mention"},
        {"type": "app_home_opened", "user": "U0DANA", "tab": "home", "channel": "D0DANA"},
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0PAGER"]}},
        {"type": "app_uninstalled"},
        {"type": "channel_id_changed", "old_channel_id": "G1", "new_channel_id": "C1"},
        {"type": "user_change", "user": {"id": "U0DANA", "deleted": True}},
        {"type": "channel_rename", "channel": {"id": "C1", "name": "x", "created": 1}},
        {"type": "reaction_added", "user": "U0DANA", "item": {"type": "message"}},
    )
)
_WHO: Json = {
    "team": {"id": "T0ACME", "domain": "acme"},
    "user": {"id": "U0DANA", "username": "dana", "team_id": "T0ACME"},
    "api_app_id": "A0PAGER",
    "trigger_id": "1.2.3",
}
INTERACTIONS: tuple[Json, ...] = (
    {
        **_WHO,
        "type": "block_actions",
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0OPS"},
        "channel": {"id": "C0OPS"},
        "message": {"ts": "1.1", "thread_ts": "1.0", "text": "…"},
        "response_url": "https://hooks.slack.com/actions/T0ACME/1/x",
        "actions": [{"type": "button", "action_id": "retry", "value": "v", "action_ts": "2.1"}],
    },
    {
        **_WHO,
        "type": "view_submission",
        "view": {
            "id": "V1",
            "type": "modal",
            "hash": "1.ab",
            "callback_id": "page_form",
            "private_metadata": "d1",
            "blocks": [],
            "state": {
                "values": {
                    "to": {"to": {"selected_options": [{"value": "400"}]}},
                    "text": {"text": {"value": "disk"}},
                    "as": {"as": {"selected_option": {"value": "104"}}},
                    "where": {"where": {"selected_conversation": "C0OPS"}},
                }
            },
        },
        "response_urls": [],
    },
    {**_WHO, "type": "block_suggestion", "action_id": "to", "block_id": "to", "value": "Sup"},
    {
        **_WHO,
        "type": "view_closed",
        "view": {"id": "V1", "type": "modal", "callback_id": "page_form"},
    },
    {**_WHO, "type": "shortcut", "callback_id": "page", "action_ts": "3.1"},
    {
        **_WHO,
        "type": "message_action",
        "callback_id": "page_msg",
        "channel": {"id": "C0OPS"},
        "message": {"ts": "1.1", "text": "on it"},
        "message_ts": "1.1",
        "action_ts": "3.2",
        "response_url": "https://hooks.slack.com/app/T0ACME/1/x",
    },
)


def form(fields: Json) -> tuple[bytes, str]:
    """A command."""
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def interaction(payload: Any) -> tuple[bytes, str]:
    """A click, a form, a shortcut."""
    return form({"payload": json.dumps(payload)})


def event(payload: Any) -> tuple[bytes, str]:
    """An event."""
    return json.dumps(payload).encode(), "application/json"


def headers_for(
    body: bytes, content_type: str, secret: str, clock: SkippingClock
) -> CIMultiDict[str]:
    """What Slack sends along."""
    headers = signed(body, stamp(clock), secret)
    headers["Content-Type"] = content_type
    return headers
