"""Slack as one thing that the composition opens: a `Chat`, a door for HTTP, a loop for sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from adapters.chat.slack.answers import AnswerAddresses
from adapters.chat.slack.api import SlackApi, open_session, web_client
from adapters.chat.slack.background import open_background
from adapters.chat.slack.client import SlackChat
from adapters.chat.slack.edge import SlackEdge
from adapters.chat.slack.events import Events
from adapters.chat.slack.hearing import Hearing
from adapters.chat.slack.history import read_history
from adapters.chat.slack.installation import GivenToken, Grant, Installation, OwnInstallation
from adapters.chat.slack.installing import OAuthApp
from adapters.chat.slack.interactions import Interactions
from adapters.chat.slack.listeners import Listeners, Sorry
from adapters.chat.slack.people import Directory
from adapters.chat.slack.settings import SlackSettings
from adapters.chat.slack.signature import Verifier
from adapters.chat.slack.socket_mode import SocketMode
from adapters.chat.slack.switchboard import Dispatch
from adapters.chat.slack.whispering import Whisperer
from adapters.chat.slack.writing import Writer
from gateway.domain.pages import ChatThread
from gateway.ports.chat import Hindsight
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.intake import Intake
from gateway.ports.observer import Observer
from gateway.ports.vault import Vault


@dataclass(frozen=True)
class Slack(Hindsight):
    """An open Slack workspace. `chat` works at once; requests are taken after `listen`."""

    chat: SlackChat
    edge: SlackEdge
    takes: Dispatch
    installation: Installation
    _api: SlackApi
    _events: Events
    _hearing: Hearing
    _socket: SocketMode | None

    def listen(self, intake: Intake) -> None:
        """Attach the core. Before that Slack is told to come again."""
        self._hearing.attached = intake

    async def admit(self, credential: str) -> bool:
        """Take the token that the workspace has given; `False` where the settings hold one.

        Raises:
            StoreUnavailableError: it is not kept.
        """
        grant = Grant.restored(credential)
        if grant is None or not isinstance(self.installation, OwnInstallation):
            return False
        await self.installation.begin(grant)
        self._hearing.directory.forget_us()
        return True

    @override
    async def hear_again(self, thread: ChatThread, since: datetime) -> None:
        async for message in read_history(self._api, thread.channel, thread.root, since):
            await self._events.read(message, thread.channel)

    async def run(self) -> None:
        """Look after the token, and serve Socket Mode where that is chosen, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.installation.keep(), name="slack token")
            if self._socket is not None:
                tasks.create_task(self._socket.run(), name="socket mode")


@asynccontextmanager
async def open_slack(
    settings: SlackSettings,
    *,
    clock: Clock,
    ids: Ids,
    observer: Observer,
    sorry: Sorry,
    front: Dispatch | None = None,
    vault: Vault | None = None,
    oauth: OAuthApp | None = None,
) -> AsyncIterator[Slack]:
    """Open Slack; nothing is asked of it yet, so it may be away.

    `sorry` makes the words for somebody whose command or click could not be taken. Requests go to
    `front` where the app is in several workspaces, else to this one. Without a token in the
    settings, the one in the `vault` is used, which `oauth` renews.
    """
    async with open_session(settings) as session, open_background(observer) as background:
        installation = await _installation(settings, vault, oauth, clock, observer)
        api = SlackApi(web_client(settings, session), clock, observer, installation)
        directory = Directory(api, clock, settings)
        addresses = AnswerAddresses(session, clock, settings.api_url)
        writer = Writer(api, clock, observer)
        whisperer = Whisperer(writer, addresses)
        hearing = Hearing(directory, clock, observer)
        interactions = Interactions(hearing, addresses)
        listeners = Listeners(hearing, interactions, whisperer, background, sorry)
        app_token = settings.app_token if settings.mode == "socket" else None
        yield Slack(
            chat=SlackChat(api, directory, writer, whisperer, installation),
            edge=SlackEdge(
                Verifier(settings.secrets(), clock), front or listeners, observer, clock
            ),
            takes=listeners,
            installation=installation,
            _api=api,
            _events=listeners.events,
            _hearing=hearing,
            _socket=SocketMode(
                SlackApi(web_client(settings, session, app_token), clock, observer),
                session,
                front or listeners,
                clock=clock,
                ids=ids,
                observer=observer,
            )
            if app_token
            else None,
        )


async def _installation(
    settings: SlackSettings,
    vault: Vault | None,
    oauth: OAuthApp | None,
    clock: Clock,
    observer: Observer,
) -> Installation:
    """Find what lets us speak."""
    if token := settings.bot_token.get_secret_value():
        return GivenToken(token)
    if vault is None or oauth is None:
        raise LookupError("slack.bot_token")  # the settings do not let this happen
    own = OwnInstallation(vault, oauth.renew, clock, observer)
    await own.look()
    return own
