"""Things handed out for a short time: trigger ids and response URLs."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.config import Limits
from adapters.chat.slack_simulator.ids import secret
from adapters.chat.slack_simulator.wire import SlackError

KEPT: Final = 10_000


@dataclass
class Trigger:
    """Permission to open a view for `user`, once, within seconds; `view` is where it came from."""

    user: str
    issued_at: float
    view: str | None = None
    is_used: bool = False


@dataclass
class ResponseUrl:
    """Permission to answer privately; exactly one of the sources is what it may replace.

    `command` is the typed line, revealed by an answer in the channel.
    """

    user: str
    channel: str
    issued_at: float
    thread_ts: str | None = None
    command: str | None = None
    message_ts: str | None = None
    private_id: str | None = None
    uses: int = 0


class Tickets:
    """Issues and takes back tickets by the workspace's clock."""

    def __init__(self, clock: VirtualClock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self._triggers: OrderedDict[str, Trigger] = OrderedDict()
        self._responses: OrderedDict[str, ResponseUrl] = OrderedDict()

    def trigger(self, user: str, view: str | None = None) -> str:
        """A new trigger id."""
        now = self._clock.now()
        key = f"{int(now * 1000)}.{len(self._triggers)}.{secret()}"
        self._triggers[key] = Trigger(user, now, view)
        _forget_oldest(self._triggers)
        return key

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger up.

        Raises:
            SlackError: `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`.
        """
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self._clock.now() - trigger.issued_at > self._limits.trigger_ttl_s:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger

    def response_url(self, ticket: ResponseUrl) -> str:
        """The secret end of a new response URL."""
        key = secret(12)
        self._responses[key] = ticket
        _forget_oldest(self._responses)
        return key

    def respond(self, key: str) -> ResponseUrl:
        """Use a response URL once.

        Raises:
            SlackError: `expired_url` (too late or unknown) or `used_url` (its uses are spent).
        """
        ticket = self._responses.get(key)
        if ticket is None or self._is_old(ticket):
            raise SlackError("expired_url")
        if ticket.uses >= self._limits.response_url_uses:
            raise SlackError("used_url")
        ticket.uses += 1
        return ticket

    def _is_old(self, ticket: ResponseUrl) -> bool:
        return self._clock.now() - ticket.issued_at > self._limits.response_url_ttl_s

    def expire_triggers(self) -> None:
        """Every trigger handed out so far is too old from now on."""
        for trigger in self._triggers.values():
            trigger.issued_at = float("-inf")

    def expire_response_urls(self) -> None:
        """Every URL handed out so far is too old from now on."""
        self._responses.clear()


def _forget_oldest(tickets: "OrderedDict[str, Trigger] | OrderedDict[str, ResponseUrl]") -> None:
    while len(tickets) > KEPT:
        tickets.popitem(last=False)
