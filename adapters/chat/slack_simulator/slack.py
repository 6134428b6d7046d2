"""The running workspace: its people, its memory and its line to the app."""

import asyncio
import copy
from collections import defaultdict
from pathlib import Path
from typing import Final

from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.config import SlackServerConfig
from adapters.chat.slack_simulator.consent import Consent
from adapters.chat.slack_simulator.default_workspace import default_workspace
from adapters.chat.slack_simulator.delivery import AppLink
from adapters.chat.slack_simulator.events import Events
from adapters.chat.slack_simulator.exchanges import Exchanges
from adapters.chat.slack_simulator.faults import Faults
from adapters.chat.slack_simulator.ids import Ids, secret
from adapters.chat.slack_simulator.messages import ChannelLog, Message
from adapters.chat.slack_simulator.private import Privates
from adapters.chat.slack_simulator.rates import Rates
from adapters.chat.slack_simulator.socket_mode import Sockets
from adapters.chat.slack_simulator.stream import Stream
from adapters.chat.slack_simulator.tasks import Tasks
from adapters.chat.slack_simulator.tickets import ResponseUrl, Tickets
from adapters.chat.slack_simulator.tokens import Tokens
from adapters.chat.slack_simulator.views import Views
from adapters.chat.slack_simulator.wire import Json, SlackError
from adapters.chat.slack_simulator.workspace import Channel, Workspace
from adapters.chat.slack_simulator.workspace_file import read_workspace

_ASK: Final = "check_file_info"
"""What Slack writes in the place of a file's facts in shared channels."""


class Slack:
    """Holds the parts; what can be done with them stands in the modules named after the deed."""

    def __init__(self, config: SlackServerConfig) -> None:
        self.config = config
        self.limits = config.limits
        self.workspace = _workspace(config.workspace)
        self.clock = config.clock or VirtualClock()
        self.ids = Ids()
        self.tasks = Tasks()
        self.stream = Stream()
        self.faults = Faults()
        self.exchanges = Exchanges(self.clock, self.stream)
        self.logs: defaultdict[str, ChannelLog] = defaultdict(ChannelLog)
        self.scheduled: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.privates = Privates()
        self.tickets = Tickets(self.clock, self.limits)
        self.views = Views(self.workspace, self.clock, self.ids, self.stream)
        self.signing_secret = config.signing_secret or secret()
        self.client_secret = config.client_secret or secret()
        self.consent = Consent(self.clock)
        self.sockets = Sockets(self.workspace.app.id)
        self.tokens = Tokens(self.workspace.app, self.clock, config)
        self.rates = Rates(self.clock)
        self.link = AppLink(
            self.clock,
            self.stream,
            self.exchanges,
            self.signing_secret,
            self.limits.ack_timeout_s,
        )
        self.link.url = config.events_url
        self.link.socket = self.sockets
        self.events = Events(
            self.workspace,
            self.clock,
            ids=self.ids,
            link=self.link,
            faults=self.faults,
            tasks=self.tasks,
            limits=self.limits,
        )
        # Commands another app, installed later, has taken over.
        self.lost_commands: set[str] = set()
        self.closing = asyncio.Event()
        # Where this server is reached; known once it listens.
        self.url = ""

    @property
    def events_url(self) -> str | None:
        """The app's request URL."""
        return self.link.url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self.link.url = url
        if url is not None:
            self.tasks.spawn(self._verify())

    def channel(self, channel_id: str) -> Channel:
        """The channel of that id.

        Raises:
            SlackError: `channel_not_found`.
        """
        channel = self.workspace.channels.get(channel_id)
        if channel is None:
            raise SlackError("channel_not_found")
        return channel

    def message(self, channel_id: str, ts: str) -> Message:
        """The message of that place.

        Raises:
            SlackError: `channel_not_found`, `message_not_found`.
        """
        message = self.logs[self.channel(channel_id).id].get(ts)
        if message is None:
            raise SlackError("message_not_found")
        return message

    def add_files(self, user: str, given: list[Json]) -> list[Json]:
        """Files a person attaches: `name` and `mimetype`; nothing is really stored.

        With `file_access: check_file_info`, as in shared channels, messages show ids only.
        """
        added = [
            {
                "mimetype": "text/plain",
                "name": "file.txt",
                **file,
                "id": self.ids.next("F"),
                "user": user,
                "created": int(self.clock.now()),
            }
            for file in given
        ]
        self.files |= {file["id"]: file for file in added}
        return [_stub(file) if file.get("file_access") == _ASK else file for file in added]

    def response_url(self, family: str, ticket: ResponseUrl) -> str:
        """A URL the app may answer to; `family` is commands, actions or app."""
        return f"{self.url}/{family}/{self.workspace.team_id}/{self.tickets.response_url(ticket)}"

    async def pause(self, seconds: float) -> None:
        """Wait real seconds, or until the server closes."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return

    async def hang(self) -> None:
        """Wait until the server closes."""
        await self.closing.wait()

    async def start(self) -> None:
        """Open the line to the app and verify its URL; a URL that fails is not an error."""
        await self.link.open()
        if self.link.url is not None:
            self.tasks.spawn(self._verify())

    def close(self) -> None:
        """Let go of everyone who waits."""
        self.closing.set()
        self.stream.close()

    async def stop(self) -> None:
        """End what runs in the background."""
        try:
            await self.tasks.close()
        finally:
            await self.link.close()

    async def _verify(self) -> None:
        await self.events.verify_url()


def _workspace(given: Path | Workspace | None) -> Workspace:
    """A workspace of our own, in which everyone finds the app without having written first."""
    workspace = _given(given)
    for user in list(workspace.users.values()):
        if not (user.is_bot or user.is_stranger or user.deleted):
            workspace.direct_message(user.id)
    return workspace


def _given(given: Path | Workspace | None) -> Workspace:
    """What was asked for, copied: what a driver changes stays in this run."""
    match given:
        case None:
            return default_workspace()
        case Path():
            return read_workspace(given)
        case Workspace():
            return copy.deepcopy(given)


def _stub(file: Json) -> Json:
    return {name: file[name] for name in ("id", "created", "file_access")}
