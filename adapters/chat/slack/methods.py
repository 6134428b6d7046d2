"""The Web API methods the gateway calls, and what each needs.

The manifest is checked against this table. Slack, method pages ("Required scopes").
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes` are the bot's. `once`: must not be repeated blindly, it has no idempotency key."""

    scopes: frozenset[str] = frozenset()
    once: bool = False
    as_json: bool = False


def _history(kind: str) -> frozenset[str]:
    return frozenset(f"{each}:{kind}" for each in ("channels", "groups", "im", "mpim"))


METHODS: Mapping[str, Method] = {
    # With the app-level token, which needs `connections:write`.
    "apps.connections.open": Method(),
    "auth.revoke": Method(),
    "auth.test": Method(),
    "chat.postMessage": Method(
        frozenset({"chat:write", "chat:write.customize"}), once=True, as_json=True
    ),
    "chat.postEphemeral": Method(frozenset({"chat:write"}), once=True, as_json=True),
    "chat.update": Method(frozenset({"chat:write"}), as_json=True),
    "conversations.history": Method(_history("history") | {"metadata.message:read"}),
    "conversations.replies": Method(_history("history") | {"metadata.message:read"}),
    "conversations.info": Method(frozenset({"channels:read", "groups:read"})),
    "conversations.open": Method(frozenset({"im:write"})),
    "files.info": Method(frozenset({"files:read"})),
    # With the app's own credentials. A code and a refresh token work once.
    "oauth.v2.access": Method(once=True),
    "reactions.add": Method(frozenset({"reactions:write"})),
    "reactions.remove": Method(frozenset({"reactions:write"})),
    "usergroups.list": Method(frozenset({"usergroups:read"})),
    "usergroups.users.list": Method(frozenset({"usergroups:read"})),
    "users.info": Method(frozenset({"users:read"})),
    "views.open": Method(as_json=True),
    "views.publish": Method(as_json=True),
}
