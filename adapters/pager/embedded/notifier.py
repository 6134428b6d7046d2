"""Telling subscribers: events are gathered for a while, merged, and sent in order.

An event is at most once: it carries no text, may stand for several messages, and is lost with the
process. Source: RingCentral, "Message event"; published samples lag 6 to 9 seconds.
"""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

from adapters.pager.embedded.background import Background
from adapters.pager.embedded.clock import ServerClock, iso
from adapters.pager.embedded.config import PagerServerConfig
from adapters.pager.embedded.faults import Faults
from adapters.pager.embedded.filters import EventFilter
from adapters.pager.embedded.journal import reference_in
from adapters.pager.embedded.keys import new_uuid
from adapters.pager.embedded.ledger import Accepted
from adapters.pager.embedded.subscriptions import Subscription, Subscriptions
from adapters.pager.embedded.webhooks import Webhooks

HELD_BACK_MS = 3_000  # how long a reordered event waits for one to overtake it


@dataclass(slots=True)
class _Gathering:
    """Changes in one mailbox that will travel in one event."""

    due_ms: int
    last_updated_ms: int
    new_ids: list[int] = field(default_factory=list)
    updated: int = 0
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class _Letter:
    """One event on its way to one subscription."""

    subscription_id: str
    event: dict[str, Any]
    reference: str | None = None

    @property
    def owner(self) -> int:
        """The extension id of the subscriber."""
        return int(self.event["ownerId"])


