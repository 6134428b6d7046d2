"""The store, the same for every database: each method names the script that does it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from typing_extensions import override

from adapters.storage import audit, erasure, lanes, reads, restored, retention, units
from adapters.storage.engine import Engine, followed_by
from gateway.domain.audit import AuditEnds, AuditRecord
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.directory import DirectorySnapshot
from gateway.domain.ids import (
    ChatMessageId,
    ChatUserId,
    ConversationId,
    DeliveryId,
    DraftId,
    ExtensionNumber,
    PagerMessageId,
    Ref,
    WorkspaceId,
)
from gateway.domain.pages import ChatThread, Draft, Page, PageState, ThreadLink
from gateway.domain.people import PersonLink
from gateway.domain.routing.fates import StormSum
from gateway.ports.changes import Enqueue, Once, Release, Settle
from gateway.ports.store import (
    AlertEvent,
    Backlog,
    Claim,
    Committed,
    Erasure,
    ItemFate,
    Personal,
    Store,
    StoredIncident,
    Unit,
)

_ERASED_AT_ONCE = 100


class SqlStore(Store):
    """Keeps keys unique, lanes in order and stale workers out; the rules are elsewhere.

    `now` dates inbox keys and ends drafts; everything else is timed by its caller. `trace` gives
    the traceparent of whoever commits.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], trace: Callable[[], str] = str
    ) -> None:
        self._engine = engine
        self._now = now
        self._trace = trace
        self._waited_until: datetime | None = None

    @override
    async def commit(self, unit: Unit) -> Committed:
        now = self._now()
        if trace := self._trace():
            unit = replace(unit, trace=trace)
        last = audit.seal if units.is_audited(unit) else None
        committed = await self._engine.write(lambda: units.commit_unit(unit, now), last)
        if committed is Committed.DONE and _makes_due(unit, self._waited_until):
            self._engine.notify()
        return committed

    # the outbox

    @override
    async def claim(self, now: datetime, limit: int, lease_s: float) -> tuple[Claim, ...]:
        holder = self._engine.holder
        return await self._engine.write(lambda: lanes.claim(now, limit, lease_s, holder))

    @override
    async def begin(self, claim: Claim, now: datetime) -> Delivery | None:
        return await self._engine.write(lambda: lanes.begin(claim, now))

    @override
    async def release(self, claim: Claim, due_at: datetime) -> None:
        await self._engine.write(lambda: lanes.release(claim, due_at))
        self._engine.notify()

    @override
    async def recover(self, now: datetime, *, everything: bool) -> int:
        dead = await self._engine.departed()
        ended, changed = await self._engine.write(
            lambda: lanes.recover(now, dead, everything=everything)
        )
        if ended:
            self._engine.notify()
        return changed

    @override
    async def bring_forward(self, now: datetime, until: datetime) -> None:
        await self._engine.write(lambda: lanes.bring_forward(now, until))
        self._engine.notify()

    @override
    async def next_due(self) -> datetime | None:
        return await self._engine.read(lanes.next_due)

    @override
    async def wait(self, until: datetime | None = None) -> None:
        self._waited_until = until
        try:
            await self._engine.wait()
        finally:
            self._waited_until = None

    # reading

    @override
    async def page(self, ref: Ref) -> Page | None:
        return await self._engine.read(lambda: reads.page(ref))

    @override
    async def pages_of(
        self, workspace: WorkspaceId, author: ChatUserId, limit: int
    ) -> tuple[Page, ...]:
        return await self._engine.read(lambda: reads.pages_of(workspace, author, limit))

    @override
    async def pages(
        self, limit: int, state: PageState | None = None, before: datetime | None = None
    ) -> tuple[Page, ...]:
        return await self._engine.read(lambda: reads.newest_pages(limit, state, before))

    @override
    async def tally(
        self, since: datetime, every: timedelta
    ) -> Mapping[datetime, Counter[PageState]]:
        return await self._engine.read(lambda: reads.tally(since, every))

    @override
    async def page_of_thread(self, thread: ChatThread) -> Page | None:
        return await self._engine.read(lambda: reads.page_of_thread(thread))

    @override
    async def threads(self, active_after: datetime, limit: int) -> tuple[ChatThread, ...]:
        return await self._engine.read(lambda: reads.threads(active_after, limit))

    @override
    async def deliveries(self, ref: Ref) -> tuple[Delivery, ...]:
        return await self._engine.read(lambda: reads.deliveries(ref))

    @override
    async def links(self, ref: Ref) -> tuple[ThreadLink, ...]:
        return await self._engine.read(lambda: reads.links(ref))

    @override
    async def link_of(
        self, mailbox: ExtensionNumber, conversation: ConversationId
    ) -> ThreadLink | None:
        return await self._engine.read(lambda: reads.link(mailbox, conversation))

    @override
    async def is_ours(self, mailbox: ExtensionNumber, message: PagerMessageId) -> bool:
        return await self._engine.read(lambda: reads.is_ours(mailbox, message))

    @override
    async def sent_text(self, ref: Ref, sender: ExtensionNumber, text: str) -> bool:
        return await self._engine.read(lambda: reads.sent_text(ref, sender, text))

    @override
    async def reply_delivery(self, thread: ChatThread, message: ChatMessageId) -> Delivery | None:
        return await self._engine.read(lambda: reads.reply_delivery(thread, message))

    @override
    async def draft(self, draft: DraftId) -> Draft | None:
        now = self._now()
        return await self._engine.read(lambda: reads.draft(draft, now))

    @override
    async def people(self, workspace: WorkspaceId) -> tuple[PersonLink, ...]:
        return await self._engine.read(lambda: reads.people(workspace))

    @override
    async def spent(self, meter: str, since: datetime) -> tuple[datetime, ...]:
        return await self._engine.read(lambda: reads.spent(meter, since))

    @override
    async def cursor(self, stream: str) -> str | None:
        return await self._engine.read(lambda: reads.cursor(stream))

    @override
    async def directory(self) -> DirectorySnapshot | None:
        return await self._engine.read(reads.directory)

    @override
    async def seen(self, keys: tuple[str, ...]) -> frozenset[str]:
        return await self._engine.read(lambda: reads.seen(keys))

    @override
    async def answer(self, once: str) -> str | None:
        return await self._engine.read(lambda: reads.answer(once))

    @override
    async def incident(self, ref: Ref) -> StoredIncident | None:
        return await self._engine.read(lambda: reads.incident(ref))

    @override
    async def incident_of_group(self, group: str) -> StoredIncident | None:
        return await self._engine.read(lambda: reads.incident_of_group(group))

    @override
    async def open_incidents(self, limit: int) -> tuple[StoredIncident, ...]:
        return await self._engine.read(lambda: reads.open_incidents(limit))

    @override
    async def open_versions(self) -> dict[Ref, int]:
        return await self._engine.read(reads.open_versions)

    @override
    async def alert_events(self, group: str, after: int, limit: int) -> tuple[AlertEvent, ...]:
        return await self._engine.read(lambda: reads.alert_events(group, after, limit))

    @override
    async def newest_alerts(self, limit: int) -> tuple[str, ...]:
        return await self._engine.read(lambda: reads.newest_alerts(limit))

    @override
    async def account(self, since: datetime, until: datetime) -> dict[str, StormSum]:
        return await self._engine.read(lambda: reads.account(since, until))

    @override
    async def alert_pages(self, since: datetime) -> int:
        return await self._engine.read(lambda: reads.alert_pages(since))

    @override
    async def silences(self, ending_after: datetime) -> tuple[str, ...]:
        return await self._engine.read(lambda: reads.silences(ending_after))

    @override
    async def records_of_alerts(
        self, alerts: tuple[str, ...], most: int
    ) -> Mapping[str, tuple[str, ...]]:
        return await self._engine.read(lambda: reads.records_of_alerts(alerts, most))

    @override
    async def items_of(self, ref: Ref) -> tuple[tuple[ItemFate, ...], ...] | None:
        return await self._engine.read(lambda: reads.items_of(ref))

    @override
    async def ingest(self, ref: Ref) -> bytes | None:
        return await self._engine.read(lambda: reads.ingest(ref))

    @override
    async def waiting_before(self, delivery: DeliveryId, sender: ExtensionNumber) -> int:
        return await self._engine.read(lambda: reads.waiting_before(delivery, sender))

    @override
    async def put_by(
        self, sender: ExtensionNumber, now: datetime, limit: int
    ) -> tuple[Delivery, ...]:
        return await self._engine.read(lambda: reads.put_by(sender, now, limit))

    @override
    async def kept_waiting(self, sender: ExtensionNumber, now: datetime) -> frozenset[str]:
        return await self._engine.read(lambda: reads.kept_waiting(sender, now))

    @override
    async def sends(
        self, sender: ExtensionNumber, since: datetime
    ) -> tuple[tuple[datetime, Delivery], ...]:
        return await self._engine.read(lambda: reads.sends(sender, since))

    @override
    async def used(self, sender: ExtensionNumber, since: datetime, now: datetime) -> int:
        return await self._engine.read(lambda: reads.used(sender, since, now))

    @override
    async def counts(self) -> dict[DeliveryState, int]:
        return await self._engine.read(reads.counts)

    @override
    async def backlog(self) -> Backlog:
        return await self._engine.read(reads.backlog)

    @override
    async def dead_letters(self, limit: int) -> tuple[Delivery, ...]:
        return await self._engine.read(lambda: reads.dead_letters(limit))

    @override
    async def take_over(self, now: datetime) -> datetime | None:
        # Every start asks: to write for it would be to wait for a replica that froze writing.
        if await self._engine.read(restored.is_backup):
            await self._engine.write(lambda: restored.take_over(now), audit.seal)
        return await self._engine.read(restored.taken_at)

    @override
    async def unsettled(self, taken_at: datetime, now: datetime) -> int:
        count = await self._engine.write(lambda: restored.unsettled(taken_at, now))
        self._engine.notify()
        return count

    @override
    async def audit(self, after: int, limit: int) -> tuple[AuditRecord, ...]:
        return await self._engine.read(lambda: audit.records(after, limit))

    @override
    async def audit_newest(self, limit: int, ref: str = "") -> tuple[AuditRecord, ...]:
        return await self._engine.read(lambda: audit.newest(limit, ref))

    @override
    async def audit_ends(self) -> AuditEnds:
        return await self._engine.read(audit.ends)

    @override
    async def forget_audit(self, before: datetime, limit: int) -> int:
        now = self._now()
        # Alone: it holds the head from its beginning, and others' lanes are not to wait for that.
        forget = followed_by(lambda: audit.forget(before, limit, now), audit.seal)
        return await self._engine.migrate(forget)

    @override
    async def personal(self, whose: Erasure) -> Personal:
        return await self._walk(whose, write=False)

    @override
    async def erase(self, whose: Erasure) -> Personal:
        return await self._walk(whose, write=True)

    async def _walk(self, whose: Erasure, *, write: bool) -> Personal:
        """Go through every table; each batch lets others write in between."""
        found = Personal()
        run = self._engine.write if write else self._engine.read
        for place in erasure.PLACES:
            after: int | str | None = place.first
            while after is not None:
                script = partial(erasure.batch, place, whose, after, _ERASED_AT_ONCE, write=write)
                after, counted = await run(script)
                found += counted
        return found

    @override
    async def forget(self, before: datetime, limit: int) -> int:
        now = self._now()
        return await self._engine.write(lambda: retention.forget(before, limit, now))


def _makes_due(unit: Unit, before: datetime | None) -> bool:
    """Whether a unit may make something due; what is due later than `before` does not count."""
    return any(
        isinstance(change, Settle | Release | Once)
        or (
            isinstance(change, Enqueue)
            and (before is None or (change.due_at or change.at) < before)
        )
        for change in unit.changes
    )
