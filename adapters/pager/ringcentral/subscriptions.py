"""Keeping one webhook subscription per mailbox alive.

RingCentral ends a subscription after its life and blacklists one whose receiver failed; both mean
silence. So each is looked after every minute, renewed at half of its life, and made anew when it
is gone. Messages missed in between are found by the sync that every new subscription asks for.

Source: RingCentral developer guide, "Subscriptions" and "Webhooks".
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.client import Call, Sender
from adapters.pager.ringcentral.gates import Group
from adapters.pager.ringcentral.hooks import Hook, Hooks
from adapters.pager.ringcentral.nudging import Nudges
from adapters.pager.ringcentral.seams import Seams
from adapters.pager.ringcentral.senders import Account, Senders
from gateway.domain.errors import FactValue, PagerError, PagerRejectedError

SUBSCRIPTION = "/restapi/v1.0/subscription"
WEBHOOK_PATH = "/ringcentral/webhook/"
FILTER = "/restapi/v1.0/account/~/extension/~/message-store?type=Pager&direction=Inbound"
RENEWED_LIFE = timedelta(days=7)
"""What a renewal gives, whatever life was asked for at first."""

GONE = frozenset({"SUB-507", "CMN-102", "CMN-120"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What the operator wants: where RingCentral reaches us, and for how long it is told to."""

    public_url: str
    life: timedelta
    watch_every_s: float

    def address(self, hook: Hook) -> str:
        """Write the address of a webhook."""
        return f"{self.public_url}{WEBHOOK_PATH}{hook.secret}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as RingCentral describes it."""

    id: str
    active: bool
    address: str
    expires_at: datetime

    @classmethod
    def read(cls, record: wire.Record) -> "Subscription":
        """Read it; other transports have no address."""
        mode = wire.as_record(record.get("deliveryMode"), "deliveryMode")
        return cls(
            id=wire.slug(record, "id"),
            active=record.get("status") == "Active",
            address=wire.text(mode, "address", ""),
            expires_at=wire.moment(record, "expirationTime"),
        )


class Care(Enum):
    """What a subscription needs."""

    NOTHING = "nothing"
    RENEWAL = "renewal"
    REPLACEMENT = "replacement"


def care_for(found: Subscription | None, hook: Hook | None, plan: Plan, now: datetime) -> Care:
    """Decide what to do about a webhook and its subscription; `None` means there is none."""
    if found is None or hook is None:
        return Care.REPLACEMENT
    if not found.active or found.address != plan.address(hook):
        return Care.REPLACEMENT
    due = min(plan.life, RENEWED_LIFE) / 2
    return Care.RENEWAL if found.expires_at - now < due else Care.NOTHING


