"""Slack: what people do there becomes facts for the core, what the core says is drawn there."""

from typing import TYPE_CHECKING, Any

from adapters.chat.slack.settings import SlackSettings

if TYPE_CHECKING:
    from adapters.chat.slack.adapter import Slack, open_slack
    from adapters.chat.slack.away import away_edge
    from adapters.chat.slack.installing import OAuthApp, open_oauth
    from adapters.chat.slack.listeners import Sorry
    from adapters.chat.slack.switchboard import Dispatch, Switchboard

__all__ = [
    "Dispatch",
    "OAuthApp",
    "Slack",
    "SlackSettings",
    "Sorry",
    "Switchboard",
    "away_edge",
    "open_oauth",
    "open_slack",
]


def __getattr__(name: str) -> Any:
    """Import the rest when it is asked for: Bolt takes half a second, settings should not."""
    if name not in __all__:
        raise AttributeError(name)
    from adapters.chat.slack import adapter, away, installing, switchboard  # noqa: PLC0415 - see above

    homes = (adapter, away, installing, switchboard)
    return next(getattr(home, name) for home in homes if hasattr(home, name))
