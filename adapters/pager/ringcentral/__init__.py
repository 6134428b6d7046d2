"""RingCentral's company pager behind our ports, over its REST API.

async with open_ringcentral(settings, clock=…, ids=…, vault=…, observer=…) as pager:
...  # pager is a `Pager`; pager.directory, pager.webhook.handle, pager.keep()
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from adapters.pager.ringcentral.accounts import Office, RingCentralAccounts
from adapters.pager.ringcentral.client import Sender
from adapters.pager.ringcentral.directory import RingCentralDirectory
from adapters.pager.ringcentral.hooks import Hooks
from adapters.pager.ringcentral.inbound import WebhookAnswer, WebhookReceiver
from adapters.pager.ringcentral.nudging import Nudges
from adapters.pager.ringcentral.pager import RingCentralPager
from adapters.pager.ringcentral.seams import Seams
from adapters.pager.ringcentral.senders import Account, Senders
from adapters.pager.ringcentral.settings import LinkedPerson, RingCentralSettings
from adapters.pager.ringcentral.shelf import Shelf
from adapters.pager.ringcentral.subscriptions import Plan, SubscriptionKeeper
from adapters.pager.ringcentral.transport import Transport
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.vault import Vault

__all__ = [
    "LinkedPerson",
    "RingCentralPager",
    "RingCentralSettings",
    "WebhookAnswer",
    "open_ringcentral",
]


@asynccontextmanager
async def open_ringcentral(
    settings: RingCentralSettings, *, clock: Clock, ids: Ids, vault: Vault, observer: Observer
) -> AsyncIterator[RingCentralPager]:
    """Open the pager. Nothing is asked of RingCentral before it is used."""
    seams = Seams(clock, ids, observer)
    shelf = Shelf(vault)
    nudges = Nudges()
    async with Transport.open(settings.server_url, settings.timeouts) as transport:
        office = Office.open(settings, transport, shelf, seams)
        senders = Senders(_accounts(settings, office), shelf, observer)
        hooks = Hooks(senders, shelf, clock)
        plan = _plan(settings)
        keeper = SubscriptionKeeper(plan, senders, hooks, nudges, seams) if plan else None
        yield RingCentralPager(
            senders,
            nudges,
            observer,
            accounts=RingCentralAccounts(office, senders),
            directory=RingCentralDirectory(senders, clock),
            webhook=WebhookReceiver(hooks, nudges, seams),
            upstream=seams.upstream,
            keeper=keeper,
        )


def _accounts(settings: RingCentralSettings, office: Office) -> tuple[Account, ...]:
    """Make everybody the settings let us speak as, the shared sender first."""
    shared = Account(office.by_jwt(settings.jwt.get_secret_value()), shared=True)
    people = settings.people
    return (shared, *(_linked(p, office.by_jwt(p.jwt.get_secret_value())) for p in people))


def _linked(person: LinkedPerson, sender: Sender) -> Account:
    expected = ExtensionNumber(person.extension) if person.extension else None
    return Account(sender, expected=expected, chat_user=ChatUserId(person.chat_user))


def _plan(settings: RingCentralSettings) -> Plan | None:
    if settings.public_url is None:
        return None
    life = timedelta(days=settings.subscription_days)
    return Plan(settings.public_url, life, settings.watch_every_s)