class SubscriptionKeeper:
    """Looks after all subscriptions."""

    def __init__(
        self, plan: Plan, senders: Senders, hooks: Hooks, nudges: Nudges, seams: Seams
    ) -> None:
        self._plan = plan
        self._senders = senders
        self._hooks = hooks
        self._nudges = nudges
        self._clock = seams.clock
        self._ids = seams.ids
        self._observer = seams.observer
        self._troubled: dict[str, str] = {}
        self._until: dict[str, datetime] = {}

    def until(self) -> Mapping[str, datetime]:
        """Tell by sender when events stop unless the subscription is renewed."""
        names = {account.sender.name for account in self._senders.accounts}
        return {name: at for name, at in self._until.items() if name in names}

    async def keep(self) -> None:
        """Run until cancelled."""
        while True:
            self._forget_who_left()
            async with asyncio.TaskGroup() as group:  # no mailbox waits for another
                for account in self._senders.accounts:
                    group.create_task(self._try(account))
            await self._clock.sleep(self._plan.watch_every_s)

    def _forget_who_left(self) -> None:
        names = {account.sender.name for account in self._senders.accounts}
        for gone in self._troubled.keys() - names:
            del self._troubled[gone]
        for gone in self._until.keys() - names:
            del self._until[gone]
        self._hooks.forget_all_but(names)

    async def _try(self, account: Account) -> None:
        """Look after one mailbox; trouble is told once, and once when it is over."""
        name = account.sender.name
        try:
            await self._look_after(account)
        except PagerError as error:
            if self._troubled.get(name) != error.code:
                facts = {"error_code": error.code, "vendor_code": error.vendor_code}
                self._saw("subscription.failed", account, trace=error.trace, **facts)
            self._troubled[name] = error.code
        else:
            if self._troubled.pop(name, None):
                self._saw("subscription.recovered", account)

    async def _look_after(self, account: Account) -> None:
        await self._senders.identify(account)
        working = [hook for hook in await self._hooks.of(account) if not hook.pending]
        hook = working[-1] if working else None
        found = await self._read(account.sender, hook) if hook else None
        if found:
            self._note(account, found)
        match care_for(found, hook, self._plan, self._clock.now()):
            case Care.REPLACEMENT:
                await self._replace(account, hook)
            case Care.RENEWAL if hook:
                renewed = _call("renew", hook.subscription)
                self._note(account, await account.sender.ask(renewed, Subscription.read))
                self._saw("subscription.renewed", account)
            case _:
                pass

    async def _read(self, sender: Sender, hook: Hook) -> Subscription | None:
        try:
            return await sender.ask(_call("read", hook.subscription), Subscription.read)
        except PagerRejectedError as error:
            if error.status == HTTPStatus.NOT_FOUND or error.vendor_code in GONE:
                return None
            raise

    async def _replace(self, account: Account, old: Hook | None) -> None:
        """Make a subscription, at a new address that is on record before the handshake."""
        mailbox = await self._senders.identify(account)
        fresh = Hook(mailbox.extension, self._unguessable(), self._unguessable())
        kept = (old,) if old else ()
        await self._hooks.save(account, (*kept, fresh))
        try:
            await self._remove_leftovers(account.sender, old)
            call = _call("create", body=_wish(self._plan, fresh))
            made = await account.sender.ask(call, Subscription.read)
        except PagerError:
            await self._hooks.save(account, kept)
            raise
        await self._hooks.save(account, (replace(fresh, subscription=made.id),))
        self._note(account, made)
        self._saw("subscription.created", account)
        self._nudges.nudge(mailbox.extension)

    async def _remove_leftovers(self, sender: Sender, old: Hook | None) -> None:
        """Remove what earlier runs of ours left behind: there may be thirty in all."""
        ours = self._plan.public_url + WEBHOOK_PATH
        for each in await sender.ask(_call("list"), _read_all):
            if each.address.startswith(ours) or (old and each.id == old.subscription):
                await sender.ask(_call("remove", each.id), lambda _: None)

    def _note(self, account: Account, found: Subscription) -> None:
        """Remember until when events come; one that is no longer active ended at once."""
        now = self._clock.now()
        self._until[account.sender.name] = found.expires_at if found.active else now

    def _unguessable(self) -> str:
        return self._ids.draft() + self._ids.draft()

    def _saw(self, event: str, account: Account, **facts: FactValue) -> None:
        self._observer.saw(event, sender=account.sender.name, **facts)


def _wish(plan: Plan, hook: Hook) -> dict[str, object]:
    return {
        "eventFilters": [FILTER],
        "expiresIn": round(plan.life.total_seconds()),
        "deliveryMode": {
            "transportType": "WebHook",
            "address": plan.address(hook),
            "verificationToken": hook.token,
        },
    }


def _read_all(answer: wire.Record) -> list[Subscription]:
    """Read a list; what is no webhook of ours may look as it likes."""
    found = []
    for record in wire.records(answer):
        with suppress(wire.WireError):
            found.append(Subscription.read(record))
    return found


_ACTIONS = {
    "list": (Group.LIGHT, "GET", ""),
    "read": (Group.LIGHT, "GET", "/{id}"),
    "renew": (Group.LIGHT, "POST", "/{id}/renew"),
    "create": (Group.MEDIUM, "POST", ""),
    "remove": (Group.MEDIUM, "DELETE", "/{id}"),
}


def _call(action: str, subscription: str = "", body: Mapping[str, object] | None = None) -> Call:
    group, method, path = _ACTIONS[action]
    name = f"subscription.{action}"
    return Call(name, group, method, SUBSCRIPTION + path.format(id=subscription), body=body)
