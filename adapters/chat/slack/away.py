"""Slack's requests while nothing can be recorded yet: verified, and refused in words."""

from slack_bolt.response import BoltResponse
from typing_extensions import override

from adapters.chat.slack.body import Body
from adapters.chat.slack.edge import SlackEdge
from adapters.chat.slack.listeners import Sorry
from adapters.chat.slack.payload import word
from adapters.chat.slack.refusing import refusal
from adapters.chat.slack.settings import SlackSettings
from adapters.chat.slack.signature import Verifier
from adapters.chat.slack.switchboard import Dispatch
from adapters.chat.slack.text import label_of, readable
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer


def away_edge(settings: SlackSettings, sorry: Sorry, clock: Clock, observer: Observer) -> SlackEdge:
    """Make the edge of a gateway whose database has not answered; it needs nothing of Slack."""
    return SlackEdge(Verifier(settings.secrets(), clock), _Away(sorry), observer, clock)


class _Away(Dispatch):
    def __init__(self, sorry: Sorry) -> None:
        self._sorry = sorry

    @override
    async def dispatch(self, body: Body) -> BoltResponse:
        text = readable(word(body, "text"), label_of)
        return refusal(body, self._sorry(StoreUnavailableError(), text))
