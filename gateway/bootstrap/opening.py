"""Opening the two foreign systems, and what several workspaces have in common there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.chat.slack import (
    OAuthApp,
    Slack,
    Sorry,
    Switchboard,
    open_oauth,
    open_slack,
)
from adapters.pager.ringcentral import LinkedPerson, RingCentralPager
from adapters.registry import RingCentralBackend, open_pager
from gateway.domain.content import Content
from gateway.domain.errors import GatewayError, StoreUnavailableError
from gateway.domain.outbound import Notice
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.vault import Vault
from gateway.settings import Settings
from gateway.text.words import Words
from gateway.web.installing import BACK


@dataclass(frozen=True)
class Shared:
    """What the workspaces of one process have in common; nothing where there is only one."""

    front: Switchboard | None = None
    """Where Slack's requests go first; it hands on what is ours."""
    oauth: OAuthApp | None = None
    """By what a workspace without a token in its settings was installed."""


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


def sorry_in(words: Words) -> Sorry:
    """Have the chat say in these words that something was not recorded."""

    def sorry(error: GatewayError, text: str) -> Content:
        return words.content(Notice(error.code, {"text": text}))

    return sorry


@asynccontextmanager
async def opened_slack(
    settings: Settings,
    words: Words,
    vault: Vault,
    *,
    shared: Shared,
    clock: Clock,
    ids: Ids,
    observer: Observer,
) -> AsyncIterator[Slack]:
    """Open the chat; it says in our words when something was not recorded."""
    async with open_slack(
        settings.slack,
        clock=clock,
        ids=ids,
        observer=observer,
        sorry=sorry_in(words),
        front=shared.front,
        vault=vault,
        oauth=shared.oauth,
    ) as slack:
        yield slack


@asynccontextmanager
async def opened_oauth(
    settings: Settings, clock: Clock, observer: Observer
) -> AsyncIterator[OAuthApp | None]:
    """Open the app for workspaces that install it; `None` where none can."""
    given = settings.workspaces
    if given.client_id is None or given.client_secret is None:
        yield None
        return
    where = {"api_url": given.api_url or settings.slack.api_url}
    async with open_oauth(
        settings.slack.model_copy(update=where),
        client_id=given.client_id,
        client_secret=given.client_secret.get_secret_value(),
        back=f"{settings.server.public_url}{BACK}",
        clock=clock,
        observer=observer,
    ) as oauth:
        yield oauth


def switchboard(settings: Settings, observer: Observer) -> Switchboard | None:
    """Make what hands Slack's requests to their workspaces; `None` where there is only one."""
    if not settings.workspaces.several:
        return None
    words = Words.load(settings.slack.language, command=settings.slack.command)

    def say(key: str) -> Content:
        return words.content(Notice(key))

    return Switchboard(
        observer,
        away=lambda: say(StoreUnavailableError.code),
        unknown=lambda: say("workspace.unknown"),
    )
