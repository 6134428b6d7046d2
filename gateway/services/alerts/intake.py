"""What sources say is written down: each alert once, into the record of every group it joins.

Nothing is told here. The answer to the sender is a promise that survives a power cut, so only the
record, the keys and a time to look at each group are written, in one transaction.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import TypeAdapter
from typing_extensions import override

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
from gateway.domain.deliveries import Wake, Waking
from gateway.domain.ids import Ref
from gateway.domain.routing.tree import Route
from gateway.ports.alerts import AlertIntake
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import (
    Change,
    Committed,
    Enqueue,
    KeepIngest,
    Once,
    RecordAlert,
    Store,
    Unit,
)
from gateway.services.alerts.rules import RuleBook

_RECORDED = frozenset({Verdict.ROUTED})
_GATHER = timedelta(milliseconds=300)
"""Alerts of one storm are looked at together."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a group's record: the alert, and the route by which it came."""

    route: str
    alert: Alert


RECORDS = TypeAdapter(Record)


def group_lane(group: str) -> str:
    """A group is looked at by one worker at a time."""
    return f"group:{group}"


def alert_key(alert: Alert) -> str:
    """Name one saying of a source; the same one again changes nothing."""
    return f"alert:{alert.source}:{alert.source_event_id}"


@dataclass(frozen=True)
class AlertDesk(AlertIntake):
    """Takes requests of alert sources."""

    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    book: RuleBook

    @override
    async def take(self, ingest: Ingest) -> IngestReceipt:
        replay = f"ingest:{ingest.source}:{ingest.replay_key}" if ingest.replay_key else None
        known = await self._known(ingest)
        results = tuple(_result(item, known) for item in ingest.items)
        changes = tuple(self._recorded(ingest.items, known))
        while True:
            ref = self.ids.ref("in")
            kept = KeepIngest(ref, ingest.source, ingest.raw, self.clock.now())
            committed = await self.store.commit(Unit((kept, *changes), once=replay))
            if committed is Committed.REPEATED:
                results = tuple(replace(r, verdict=_repeated(r.verdict)) for r in results)
            if committed is not Committed.TAKEN:
                break
        self._count(ingest, results)
        return IngestReceipt(ref, results)

    async def _known(self, ingest: Ingest) -> frozenset[str]:
        keys = tuple(alert_key(item) for item in ingest.items if isinstance(item, Alert))
        return await self.store.seen(keys)

    def _recorded(self, items: tuple[Item, ...], known: frozenset[str]) -> list[Change]:
        """List what is new. Two equal alerts of one request are one: the key sees to it."""
        new = (i for i in items if isinstance(i, Alert) and alert_key(i) not in known)
        return [Once(alert_key(alert), self._of_alert(alert)) for alert in new]

    def _of_alert(self, alert: Alert) -> tuple[Change, ...]:
        return tuple(
            change
            for route in self.book.rules.tree.match(alert.labels)
            for change in self._into_group(route, alert)
        )

    def _into_group(self, route: Route, alert: Alert) -> tuple[Change, ...]:
        group = route.group_key(alert.labels)
        now = self.clock.now()
        record = RECORDS.dump_json(Record(route.key, alert)).decode()
        wake = Wake(Waking.GROUP, group)
        soon = now + _GATHER
        return (
            RecordAlert(group, record, now),
            Enqueue(group_lane(group), Ref(""), wake, soon, priority=1, coalesce=True),
        )

    def _count(self, ingest: Ingest, results: tuple[ItemResult, ...]) -> None:
        verdicts = [result.verdict for result in results]
        self.observer.saw(
            "alerts.ingested",
            source=ingest.source,
            **{verdict.value: verdicts.count(verdict) for verdict in Verdict},
        )


def _result(item: Item, known: frozenset[str]) -> ItemResult:
    match item:
        case Alert():
            repeated = alert_key(item) in known
            return ItemResult(item.dedup_key, Verdict.DUPLICATE if repeated else Verdict.ROUTED)
        case Ignored(key):
            return ItemResult(key, Verdict.IGNORED)
        case Malformed(key):
            return ItemResult(key, Verdict.MALFORMED)


def _repeated(verdict: Verdict) -> Verdict:
    return Verdict.DUPLICATE if verdict in _RECORDED else verdict
