"""What the console's pages read through and act through: the services of the command line."""

from dataclasses import dataclass

from gateway.ports.clock import Clock
from gateway.services.alerts.board import AlertBoard
from gateway.services.alerts.silencing import Silencing
from gateway.services.auditing import AuditTrail
from gateway.services.decisions import Decisions
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.letters import DeadLetters
from gateway.services.linking.links import Links
from gateway.services.live_events import LiveEvents
from gateway.services.pausing import Pausing
from gateway.services.queries import Queries
from gateway.text.words import Words
from gateway.web.app import Health
from gateway.web.console.routes import RoutesView
from gateway.web.console.settings import Settings
from gateway.web.tail import Told


@dataclass(frozen=True, repr=False)
class Desk:
    """Everything a page of the console may use."""

    queries: Queries
    decisions: Decisions
    letters: DeadLetters
    pausing: Pausing
    links: Links
    audit: AuditTrail
    health: Health
    words: Words
    clock: Clock
    directory: DirectoryKeeper
    settings: Settings
    live: LiveEvents
    told: Told
    board: AlertBoard | None = None
    silencing: Silencing | None = None
    routes: RoutesView | None = None
