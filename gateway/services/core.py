"""The use cases wired to each other; what the composition root needs to hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.deliveries import Policy
from gateway.domain.ids import ChannelId, WorkspaceId
from gateway.ports.accounts import Accounts
from gateway.ports.alerts import AlertIntake
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints
from gateway.ports.ids import Ids
from gateway.ports.intake import Intake
from gateway.ports.observer import Observer
from gateway.ports.orders import OrderDesk
from gateway.ports.pager import Pager
from gateway.ports.store import Store
from gateway.ports.vault import Vault
from gateway.services.accepting import Accepting
from gateway.services.addresses import Addresses
from gateway.services.alerts.answers import Answers
from gateway.services.alerts.budget import PageBudget
from gateway.services.alerts.cards import IncidentCards
from gateway.services.alerts.causes import Causes
from gateway.services.alerts.desk import Desk
from gateway.services.alerts.duty import Duties
from gateway.services.alerts.explaining import AlertExplaining
from gateway.services.alerts.groups import Groups
from gateway.services.alerts.heartbeats import Heartbeats
from gateway.services.alerts.intake import AlertDesk
from gateway.services.alerts.parting import Partings
from gateway.services.alerts.quiet import Quiet
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.silence_forms import SilenceForms
from gateway.services.alerts.silencing import Silencing
from gateway.services.alerts.sums import AlertSums
from gateway.services.alerts.voice import Voice
from gateway.services.alerts.watch import Watch
from gateway.services.attempts import Attempts
from gateway.services.authority import Authority
from gateway.services.choices import Choices
from gateway.services.clients import OPERATOR, Client, Clients
from gateway.services.consequences import Consequences, NoWakings
from gateway.services.conversations import Conversations, Lobby, NoEars
from gateway.services.corrections import Corrections
from gateway.services.decisions import Decisions
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.dispatching import Dispatcher
from gateway.services.explaining import Explaining
from gateway.services.forms import Forms
from gateway.services.home import Home
from gateway.services.intake import Stories
from gateway.services.latecomers import Latecomers
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
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.questions import Questions
from gateway.services.replies import Replies
from gateway.services.reports import Reports
from gateway.services.saying import Saying
from gateway.services.sending import Sending
from gateway.services.telling import Teller
from gateway.services.thread_modes import ThreadModes
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
    vault: Vault
    accounts: Accounts


@dataclass(frozen=True)
class House:
    """What is particular to this company."""

    workspace: WorkspaceId
    people: People
    permission: Permission
    directory: DirectoryKeeper
    words: Words
    policy: Policy
    clients: tuple[Client, ...] = ()
    rules: RuleBook | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: Mapping[ChannelId, tuple[str, ...]] = field(default_factory=dict)
    lobby: ChannelId | None = None
    ops: ChannelId | None = None
    max_parts: int = 5
    ask_above: int = 25
    ask_before: tuple[str, ...] = ()
    undo_s: float = 0.0
    per_minute: int = 0
    poll_s: float = 15.0


@dataclass(frozen=True)
class Core:
    """The door in, and the loops that work."""

    intake: Intake
    dispatcher: Dispatcher
    mailboxes: Mailboxes
    linking: LinkDesk
    clients: Clients
    orders: OrderDesk
    explaining: Explaining
    alerts: AlertIntake | None = None
    silencing: Silencing | None = None
    heartbeats: Heartbeats | None = None


@dataclass(frozen=True)
class _AlertRoom:
    """The alert services, wired; absent where no alerts are routed."""

    intake: AlertDesk
    groups: Groups
    answers: Answers
    duties: Duties
    silencing: Silencing
    silence_forms: SilenceForms
    cards: IncidentCards
    heartbeats: Heartbeats
    explaining: AlertExplaining


@dataclass(frozen=True)
class _BothHalves:
    """What taking in and sending out share."""

    teller: Teller
    room: _AlertRoom | None
    clients: Clients
    linking: LinkDesk
    corrections: Corrections


def build_core(ports: Ports, house: House) -> Core:
    """Wire the use cases."""
    room = _alert_room(ports, house, house.rules) if house.rules else None
    cards = room.cards if room else None
    patience_s = house.policy.give_up_after_s
    teller = Teller(house.words, ports.store, house.directory, house.people, cards, patience_s)
    known = {each.name: each for each in (OPERATOR, *house.clients)}
    clients = Clients(house.directory, house.people, known)
    accepting = _accepting(ports, house, clients)
    mailboxes = _mailboxes(ports, house, room)
    linking = _linking(ports, house, mailboxes)
    both = _BothHalves(teller, room, clients, linking, _corrections(ports, house))
    return Core(
        _intake(ports, house, both, accepting),
        _dispatcher(ports, house, both),
        mailboxes,
        linking,
        clients,
        _orders(ports, house, clients, accepting),
        _explaining(ports, house, room),
        room.intake if room else None,
        room.silencing if room else None,
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
        house.max_parts,
        house.ask_above,
        house.ask_before,
        house.undo_s,
        house.per_minute,
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


def _mailboxes(ports: Ports, house: House, room: _AlertRoom | None) -> Mailboxes:
    conversations = Conversations(
        ports.store,
        ports.clock,
        ports.ids,
        ports.observer,
        house.people,
        Lobby(house.workspace, house.lobby),
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
    )


def _alert_room(ports: Ports, house: House, book: RuleBook) -> _AlertRoom:
    store, clock, words = ports.store, ports.clock, house.words
    desk = Desk(store)
    voice = Voice(store, clock, house.people, house.workspace)
    reach = Reach(book, house.directory)
    watch = Watch(clock, desk, voice, reach, book, words)
    budget = PageBudget(
        store, ports.pager, clock, ports.ids, ports.observer, house.workspace, words
    )
    silencing = Silencing(store, clock, ports.ids, ports.observer, book)
    ids, observer = ports.ids, ports.observer
    heartbeats = Heartbeats(
        store, clock, observer, book, words, process=ids.draft(), since=clock.now()
    )
    answers = Answers(
        store, clock, desk, voice, watch, reach, house.people, house.permission, words
    )
    return _AlertRoom(
        AlertDesk(store, clock, ids, observer, book, heartbeats),
        Groups(
            store,
            clock,
            ports.ids,
            ports.observer,
            book,
            desk,
            voice,
            reach,
            watch,
            Quiet(silencing, voice, watch, words),
            Partings(book, reach, voice, words),
            budget,
            Causes(store, book),
            words,
            heartbeats,
        ),
        answers,
        Duties(clock, book, reach),
        silencing,
        SilenceForms(ports.chat, answers, silencing, words),
        IncidentCards(clock, desk, watch, reach, book, AlertSums(store, clock), words),
        heartbeats,
        AlertExplaining(store, clock, book, desk, silencing),
    )


def _explaining(ports: Ports, house: House, room: _AlertRoom | None) -> Explaining:
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
    homes = Home(ports.chat, ports.store, house.words, house.directory, house.people)
    answers = room.answers if room else None
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
        answers,
        room.silence_forms if room else None,
    )


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
        ports.store, ports.pager, ports.chat, ports.clock, house.people, teller, authority
    )
    operators = Operators(house.workspace, house.ops, house.people, ports.clock, ports.observer)
    consequences = Consequences(
        ports.store,
        ports.clock,
        ports.ids,
        house.directory,
        house.people,
        operators,
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
    )
