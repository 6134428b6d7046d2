"""Slack as one thing that the composition opens: a `Chat`, a door for HTTP, a loop for sockets."""

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
from adapters.chat.slack.interactions import Interactions
from adapters.chat.slack.listeners import Listeners, Sorry
from adapters.chat.slack.people import Directory
from adapters.chat.slack.settings import SlackSettings
from adapters.chat.slack.signature import Verifier
from adapters.chat.slack.socket_mode import SocketMode
from adapters.chat.slack.whispering import Whisperer
from adapters.chat.slack.writing import Writer
from gateway.domain.pages import ChatThread
from gateway.ports.chat import Hindsight
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.intake import Intake
from gateway.ports.observer import Observer


@dataclass(frozen=True)
class Slack(Hindsight):
    """An open Slack workspace. `chat` works at once; requests are taken after `listen`."""

    chat: SlackChat
    edge: SlackEdge
    _api: SlackApi
    _events: Events
    _hearing: Hearing
    _socket: SocketMode | None

    def listen(self, intake: Intake) -> None:
        """Attach the core. Before that Slack is told to come again."""
        self._hearing.attached = intake

    @override
    async def hear_again(self, thread: ChatThread, since: datetime) -> None:
        async for message in read_history(self._api, thread.channel, thread.root, since):
            await self._events.read(message, thread.channel)

    async def run(self) -> None:
        """Serve Socket Mode until cancelled; in `http` mode there is nothing to run."""
        if self._socket is not None:
            await self._socket.run()


@asynccontextmanager
async def open_slack(
    settings: SlackSettings, *, clock: Clock, ids: Ids, observer: Observer, sorry: Sorry
) -> AsyncIterator[Slack]:
    """Open Slack; nothing is asked of it yet, so it may be away.

    `sorry` makes the words for somebody whose command or click could not be taken.
    """
    async with open_session(settings) as session, open_background(observer) as background:
        api = SlackApi(web_client(settings, session, settings.bot_token), clock, observer)
        directory = Directory(api, clock, settings)
        addresses = AnswerAddresses(session, clock, settings.api_url)
        writer = Writer(api, clock, observer)
        whisperer = Whisperer(writer, addresses)
        hearing = Hearing(directory, clock, observer)
        interactions = Interactions(hearing, addresses)
        listeners = Listeners(hearing, interactions, whisperer, background, sorry)
        app_token = settings.app_token if settings.mode == "socket" else None
        yield Slack(
            chat=SlackChat(api, directory, writer, whisperer),
            edge=SlackEdge(Verifier(settings.secrets(), clock), listeners, observer, clock),
            _api=api,
            _events=listeners.events,
            _hearing=hearing,
            _socket=SocketMode(
                SlackApi(web_client(settings, session, app_token), clock, observer),
                session,
                listeners,
                clock=clock,
                ids=ids,
                observer=observer,
            )
            if app_token
            else None,
        )
