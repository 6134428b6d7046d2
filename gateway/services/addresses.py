"""Gathers what recipients are looked up in, before the pure look-up begins."""

from dataclasses import dataclass

from gateway.domain.addressing import AddressBook
from gateway.domain.commands import Term
from gateway.domain.errors import ChatRefusedError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.inbound import ChatCommand, GroupMention
from gateway.ports.chat import Chat
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People


@dataclass(frozen=True)
class Addresses:
    """Makes the address book for one command."""

    chat: Chat
    directory: DirectoryKeeper
    people: People

    async def book(self, terms: tuple[Term, ...], command: ChatCommand) -> AddressBook:
        """Read the user groups a command names; everything else is in memory."""
        groups = {
            term.group: await self._group(command, term.group)
            for term in terms
            if isinstance(term, GroupMention)
        }
        return AddressBook(
            self.directory.current,
            self.directory.search.near,
            linked=self.people.everybody,
            groups=groups,
        )

    async def _group(self, command: ChatCommand, group: str) -> tuple[ExtensionNumber, ...]:
        try:
            users = await self.chat.group_members(command.person.workspace, group)
        except ChatRefusedError:
            return ()  # A group that is gone has nobody in it, and its name will be asked about.
        numbers = (self.people.known(user) for user in users)
        return tuple(number for number in numbers if number)
