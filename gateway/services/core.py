"""The use cases wired to each other; what the composition root needs to hold."""

from dataclasses import dataclass

from gateway.ports.alerts import AlertIntake
from gateway.ports.intake import Intake
from gateway.ports.orders import OrderDesk
from gateway.services.accepting import Accepting
from gateway.services.addresses import Addresses
from gateway.services.alerts.board import AlertBoard
from gateway.services.alerts.heartbeats import Heartbeats
from gateway.services.alerts.room import AlertRoom, alert_room
from gateway.services.alerts.silencing import Silencing
from gateway.services.asking import Asking
from gateway.services.attempts import Attempts
from gateway.services.authority import Authority
from gateway.services.choices import Choices
from gateway.services.clients import DRILL, OPERATOR, SELF_CHECK, Client, Clients
from gateway.services.consequences import Consequences, NoWakings
from gateway.services.conversations import Conversations, Lobby, NoEars
from gateway.services.corrections import Corrections
from gateway.services.decisions import Decisions
from gateway.services.dispatching import Dispatcher
from gateway.services.explaining import Explaining
from gateway.services.forms import Forms
from gateway.services.home import Home
from gateway.services.house import House, Ports
from gateway.services.intake import Stories
from gateway.services.latecomers import Latecomers
from gateway.services.leaving import Leaving
from gateway.services.limits import Limits
from gateway.services.linking.book import LinkBook
from gateway.services.linking.codes import Codes
from gateway.services.linking.desk import LinkDesk
from gateway.services.linking.links import Links
from gateway.services.linking.requests import LinkRequests
from gateway.services.linking.signing_in import SignIn
from gateway.services.mailboxes import Mailboxes
from gateway.services.membership import Membership
from gateway.services.operators import Operators
from gateway.services.orders import Orders
from gateway.services.paging import Paging
from gateway.services.pausing import Pausing
from gateway.services.questions import Questions
from gateway.services.replies import Replies
from gateway.services.reports import Reports
from gateway.services.saying import Saying
from gateway.services.sending import Sending
from gateway.services.telling import Teller
from gateway.services.thread_modes import ThreadModes
from gateway.services.watching import Watching


@dataclass(frozen=True, repr=False)
class Core:
    """The door in, and the loops that work."""

    intake: Intake
    dispatcher: Dispatcher
    mailboxes: Mailboxes
    linking: LinkDesk
    clients: Clients
    orders: OrderDesk
    explaining: Explaining
    pausing: Pausing
    operators: Operators
    alerts: AlertIntake | None = None
    silencing: Silencing | None = None
    board: AlertBoard | None = None
    heartbeats: Heartbeats | None = None


@dataclass(frozen=True)
class _BothHalves:
    """What taking in and sending out share."""

    teller: Teller
    room: AlertRoom | None
    clients: Clients
    linking: LinkDesk
    corrections: Corrections
    pausing: Pausing
    operators: Operators


def build_core(ports: Ports, house: House) -> Core:
    """Wire the use cases."""
    room = alert_room(ports, house, house.rules) if house.rules else None
    cards = room.cards if room else None
    patience_s = house.policy.give_up_after_s
    teller = Teller(house.words, ports.store, house.directory, house.people, cards, patience_s)
    known = {each.name: each for each in (*_our_own(house), *house.clients)}
    clients = Clients(house.directory, house.people, known)
    operators = Operators(house.workspace, house.ops, house.people, ports.clock, ports.observer)
    accepting = _accepting(ports, house, clients, operators)
    mailboxes = _mailboxes(ports, house, operators, room)
    linking = _linking(ports, house, mailboxes)
    pausing = Pausing(ports.store, ports.clock)
    corrections = _corrections(ports, house)
    both = _BothHalves(teller, room, clients, linking, corrections, pausing, operators)
    return Core(
        _intake(ports, house, both, accepting),
        _dispatcher(ports, house, both),
        mailboxes,
        linking,
        clients,
        _orders(ports, house, clients, accepting),
        _explaining(ports, house, room),
        pausing,
        operators,
        room.intake if room else None,
        room.silencing if room else None,
        room.board if room else None,
        room.heartbeats if room else None,
    )


def _orders(ports: Ports, house: House, clients: Clients, accepting: Accepting) -> Orders:
    return Orders(
        house.workspace,
        ports.store,
        ports.clock,
        ports.observer,
        house.directory,
        clients,
        accepting,
        Reports(ports.store, house.directory, house.people, house.words),
        house.words,
        ports.faults,
    )


def _accepting(ports: Ports, house: House, clients: Clients, operators: Operators) -> Accepting:
    store, clock, directory = ports.store, ports.clock, house.directory
    asking = Asking(store, clock, directory, house.max_parts, house.ask_above, house.ask_before)
    limits = Limits(store, clock, directory, house.workspace, house.limits)
    return Accepting(
        store,
        clock,
        ports.ids,
        ports.observer,
        directory,
        house.people,
        house.permission,
        clients,
        limits,
        operators,
        asking,
        house.undo_s,
        house.threads.pages,
    )


def _linking(ports: Ports, house: House, mailboxes: Mailboxes) -> LinkDesk:
    store, clock, ids, people = ports.store, ports.clock, ports.ids, house.people
    book = LinkBook(store, house.workspace, people, ports.accounts, mailboxes)
    requests = LinkRequests(ports.vault, clock, ids)
    return LinkDesk(
        people,
        house.permission,
        Links(store, people, ports.accounts, book, clock, ports.observer),
        requests,
        SignIn(store, ports.accounts, requests, clock, ids, ports.observer),
        Codes(ports.vault, ports.pager, clock, ids, people, house.directory, house.words),
        clock,
    )