class Notifier:
    """Turns what happened into webhook events."""

    def __init__(
        self,
        *,
        config: PagerServerConfig,
        clock: ServerClock,
        subscriptions: Subscriptions,
        webhooks: Webhooks,
        faults: Faults,
        background: Background,
    ) -> None:
        self._dialect = config.dialect
        self._lag_ms = round(config.notification_lag_s * 1000)
        self._clock = clock
        self._subscriptions = subscriptions
        self._webhooks = webhooks
        self._faults = faults
        self._background = background
        self._gathering: dict[tuple[str, str], _Gathering] = {}
        # A lock lives as long as somebody holds or awaits it.
        self._order: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._watched: set[str] = set()
        self._held_back: dict[str, _Letter] = {}

    def resume(self) -> None:
        """Continue the reminders of an earlier run."""
        for each in self._subscriptions.live():
            self.watch(each)

    def page_accepted(self, accepted: Accepted) -> None:
        """Tell the owners of the copies a page made."""
        for copy in accepted.copies:
            for subscription, wanted in self._listeners(copy.mailbox, copy.direction):
                gathering = self._gather(subscription, wanted)
                gathering.new_ids.append(copy.message_id)
                gathering.reference = reference_in(accepted.text) or gathering.reference

    def messages_updated(self, mailbox: int, count: int) -> None:
        """Tell the owner of a mailbox that messages in it were marked or deleted."""
        for subscription, wanted in self._listeners(mailbox, None):
            self._gather(subscription, wanted).updated += count

    def extension_changed(self, extension_id: int, event_type: str) -> None:
        """Tell those who follow the directory; `event_type` is Create, Update or Delete."""
        about: dict[str, Any] = {"extensionId": str(extension_id), "eventType": event_type}
        for subscription in self._subscriptions.live():
            for wanted in subscription.filters:
                if wanted.wants_change_of(extension_id):
                    body = {**about, "ownerId": str(subscription.extension_id)}
                    if self._dialect.extension_event == "list":
                        body = {"extensions": [{**about, "hints": ["ExtensionInfo"]}]}
                    due_ms = self._clock.now_ms() + self._lag_ms
                    letter = _Letter(subscription.id, self._event(subscription, wanted, body))
                    self._background.spawn(self._send_at(due_ms, letter))

    def watch(self, subscription: Subscription) -> None:
        """Remind a subscriber before the end, if he asked for it."""
        if subscription.reminder is not None and subscription.id not in self._watched:
            self._watched.add(subscription.id)
            self._background.spawn(self._remind(subscription.id))

    def _listeners(
        self, mailbox: int, direction: str | None
    ) -> list[tuple[Subscription, EventFilter]]:
        asked = direction if self._dialect.direction_filters_new_ids else None
        return [
            (subscription, wanted)
            for subscription in self._subscriptions.live(mailbox)
            for wanted in subscription.filters
            if wanted.wants_message(mailbox, asked)
        ]

    def _gather(self, subscription: Subscription, wanted: EventFilter) -> _Gathering:
        """Find the event being gathered for a filter, or begin one."""
        now = self._clock.now_ms()
        key = (subscription.id, wanted.text)
        gathering = self._gathering.get(key)
        if gathering is None:
            gathering = self._gathering[key] = _Gathering(now + self._lag_ms, now)
            self._background.spawn(self._send_gathered(key, wanted))
        gathering.last_updated_ms = now
        return gathering

    async def _send_gathered(self, key: tuple[str, str], wanted: EventFilter) -> None:
        await self._clock.wait_until(self._gathering[key].due_ms)
        gathering = self._gathering.pop(key)
        subscription = self._subscriptions.get(key[0])
        if subscription is None:
            return
        body = self._message_body(gathering, wanted)
        event = self._event(subscription, wanted, body)
        await self._send(_Letter(subscription.id, event, gathering.reference))

    def _message_body(self, gathering: _Gathering, wanted: EventFilter) -> dict[str, Any]:
        change: dict[str, Any] = {"type": "Pager"}
        if gathering.new_ids:
            change["newCount"] = len(gathering.new_ids)
        if gathering.updated:
            change["updatedCount"] = gathering.updated
        if gathering.new_ids and self._dialect.new_message_ids:
            change["newMessageIds"] = gathering.new_ids
        account = int(wanted.path.split("/")[4])
        return {
            "accountId": account,
            "extensionId": wanted.extension,
            "lastUpdated": iso(gathering.last_updated_ms),
            "changes": [change],
        }

    def _event(
        self, subscription: Subscription, wanted: EventFilter, body: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            "uuid": new_uuid(),
            "event": wanted.text if self._dialect.event_keeps_query else wanted.path,
            "timestamp": iso(self._clock.now_ms()),
            "subscriptionId": subscription.id,
            "ownerId": str(subscription.extension_id),
            "body": body,
        }

    async def _send_at(self, due_ms: int, letter: _Letter) -> None:
        await self._clock.wait_until(due_ms)
        await self._send(letter)

    async def _send(self, letter: _Letter) -> None:
        """Send after whatever is already on its way to the same subscription."""
        async with self._order.setdefault(letter.subscription_id, asyncio.Lock()):
            if self._faults.take_webhook("drop_webhook", letter.owner):
                return
            if self._holds_back(letter):
                return
            await self._post(letter)
            if self._faults.take_webhook("duplicate_webhook", letter.owner):
                await self._post(letter)
            overtaken = self._held_back.pop(letter.subscription_id, None)
            if overtaken is not None:
                await self._post(overtaken)

    def _holds_back(self, letter: _Letter) -> bool:
        """Keep an event until the next one has overtaken it, or for a while."""
        if letter.subscription_id in self._held_back:
            return False
        if not self._faults.take_webhook("reorder_webhook", letter.owner):
            return False
        self._held_back[letter.subscription_id] = letter
        self._background.spawn(self._release(letter))
        return True

    async def _release(self, letter: _Letter) -> None:
        await self._clock.wait_until(self._clock.now_ms() + HELD_BACK_MS)
        if self._held_back.get(letter.subscription_id) is letter:
            del self._held_back[letter.subscription_id]
            await self._post(letter)

    async def _post(self, letter: _Letter) -> None:
        for _ in range(self._dialect.webhook_attempts):
            subscription = self._subscriptions.get(letter.subscription_id)
            if subscription is None or subscription.is_blacklisted:
                return
            problem = await self._webhooks.deliver(
                subscription.address,
                letter.event,
                subscription.verification_token,
                letter.reference,
            )
            await self._judge(letter.subscription_id, problem)
            if problem is None:
                return

    async def _judge(self, subscription_id: str, problem: str | None) -> None:
        """Note whether a receiver works; after ten minutes of failures it is blacklisted."""
        subscription = self._subscriptions.get(subscription_id)
        if subscription is None:
            return
        since = subscription.failing_since_ms
        now = self._clock.now_ms()
        if problem is None:
            if since is not None:
                await self._subscriptions.save(replace(subscription, failing_since_ms=None))
        elif since is None:
            await self._subscriptions.save(replace(subscription, failing_since_ms=now))
        elif now - since >= self._dialect.blacklist_after_s * 1000:
            await self._subscriptions.blacklist(subscription, problem)

    async def _remind(self, subscription_id: str) -> None:
        try:
            await self._remind_until_the_end(subscription_id)
        finally:
            self._watched.discard(subscription_id)

    async def _remind_until_the_end(self, subscription_id: str) -> None:
        last_ms = 0
        while (subscription := self._subscriptions.get(subscription_id)) is not None:
            reminder = subscription.reminder
            if reminder is None or reminder.threshold_s is None:
                return
            begins_ms = subscription.expires_ms - reminder.threshold_s * 1000
            due_ms = max(begins_ms, last_ms + reminder.interval_s * 1000)
            if self._clock.now_ms() < due_ms:
                await self._clock.wait_until(min(due_ms, subscription.expires_ms))
                continue
            last_ms = self._clock.now_ms()
            left_s = (subscription.expires_ms - last_ms) // 1000
            event = self._event(subscription, reminder, {"expiresIn": left_s})
            await self._send(_Letter(subscription_id, event))
