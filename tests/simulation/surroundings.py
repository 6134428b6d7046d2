"""What every life finds: the foreign systems, the time, the weather; and what is found out."""

from dataclasses import dataclass, field

from gateway.domain.deliveries import Policy
from gateway.domain.routing.routes import Routes
from gateway.ports.pager import Mailbox
from gateway.routes.reading import read_routes
from gateway.text.words import Words
from tests.fakes.chat import small_workspace
from tests.fakes.ids import CountedIds
from tests.fakes.pager import small_company
from tests.services.acme import ALARMS
from tests.simulation.company import Journal, JournalChat, JournalObserver, JournalPager
from tests.simulation.loop import LoopClock
from tests.simulation.weather import Weather

ROUTES: Routes = read_routes("""\
receivers: [{name: dba, page: [DBA], channel: C0DBA}]
route: {receiver: dba, group_wait: 0s, group_by: [alertname]}
""").routes
WORDS = Words.load()


@dataclass
class Surroundings:
    """One company. `broken` collects what must not be, as soon as it is seen."""

    weather: Weather
    lag_s: float
    clock: LoopClock = field(default_factory=LoopClock)
    journal: Journal = field(default_factory=Journal)
    ids: CountedIds = field(default_factory=CountedIds)
    broken: list[str] = field(default_factory=list)
    mailboxes: dict[str, tuple[Mailbox, ...]] = field(default_factory=dict)
    newest_claims: dict[str, int] = field(default_factory=dict)
    routes: Routes = ROUTES
    words: Words = WORDS
    policy: Policy = field(default_factory=Policy)
    pager: JournalPager = field(init=False)
    chat: JournalChat = field(init=False)
    observer: JournalObserver = field(init=False)

    def __post_init__(self) -> None:
        """Found the company; its systems have clocks of their own."""
        theirs = LoopClock()
        people, room = small_company(theirs, "104"), small_workspace(theirs)
        self.pager = JournalPager(
            theirs, people.people, people.members, people.senders, journal=self.journal
        )
        self.pager.visible_after_s = self.lag_s
        self.chat = JournalChat(
            theirs, room.workspace, room.people, room.channels, journal=self.journal
        )
        self.chat.channels[ALARMS] = set()
        self.observer = JournalObserver(self.journal)
