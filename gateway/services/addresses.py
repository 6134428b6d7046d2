"""Gathers what recipients are looked up in, before the pure look-up begins."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.addressing import AddressBook
from gateway.domain.commands import Term
from gateway.domain.directory import Several
from gateway.domain.errors import ChatError, ChatRefusedError
from gateway.domain.ids import ChannelId, ChatUserId
from gateway.domain.inbound import ChannelMention, ChatCommand, GroupMention
from gateway.ports.chat import Chat
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People

_PATIENCE_S = 1.0
"""A command has to be answered within three seconds; names are a courtesy."""

Written = tuple[str, ...]
"""Names and numbers as an operator wrote them."""


@dataclass(frozen=True)
class Addresses:
    """Makes the address book for one command.

    `groups` (by handle or id) and `channels` are those of the chat for whom the settings name
    recipients.
    """

    chat: Chat
    directory: DirectoryKeeper
    people: People
    groups: Mapping[str, Written] = field(default_factory=dict)
    channels: Mapping[ChannelId, Written] = field(default_factory=dict)

    async def book(self, terms: tuple[Term, ...], command: ChatCommand) -> AddressBook:
        """Read the user groups a command names; everything else is in memory."""
        mentioned = [term for term in terms if isinstance(term, GroupMention)]
        channels = (term.channel for term in terms if isinstance(term, ChannelMention))
        return AddressBook(
            self.directory.current,
            self.directory.search.near,
            linked=self.people.everybody,
            groups={term.group: await self._group(command, term) for term in mentioned},
            channels={channel: found for channel in channels if (found := self.usual(channel))},
        )

    def usual(self, channel: ChannelId | None) -> Several | None:
        """Tell whom a channel usually pages; `None` where the settings do not say."""
        written = self.channels.get(channel) if channel else None
        return self.directory.current.meant(written) if written else None

    async def _group(self, command: ChatCommand, mention: GroupMention) -> Several:
        """Take what the settings say, else the extensions of the members."""
        written = self.groups.get(mention.group) or self.groups.get(mention.label.lstrip("@"))
        if written:
            return self.directory.current.meant(written)
        try:
            users = await self.chat.group_members(command.person.workspace, mention.group)
        except ChatRefusedError:
            return Several(())  # A group that is gone has nobody in it: its name is asked about.
        numbers = {user: self.people.known(user) for user in users}
        known = tuple(dict.fromkeys(number for number in numbers.values() if number))
        missing = [user for user, number in numbers.items() if not number]
        return Several(known, await self._names(command, missing) if known else ())

    async def _names(self, command: ChatCommand, users: list[ChatUserId]) -> Written:
        """Name people as the chat does; while it does not answer, by their ids."""
        asked = (self.chat.person(command.person.workspace, user) for user in users)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return tuple([person.name for person in await asyncio.gather(*asked)])
        except (ChatError, TimeoutError):
            return tuple(users)
