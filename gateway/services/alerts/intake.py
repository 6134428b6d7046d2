"""What sources say is written down: each alert once, into the record of every group it joins.

Nothing is told here. The answer to the sender is a promise that survives a power cut, so only the
record, the keys and a time to look at each group are written, in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from gateway.domain.alerts import (
    Alert,
    AlertStatus,
    Ignored,
    Ingest,
    IngestReceipt,
    Item,
    ItemResult,
    Malformed,
    Verdict,
    item_ref,
)
from gateway.domain.ids import Ref
from gateway.domain.routing.fates import Fate
from gateway.ports.alerts import AlertIntake
from gateway.ports.changes import Change, KeepIngest
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit
from gateway.services.alerts.heartbeats import Heartbeats
from gateway.services.alerts.patience import Patience
from gateway.services.alerts.records import Arrival, Left, alert_key, identity, recorded
from gateway.services.alerts.rules import RuleBook
from gateway.services.aside import aside

_FATES = {
    Verdict.DUPLICATE: Fate.DUPLICATE,
    Verdict.SUPPRESSED: Fate.SETTLED,
    Verdict.IGNORED: Fate.IGNORED,
    Verdict.MALFORMED: Fate.MALFORMED,
}
_MOST_GROUPS = 50
"""An alert that joined more groups than this, because its labels changed, ends in the latest."""

Known = Mapping[str, tuple[str, ...]]
"""By alert, the newest entry about it in each group it joined."""


@dataclass(frozen=True)
class AlertDesk(AlertIntake):
    """Takes requests of alert sources."""

    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    book: RuleBook
    heartbeats: Heartbeats
    patience: Patience

    @override
    async def take(self, ingest: Ingest) -> IngestReceipt:
        replay = f"ingest:{ingest.source}:{ingest.replay_key}" if ingest.replay_key else None
        verdicts = await self._verdicts(ingest)
        known = await self._known(ingest)
        while True:
            ref = self.ids.ref("in")
            drawn = partial(self._unit, ref, ingest, verdicts, known, replay)
            committed = await self.store.commit(await aside(drawn, len(ingest.items)))
            if committed is Committed.REPEATED:
                # A replay is counted too, under no key: it came in, and nothing new was in it.
                verdicts, replay = tuple(map(_repeated, verdicts)), None
            elif committed is not Committed.TAKEN:
                break
        results = tuple(
            ItemResult(_key(item), verdict, item_ref(ref, place))
            for place, (item, verdict) in enumerate(zip(ingest.items, verdicts, strict=True))
        )
        self._count(ref, ingest, results)
        return IngestReceipt(ref, results)

    async def _verdicts(self, ingest: Ingest) -> tuple[Verdict, ...]:
        keys = tuple(alert_key(item) for item in ingest.items if isinstance(item, Alert))
        seen = set(await self.store.seen(keys))
        return tuple(self._verdict(item, seen) for item in ingest.items)

    async def _known(self, ingest: Ingest) -> Known:
        """Find where alerts are whose end or taking is told: their labels may be left out then."""
        told = [item for item in ingest.items if isinstance(item, Alert) and not _fires(item)]
        if not told:
            return {}
        return await self.store.records_of_alerts(tuple(map(identity, told)), _MOST_GROUPS)

    def _verdict(self, item: Item, seen: set[str]) -> Verdict:
        """Judge an item; of two equal ones in a request, the second is a duplicate."""
        match item:
            case Alert() if self.heartbeats.known(item):
                return Verdict.SUPPRESSED
            case Alert():
                if (key := alert_key(item)) in seen:
                    return Verdict.DUPLICATE
                seen.add(key)
                return Verdict.ROUTED
            case Ignored():
                return Verdict.IGNORED
            case Malformed():
                return Verdict.MALFORMED

    def _unit(
        self,
        ref: Ref,
        ingest: Ingest,
        verdicts: tuple[Verdict, ...],
        known: Known,
        replay: str | None,
    ) -> Unit:
        now = self.clock.now()
        kept = KeepIngest(ref, ingest.source, ingest.raw, now, items=len(ingest.items))
        changes: list[Change] = [kept]
        for place, (item, verdict) in enumerate(zip(ingest.items, verdicts, strict=True)):
            arrival = Arrival(ingest.source, item_ref(ref, place), now)
            if isinstance(item, Alert) and verdict is Verdict.ROUTED:
                at = known.get(identity(item), ())
                changes.append(recorded(item, self.book.rules, arrival, at, self.patience))
                continue
            changes.append(arrival.came_to(_FATES[verdict], _left(item, verdict)))
            if isinstance(item, Alert) and verdict is Verdict.SUPPRESSED:
                changes += self.heartbeats.arrived(item)
        return Unit(tuple(changes), once=replay)

    def _count(self, ref: Ref, ingest: Ingest, results: tuple[ItemResult, ...]) -> None:
        verdicts = [result.verdict for result in results]
        self.observer.saw(
            "alerts.ingested",
            event_id=ref,
            source=ingest.source,
            **{verdict.value: verdicts.count(verdict) for verdict in Verdict},
        )


def _repeated(verdict: Verdict) -> Verdict:
    return Verdict.DUPLICATE if verdict is Verdict.ROUTED else verdict


def _fires(alert: Alert) -> bool:
    return alert.status not in {AlertStatus.RESOLVED, AlertStatus.ACK}


def _left(item: Item, verdict: Verdict) -> Left:
    if isinstance(item, Alert):
        return Left(identity(item), "heartbeat" if verdict is Verdict.SUPPRESSED else "")
    return Left(item.key, item.why)


def _key(item: Item) -> str:
    return item.dedup_key if isinstance(item, Alert) else item.key
