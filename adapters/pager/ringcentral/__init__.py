"""RingCentral's company pager behind our ports, over its REST API.

async with open_ringcentral(settings, clock=…, ids=…, vault=…, observer=…) as pager:
...  # pager is a `Pager`; pager.directory, pager.webhook.handle, pager.keep()
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from pydantic import SecretStr

from adapters.pager.ringcentral.auth import TokenKeeper
from adapters.pager.ringcentral.client import Sender
from adapters.pager.ringcentral.credentials import App, Credential
from adapters.pager.ringcentral.directory import RingCentralDirectory
from adapters.pager.ringcentral.gates import Gates
from adapters.pager.ringcentral.hooks import Hooks
from adapters.pager.ringcentral.inbound import WebhookAnswer, WebhookReceiver
from adapters.pager.ringcentral.nudging import Nudges
from adapters.pager.ringcentral.pager import RingCentralPager
from adapters.pager.ringcentral.seams import Seams
from adapters.pager.ringcentral.senders import Account, Senders
from adapters.pager.ringcentral.settings import LinkedPerson, RingCentralSettings
from adapters.pager.ringcentral.shelf import Shelf, fingerprint
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
        senders = Senders(_accounts(settings, transport, shelf, seams), shelf, observer)
        hooks = Hooks(senders, shelf, clock)
        plan = _plan(settings)
        keeper = SubscriptionKeeper(plan, senders, hooks, nudges, seams) if plan else None
        yield RingCentralPager(
            senders,
            nudges,
            observer,
            directory=RingCentralDirectory(senders, clock),
            webhook=WebhookReceiver(hooks, nudges, observer),
            keep=keeper.keep if keeper else _nothing_to_keep,
        )


def _accounts(
    settings: RingCentralSettings, transport: Transport, shelf: Shelf, seams: Seams
) -> tuple[Account, ...]:
    """Make everybody we can speak as, the shared sender first.

    Each has a token and limits of its own; the limit on signing in is the app's.
    """
    app = App(settings.client_id, settings.client_secret.get_secret_value())
    app_name = fingerprint(settings.server_url, settings.client_id)
    signing_in = Gates(app_name, settings.rates, shelf, seams)

    def sender(jwt: SecretStr) -> Sender:
        credential = Credential.of(settings.server_url, app, jwt.get_secret_value())
        keeper = TokenKeeper(credential, transport, signing_in, shelf, seams)
        gates = Gates(credential.name, settings.rates, shelf, seams)
        return Sender(credential.name, keeper, gates, transport, seams)

    shared = Account(sender(settings.jwt), shared=True)
    return (shared, *(_linked(person, sender(person.jwt)) for person in settings.people))


def _linked(person: LinkedPerson, sender: Sender) -> Account:
    expected = ExtensionNumber(person.extension) if person.extension else None
    return Account(sender, expected=expected, chat_user=ChatUserId(person.chat_user))


async def _nothing_to_keep() -> None:
    """End at once: without a public URL nothing is subscribed, and timers do the looking."""


def _plan(settings: RingCentralSettings) -> Plan | None:
    if settings.public_url is None:
        return None
    life = timedelta(days=settings.subscription_days)
    return Plan(settings.public_url, life, settings.watch_every_s)
