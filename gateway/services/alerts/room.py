"""The alert services wired to each other; absent where no alerts are routed."""

from dataclasses import dataclass

from gateway.services.alerts.answers import Answers
from gateway.services.alerts.board import AlertBoard
from gateway.services.alerts.budget import PageBudget
from gateway.services.alerts.cards import IncidentCards
from gateway.services.alerts.causes import Causes
from gateway.services.alerts.desk import Desk
from gateway.services.alerts.duty import Duties
from gateway.services.alerts.explaining import AlertExplaining
from gateway.services.alerts.groups import Groups
from gateway.services.alerts.hearing import Hearing
from gateway.services.alerts.heartbeats import Heartbeats
from gateway.services.alerts.intake import AlertDesk
from gateway.services.alerts.notifying import Notifying
from gateway.services.alerts.parting import Partings
from gateway.services.alerts.patience import Patience
from gateway.services.alerts.quiet import Quiet
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.silence_forms import SilenceForms
from gateway.services.alerts.silencing import Silencing
from gateway.services.alerts.sums import AlertSums
from gateway.services.alerts.voice import Voice
from gateway.services.alerts.watch import Watch
from gateway.services.house import House, Ports


@dataclass(frozen=True, repr=False)
class AlertRoom:
    """The alert services of a company."""

    intake: AlertDesk
    groups: Groups
    answers: Answers
    board: AlertBoard
    duties: Duties
    silencing: Silencing
    silence_forms: SilenceForms
    cards: IncidentCards
    heartbeats: Heartbeats
    explaining: AlertExplaining


def alert_room(ports: Ports, house: House, book: RuleBook) -> AlertRoom:
    """Wire what takes alerts in, tells them, and answers about them."""
    store, clock, ids, observer = ports.store, ports.clock, ports.ids, ports.observer
    words, people, mode = house.words, house.people, house.threads.alerts
    desk, patience = Desk(store), Patience(book)
    budget = PageBudget(store, ports.pager, clock, ids, observer, house.workspace, mode, words)
    voice = Voice(store, clock, people, house.workspace, mode, budget)
    reach = Reach(book, house.directory)
    watch = Watch(clock, desk, voice, reach, book, words)
    silencing = Silencing(store, clock, ids, observer, book)
    quiet, partings = Quiet(silencing, voice, watch, words), Partings(book, reach, voice, words)
    notifying = Notifying(clock, observer, book, voice, reach, watch, quiet, partings, words)
    heartbeats = Heartbeats(
        store, clock, observer, book, words, process=ids.draft(), since=clock.now()
    )
    answers = Answers(
        store, clock, observer, desk, voice, watch, reach, people, house.permission, words
    )
    return AlertRoom(
        AlertDesk(store, clock, ids, observer, book, heartbeats, patience),
        Groups(
            store,
            clock,
            ids,
            book,
            desk,
            Hearing(store, clock, book),
            notifying,
            watch,
            silencing,
            budget,
            Causes(store, book),
            heartbeats,
            patience,
        ),
        answers,
        AlertBoard(clock, desk, watch, reach, answers),
        Duties(clock, book, reach),
        silencing,
        SilenceForms(ports.chat, answers, silencing, words),
        IncidentCards(clock, desk, watch, reach, book, AlertSums(store, clock), words),
        heartbeats,
        AlertExplaining(store, clock, book, desk, silencing),
    )
