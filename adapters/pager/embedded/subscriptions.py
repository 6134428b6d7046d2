"""Subscriptions: kept in memory, written through to the store."""

import json
import sqlite3
from dataclasses import asdict, dataclass, replace
from typing import Any

from adapters.pager.embedded.clock import ServerClock, iso
from adapters.pager.embedded.errors import refuse
from adapters.pager.embedded.filters import EventFilter
from adapters.pager.embedded.resources import Links
from adapters.pager.embedded.store import Store

REMEMBERED_MS = 86_400_000  # how long an expired one still answers SUB-507


@dataclass(frozen=True, slots=True)
class Subscription:
    """One webhook subscription of one user and app; times in milliseconds."""

    id: str
    client_id: str
    extension_id: int
    filters: tuple[EventFilter, ...]
    address: str
    verification_token: str | None
    created_ms: int
    expires_ms: int
    failing_since_ms: int | None = None
    blacklisted_ms: int | None = None
    blacklist_reason: str = ""

    @property
    def is_blacklisted(self) -> bool:
        """Whether its receiver failed for so long that nothing is sent any more."""
        return self.blacklisted_ms is not None

    @property
    def reminder(self) -> EventFilter | None:
        """The reminder filter, if it has one."""
        return next((each for each in self.filters if each.threshold_s is not None), None)


class Subscriptions:
    """All subscriptions of the account."""

    def __init__(self, store: Store, clock: ServerClock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[str, Subscription] = {}

    async def load(self) -> None:
        """Bring back the subscriptions of an earlier run."""
        for subscription in await self._store.run(_load):
            self._known[subscription.id] = subscription

    async def save(self, subscription: Subscription) -> None:
        """Add a subscription or replace it; long expired ones are forgotten on the way."""
        self._known[subscription.id] = subscription
        long_ago = self._clock.now_ms() - REMEMBERED_MS
        stale = [each.id for each in self._known.values() if each.expires_ms < long_ago]
        for each in stale:
            del self._known[each]
        await self._store.run(lambda db: _write(db, subscription, stale))

    async def remove(self, subscription: Subscription) -> None:
        """Cancel a subscription."""
        self._known.pop(subscription.id, None)
        await self._store.run(lambda db: _write(db, None, [subscription.id]))

    def of(self, client_id: str, extension_id: int) -> list[Subscription]:
        """List the live subscriptions of one user and app."""
        return [
            each
            for each in self.live()
            if (each.client_id, each.extension_id) == (client_id, extension_id)
        ]

    def live(self, extension_id: int | None = None) -> list[Subscription]:
        """List the subscriptions that have not expired, of one extension or all."""
        now = self._clock.now_ms()
        return [
            each
            for each in self._known.values()
            if each.expires_ms > now and extension_id in {None, each.extension_id}
        ]

    def get(self, subscription_id: str) -> Subscription | None:
        """Find a live subscription."""
        found = self._known.get(subscription_id)
        return found if found and found.expires_ms > self._clock.now_ms() else None

    def owned(self, subscription_id: str, client_id: str, extension_id: int) -> Subscription:
        """Find one's own subscription.

        Raises:
            ApiError: 404 CMN-102 unknown or another's, 404 SUB-507 expired.
        """
        found = self._known.get(subscription_id)
        owner = (client_id, extension_id)
        if found is None or (found.client_id, found.extension_id) != owner:
            raise refuse("CMN-102", parameter="subscriptionId")
        if found.expires_ms <= self._clock.now_ms():
            raise refuse("SUB-507")
        return found

    async def blacklist(self, subscription: Subscription, reason: str) -> None:
        """Stop sending to a receiver; only a new subscription helps."""
        now = self._clock.now_ms()
        await self.save(replace(subscription, blacklisted_ms=now, blacklist_reason=reason))

    async def expire(self, subscription: Subscription) -> None:
        """Let a subscription end now."""
        await self.save(replace(subscription, expires_ms=self._clock.now_ms()))


def show(subscription: Subscription, links: Links, now_ms: int) -> dict[str, Any]:
    """Show a subscription; its verification token stays secret."""
    shown: dict[str, Any] = {
        "id": subscription.id,
        "uri": links.subscription(subscription.id),
        "creationTime": iso(subscription.created_ms),
        "status": "Blacklisted" if subscription.is_blacklisted else "Active",
        "expirationTime": iso(subscription.expires_ms),
        "expiresIn": max(1, (subscription.expires_ms - now_ms) // 1000),
        "eventFilters": [each.text for each in subscription.filters],
        "deliveryMode": {
            "transportType": "WebHook",
            "address": subscription.address,
            "encryption": False,
        },
    }
    if subscription.blacklisted_ms is not None:
        shown["blacklistedData"] = {
            "reason": subscription.blacklist_reason,
            "blacklistedAt": iso(subscription.blacklisted_ms),
        }
    return shown


def _load(db: sqlite3.Connection) -> list[Subscription]:
    bodies = [json.loads(body) for (body,) in db.execute("SELECT body FROM subscription")]
    return [
        Subscription(**{**body, "filters": tuple(_filter(each) for each in body["filters"])})
        for body in bodies
    ]


def _filter(body: dict[str, Any]) -> EventFilter:
    sets = {key: frozenset(body[key]) for key in ("types", "directions")}
    return EventFilter(**{**body, **sets})


def _write(db: sqlite3.Connection, subscription: Subscription | None, gone: list[str]) -> None:
    db.executemany("DELETE FROM subscription WHERE id = ?", [(each,) for each in gone])
    if subscription is not None and subscription.id not in gone:
        body = json.dumps(asdict(subscription), default=sorted)
        db.execute(
            "INSERT OR REPLACE INTO subscription (id, body) VALUES (?, ?)", (subscription.id, body)
        )
