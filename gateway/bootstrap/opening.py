"""Opening the two foreign systems."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.chat.slack import Slack, open_slack
from adapters.pager.ringcentral import LinkedPerson, RingCentralPager
from adapters.registry import RingCentralBackend, open_pager
from gateway.domain.content import Content
from gateway.domain.deliveries import Notice
from gateway.domain.errors import GatewayError
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.vault import Vault
from gateway.settings import Settings
from gateway.text.words import Words


@asynccontextmanager
async def opened_pager(
    settings: Settings, clock: Clock, ids: Ids, vault: Vault, observer: Observer
) -> AsyncIterator[RingCentralPager]:
    """Open the pager, with the credentials of the people in the settings."""
    backend = settings.known_pager()
    people = {p.chat_user: p.extension for p in settings.people}
    if isinstance(backend, RingCentralBackend):
        linked = tuple(
            LinkedPerson(chat_user=p.chat_user, extension=p.extension, jwt=p.jwt)
            for p in settings.people
            if p.jwt
        )
        backend = backend.model_copy(update={"people": (*backend.people, *linked)})
    server = settings.server
    # Our own pager would have to trust a certificate that names another host: it is looked into.
    is_plain = server.port and not server.tls_certificate
    own_url = f"http://127.0.0.1:{server.port}" if is_plain else None
    async with open_pager(
        backend,
        people,
        own_url=own_url,
        clock=clock,
        ids=ids,
        vault=vault,
        observer=observer,
    ) as pager:
        yield pager


@asynccontextmanager
async def opened_slack(
    settings: Settings, words: Words, clock: Clock, ids: Ids, observer: Observer
) -> AsyncIterator[Slack]:
    """Open the chat; it says in our words when something was not recorded."""

    def sorry(error: GatewayError, text: str) -> Content:
        return words.content(Notice(error.code, {"text": text}))

    async with open_slack(
        settings.slack,
        clock=clock,
        ids=ids,
        observer=observer,
        sorry=sorry,
    ) as slack:
        yield slack