def _corrections(ports: Ports, house: House) -> Corrections:
    saying = Saying(ports.store, ports.clock, house.people, house.words, house.max_parts)
    return Corrections(ports.store, ports.clock, saying)


def _mailboxes(
    ports: Ports, house: House, operators: Operators, room: AlertRoom | None
) -> Mailboxes:
    conversations = Conversations(
        ports.store,
        ports.clock,
        ports.ids,
        ports.observer,
        house.people,
        operators,
        Lobby(house.workspace, house.lobby, house.threads.pages),
        Latecomers(
            ports.store,
            ports.clock,
            house.people,
            house.directory,
            house.words,
            room.answers if room else NoEars(),
        ),
    )
    return Mailboxes(
        ports.store,
        ports.pager,
        ports.clock,
        ports.observer,
        house.people,
        conversations,
        ports.faults,
        house.poll_s,
        ports.leadership,
        ports.tracing,
    )


def _explaining(ports: Ports, house: House, room: AlertRoom | None) -> Explaining:
    return Explaining(ports.store, house.directory, room.explaining if room else None)


def _intake(ports: Ports, house: House, both: _BothHalves, accepting: Accepting) -> Intake:
    store, room, linking = ports.store, both.room, both.linking
    directory, people, words = house.directory, house.people, house.words
    sending = _sending(ports, house, accepting)
    addresses = Addresses(ports.chat, directory, people, house.groups, house.channels)
    forms = Forms(ports.chat, words, store, directory, people, sending, addresses)
    decisions = Decisions(store, ports.clock, house.permission)
    questions = _questions(ports, house, both, sending, addresses, decisions=decisions)
    return Stories(
        store,
        ports.observer,
        ports.faults,
        both.teller,
        Paging(sending, forms, questions, addresses, directory, words),
        _replies(ports, house, both, accepting.limits),
        _choices(ports, house, both, sending, forms, decisions=decisions),
        forms,
        _home(ports, house, room),
        linking,
        Leaving(store, ports.chat, linking.links, both.operators, ports.clock, ports.observer),
        room.answers if room else None,
        room.silence_forms if room else None,
    )


def _sending(ports: Ports, house: House, accepting: Accepting) -> Sending:
    return Sending(
        ports.store,
        ports.clock,
        ports.ids,
        ports.observer,
        house.directory,
        house.people,
        house.permission,
        accepting,
    )


def _questions(
    ports: Ports,
    house: House,
    both: _BothHalves,
    sending: Sending,
    addresses: Addresses,
    *,
    decisions: Decisions,
) -> Questions:
    room = both.room
    return Questions(
        ports.store,
        sending,
        decisions,
        addresses,
        house.directory,
        house.people,
        house.words,
        _explaining(ports, house, room),
        both.linking,
        room.answers if room else None,
        room.duties if room else None,
    )


def _replies(ports: Ports, house: House, both: _BothHalves, limits: Limits) -> Replies:
    return Replies(
        ports.store,
        ports.clock,
        ports.observer,
        house.permission,
        both.corrections.saying,
        both.corrections,
        limits,
        both.operators,
    )


def _choices(
    ports: Ports,
    house: House,
    both: _BothHalves,
    sending: Sending,
    forms: Forms,
    *,
    decisions: Decisions,
) -> Choices:
    store, clock, directory, people = ports.store, ports.clock, house.directory, house.people
    return Choices(
        store,
        sending,
        both.corrections.saying,
        forms,
        decisions,
        Membership(store, clock, directory, people),
        ThreadModes(store, clock, house.permission, directory),
        directory,
        people,
    )


def _home(ports: Ports, house: House, room: AlertRoom | None) -> Home:
    return Home(
        ports.chat,
        ports.store,
        ports.clock,
        house.words,
        house.directory,
        house.people,
        house.permission,
        room.answers if room else None,
    )


def _dispatcher(ports: Ports, house: House, both: _BothHalves) -> Dispatcher:
    return Dispatcher(
        ports.store,
        _attempts(ports, house, both),
        _consequences(ports, house, both),
        ports.clock,
        ports.observer,
        ports.faults,
        Watching(ports.clock, alone=ports.leadership.alone),
        house.policy,
        tracing=ports.tracing,
    )


def _attempts(ports: Ports, house: House, both: _BothHalves) -> Attempts:
    store, chat, clock = ports.store, ports.chat, ports.clock
    authority = Authority(
        store, chat, clock, house.permission, both.clients, both.linking.links.book
    )
    return Attempts(
        store, ports.pager, chat, clock, house.people, both.teller, authority, both.pausing
    )


def _consequences(ports: Ports, house: House, both: _BothHalves) -> Consequences:
    return Consequences(
        ports.store,
        ports.clock,
        ports.ids,
        house.directory,
        house.people,
        both.operators,
        both.room.groups if both.room else NoWakings(),
        both.corrections,
    )


def _our_own(house: House) -> tuple[Client, ...]:
    """List who pages without being a program of anybody's."""
    shown = frozenset({house.ops} if house.ops else ())
    return (OPERATOR, SELF_CHECK, Client(DRILL, None, channels=shown))
