"""A core that takes alerts in memory: all of an ingest or nothing, and repeats without effect."""

import asyncio
from dataclasses import dataclass, field

from gateway.domain.alerts import (
    Alert,
    Ignored,
    Ingest,
    IngestReceipt,
    Item,
    ItemResult,
    Malformed,
    Verdict,
)
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import Ref
from gateway.ports.alerts import AlertIntake


@dataclass
class RememberingAlertIntake(AlertIntake):
    """Keeps what it took; `away` makes it behave like a core without its database.

    While `open` is clear, it takes its time; `most_at_once` is how many it ever had in hand.
    """

    ingests: list[Ingest] = field(default_factory=list)
    alerts: dict[tuple[str, str], Alert] = field(default_factory=dict)
    away: bool = False
    open: asyncio.Event = field(default_factory=asyncio.Event)
    most_at_once: int = 0
    _in_hand: int = 0
    _replays: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Take at once."""
        self.open.set()

    async def take(self, ingest: Ingest) -> IngestReceipt:
        self._in_hand += 1
        self.most_at_once = max(self.most_at_once, self._in_hand)
        await self.open.wait()
        self._in_hand -= 1
        if self.away:
            raise StoreUnavailableError
        replay = (ingest.source, ingest.replay_key) if ingest.replay_key else None
        repeated = replay in self._replays
        if replay:
            self._replays.add(replay)
        self.ingests.append(ingest)
        results = tuple(self._result(item, repeated=repeated) for item in ingest.items)
        return IngestReceipt(Ref(f"in_{len(self.ingests):04}"), results)

    def _result(self, item: Item, *, repeated: bool) -> ItemResult:
        match item:
            case Ignored(key=key):
                return ItemResult(key, Verdict.IGNORED)
            case Malformed(key=key):
                return ItemResult(key, Verdict.MALFORMED)
            case Alert(source=source, source_event_id=event_id, dedup_key=key):
                if repeated or (source, event_id) in self.alerts:
                    return ItemResult(key, Verdict.DUPLICATE)
                self.alerts[source, event_id] = item
                return ItemResult(key, Verdict.ROUTED, Ref(f"al_{len(self.alerts):04}"))
