"""The use cases wired to each other; what the composition root needs to hold."""

from dataclasses import dataclass

from gateway.domain.deliveries import Policy
from gateway.domain.ids import ChannelId, WorkspaceId
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints
from gateway.ports.ids import Ids
from gateway.ports.intake import Intake
from gateway.ports.observer import Observer
from gateway.ports.pager import Pager
from gateway.ports.store import Store
from gateway.services.addresses import Addresses
from gateway.services.attempts import Attempts
from gateway.services.choices import Choices
from gateway.services.consequences import Consequences, NoWakings
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.dispatching import Dispatcher
from gateway.services.forms import Forms
from gateway.services.home import Home
from gateway.services.intake import Stories
from gateway.services.mailboxes import Lobby, Mailboxes
from gateway.services.operators import Operators
from gateway.services.paging import Paging
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.questions import Questions
from gateway.services.replies import Replies
from gateway.services.sending import Sending
from gateway.services.telling import Teller
from gateway.text.words import Words


@dataclass(frozen=True)
class Ports:
    """Everything the core asks of the world."""

    store: Store
    pager: Pager
    chat: Chat
    clock: Clock
    ids: Ids
    observer: Observer
    faults: FaultPoints


@dataclass(frozen=True)
class House:
    """What is particular to this company."""

    workspace: WorkspaceId
    people: People
    permission: Permission
    directory: DirectoryKeeper
    words: Words
    policy: Policy
    lobby: ChannelId | None = None
    ops: ChannelId | None = None
    max_parts: int = 5
    poll_s: float = 15.0


@dataclass(frozen=True)
class Core:
    """The door in, and the loops that work."""

    intake: Intake
    dispatcher: Dispatcher
    mailboxes: Mailboxes


def build_core(ports: Ports, house: House) -> Core:
    """Wire the use cases."""
    teller = Teller(house.words, ports.store, house.directory, house.people)
    return Core(
        _intake(ports, house, teller),
        _dispatcher(ports, house, teller),
        Mailboxes(
            ports.store,
            ports.pager,
            ports.clock,
            ports.ids,
            ports.observer,
            house.people,
            Lobby(house.workspace, house.lobby),
            ports.faults,
            house.poll_s,
        ),
    )


def _intake(ports: Ports, house: House, teller: Teller) -> Intake:
    sending = Sending(
        ports.store,
        ports.clock,
        ports.ids,
        ports.observer,
        house.directory,
        house.people,
        house.permission,
        house.max_parts,
    )
    forms = Forms(ports.chat, house.words, ports.store, house.directory, house.people, sending)
    replies = Replies(
        ports.store,
        ports.clock,
        ports.observer,
        house.people,
        house.permission,
        house.max_parts,
    )
    choices = Choices(ports.store, sending, replies, forms, house.directory, house.people)
    addresses = Addresses(ports.chat, house.directory, house.people)
    questions = Questions(
        ports.store, sending, choices, addresses, house.directory, house.people, house.words
    )
    paging = Paging(sending, forms, questions, addresses, house.directory, house.words)
    homes = Home(ports.chat, ports.store, house.words, house.directory, house.people)
    return Stories(
        ports.store,
        ports.observer,
        ports.faults,
        teller,
        paging,
        replies,
        choices,
        forms,
        homes,
    )


def _dispatcher(ports: Ports, house: House, teller: Teller) -> Dispatcher:
    attempts = Attempts(ports.store, ports.pager, ports.chat, ports.clock, house.people, teller)
    operators = Operators(house.workspace, house.ops, house.people, ports.clock, ports.observer)
    consequences = Consequences(
        ports.store, ports.clock, ports.ids, house.directory, house.people, operators, NoWakings()
    )
    return Dispatcher(
        ports.store,
        attempts,
        consequences,
        ports.clock,
        ports.observer,
        ports.faults,
        house.policy,
    )
