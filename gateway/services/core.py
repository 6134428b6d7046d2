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


def build_core(ports: Ports, house: House) -> Core:
    """Wire the use cases."""
    room = alert_room(ports, house, house.rules) if house.rules else None
    cards = room.cards if room else None
    patience_s = house.policy.give_up_after_s
    teller = Teller(house.words, ports.store, house.directory, house.people, cards, patience_s)
    known = {each.name: each for each in (*_our_own(house), *house.clients)}
    clients = Clients(house.directory, house.people, known)
    accepting = _accepting(ports, house, clients)
    mailboxes = _mailboxes(ports, house, room)
    linking = _linking(ports, house, mailboxes)
    pausing = Pausing(ports.store, ports.clock)
    both = _BothHalves(teller, room, clients, linking, _corrections(ports, house), pausing)
    return Core(
        _intake(ports, house, both, accepting),
        _dispatcher(ports, house, both),
        mailboxes,
        linking,
        clients,
        _orders(ports, house, clients, accepting),
        _explaining(ports, house, room),
        pausing,
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


def _accepting(ports: Ports, house: House, clients: Clients) -> Accepting:
    return Accepting(
        ports.store,
        ports.clock,
        ports.ids,
        ports.observer,
        house.directory,
        house.people,
        house.permission,
        clients,
        Limits(ports.store, ports.clock, house.directory, house.workspace, house.limits),
        _operators(ports, house),
        house.max_parts,
        house.ask_above,
        house.ask_before,
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


def _mailboxes(ports: Ports, house: House, room: AlertRoom | None) -> Mailboxes:
    conversations = Conversations(
        ports.store,
        ports.clock,
        ports.ids,
        ports.observer,
        house.people,
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
    teller, room, linking = both.teller, both.room, both.linking
    sending = Sending(
        ports.store,
        ports.clock,
        ports.ids,
        ports.observer,
        house.directory,
        house.people,
        house.permission,
        accepting,
    )
    directory, people = house.directory, house.people
    addresses = Addresses(ports.chat, directory, people, house.groups, house.channels)
    forms = Forms(ports.chat, house.words, ports.store, directory, people, sending, addresses)
    corrections = both.corrections
    replies = Replies(
        ports.store,
        ports.clock,
        ports.observer,
        house.permission,
        corrections.saying,
        corrections,
        accepting.limits,
        _operators(ports, house),
    )
    decisions = Decisions(ports.store, ports.clock, house.permission)
    membership = Membership(ports.store, ports.clock, house.directory, house.people)
    choices = Choices(
        ports.store,
        sending,
        corrections.saying,
        forms,
        decisions,
        membership,
        ThreadModes(ports.store, ports.clock, house.permission, house.directory),
        house.directory,
        house.people,
    )
    questions = Questions(
        ports.store,
        sending,
        decisions,
        addresses,
        house.directory,
        house.people,
        house.words,
        _explaining(ports, house, room),
        linking,
        room.answers if room else None,
        room.duties if room else None,
    )
    paging = Paging(sending, forms, questions, addresses, house.directory, house.words)
    answers = room.answers if room else None
    homes = Home(
        ports.chat,
        ports.store,
        ports.clock,
        house.words,
        directory,
        people,
        house.permission,
        answers,
    )
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
        linking,
        _leaving(ports, house, linking),
        answers,
        room.silence_forms if room else None,
    )


def _leaving(ports: Ports, house: House, linking: LinkDesk) -> Leaving:
    clock, observer = ports.clock, ports.observer
    operators = Operators(house.workspace, house.ops, house.people, clock, observer)
    return Leaving(ports.store, ports.chat, linking.links, operators, clock, observer)


def _dispatcher(ports: Ports, house: House, both: _BothHalves) -> Dispatcher:
    teller, room = both.teller, both.room
    authority = Authority(
        ports.store,
        ports.chat,
        ports.clock,
        house.permission,
        both.clients,
        both.linking.links.book,
    )
    attempts = Attempts(
        ports.store,
        ports.pager,
        ports.chat,
        ports.clock,
        house.people,
        teller,
        authority,
        both.pausing,
    )
    consequences = Consequences(
        ports.store,
        ports.clock,
        ports.ids,
        house.directory,
        house.people,
        _operators(ports, house),
        room.groups if room else NoWakings(),
        both.corrections,
    )
    return Dispatcher(
        ports.store,
        attempts,
        consequences,
        ports.clock,
        ports.observer,
        ports.faults,
        house.policy,
        tracing=ports.tracing,
    )


def _operators(ports: Ports, house: House) -> Operators:
    return Operators(house.workspace, house.ops, house.people, ports.clock, ports.observer)


def _our_own(house: House) -> tuple[Client, ...]:
    """List who pages without being a program of anybody's."""
    shown = frozenset({house.ops} if house.ops else ())
    return (OPERATOR, SELF_CHECK, Client(DRILL, None, channels=shown))
