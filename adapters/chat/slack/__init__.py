"""Slack: what people do there becomes facts for the core, what the core says is drawn there."""

from typing import TYPE_CHECKING, Any

from adapters.chat.slack.settings import SlackSettings

if TYPE_CHECKING:
    from adapters.chat.slack.adapter import Slack, open_slack
    from adapters.chat.slack.listeners import Sorry

__all__ = ["Slack", "SlackSettings", "Sorry", "open_slack"]


def __getattr__(name: str) -> Any:
    """Import the rest when it is asked for: Bolt takes half a second, settings should not."""
    if name not in __all__:
        raise AttributeError(name)
    from adapters.chat.slack import adapter  # noqa: PLC0415 - see above

    return getattr(adapter, name)
