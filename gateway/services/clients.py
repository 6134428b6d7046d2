"""Programs that may page, and whom: what an operator wrote down for each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.domain.addressing import AddressBook, Resolved, resolve
from gateway.domain.commands import Typed
from gateway.domain.directory import Extension
from gateway.domain.ids import ChannelId, ExtensionNumber
from gateway.domain.pages import Fault
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People


@dataclass(frozen=True, slots=True)
class Client:
    """A program. `to` None lets it page anybody, `sender` None is the shared sender.

    `to` are names, numbers or aliases: a department stands for itself, not for its members alone.
    """

    name: str
    to: tuple[str, ...] | None
    sender: ExtensionNumber | None = None
    channels: frozenset[ChannelId] = frozenset()
    per_minute: int = 30


OPERATOR = Client("operator", None, per_minute=600)
"""Whoever may open the control socket; settings give this name to nobody else."""
SELF_CHECK = Client("self-check", None)
"""The gateway itself, when it tries whether everything works."""
DRILL = "drill"
"""Who pages in a drill; it may show its pages in the operators' channel."""
RESERVED = frozenset({OPERATOR.name, SELF_CHECK.name, DRILL})
"""Names that no program has."""


@dataclass(frozen=True)
class Clients:
    """Judges programs by name, when something is accepted and again when it is sent."""

    directory: DirectoryKeeper
    people: People
    known: Mapping[str, Client] = field(default_factory=dict)

    def denies(
        self, name: str, to: tuple[ExtensionNumber, ...], sender: ExtensionNumber
    ) -> Fault | None:
        """Say why a program may not send this; `None` when it may. Unknown programs may nothing."""
        client = self.known.get(name)
        if client is None or not self.scope(client).holds(to):
            return Fault("policy.denied", {"rule": "recipient"})
        # Until the pager told us who the shared sender is, nobody can be taken for another.
        if sender != (client.sender or self.people.shared or sender):
            return Fault("policy.denied", {"rule": "sender"})
        return None

    def scope(self, client: Client) -> "Scope":
        """Look up whom a client's settings mean today; what is not exact and unique is nobody."""
        if client.to is None:
            return Scope(None)
        return Scope(frozenset(number for word in client.to for number in self._meant(word)))

    def unclear(self) -> Iterator[tuple[str, str]]:
        """List (client, word) for words of the settings that mean nobody, or several entries."""
        for client in self.known.values():
            for word in client.to or ():
                if not self._meant(word):
                    yield client.name, word

    def _meant(self, word: str) -> tuple[ExtensionNumber, ...]:
        book = AddressBook(self.directory.current, _nobody_like_it)
        found = resolve((Typed(word),), book)
        return found.to if isinstance(found, Resolved) else ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a client may page; `None` is anybody."""

    numbers: frozenset[ExtensionNumber] | None

    def holds(self, to: tuple[ExtensionNumber, ...]) -> bool:
        """Whether all of these may be paged."""
        return self.numbers is None or self.numbers.issuperset(to)


def _nobody_like_it(_: str) -> tuple[Extension, ...]:
    return ()
