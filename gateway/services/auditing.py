"""The audit trail, read and verified; its end is told to the log, where nobody rewrites it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.domain.audit import BEGINNING, AuditEnds, AuditHead, AuditRecord, Broken, Verifier
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many records were followed, from where to where, and the first bad one if any."""

    followed: int
    ends: AuditEnds
    broken: Broken | None = None


@dataclass
class AuditTrail:
    """Looks after the trail."""

    store: Store
    clock: Clock
    observer: Observer
    _anchor: AuditHead = field(default=BEGINNING, init=False)

    async def newest(self, limit: int, ref: str) -> tuple[AuditRecord, ...]:
        """Read the newest records, of everything or of one reference.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        return await self.store.audit_newest(limit, ref)

    async def older(self, than: int, limit: int) -> tuple[AuditRecord, ...]:
        """Read records before a number, newest first.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        found = await self.store.audit(max(than - 1 - limit, 0), limit)
        return tuple(each for each in reversed(found) if each.number < than)

    async def everything(self) -> AsyncIterator[AuditRecord]:
        """Read the whole trail, oldest first, some at a time.

        Raises:
            StoreUnavailableError: the rest could not be read.
        """
        ends = await self.store.audit_ends()
        at = ends.start.number
        while records := await self.store.audit(at, _BATCH):
            for record in records:
                yield record
            at = records[-1].number

    async def anchor(self) -> AuditHead:
        """Tell the log where the trail ends, when it has moved on since.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        head = (await self.store.audit_ends()).head
        # A head that went back is no anchor: what was told before must stay true.
        if head.number > self._anchor.number:
            self._anchor = head
            self.observer.saw("audit.anchored", number=head.number, seal=head.seal)
        return self._anchor

    async def verify(self, anchors: Mapping[int, str]) -> Verdict:
        """Follow the whole trail, and hold it against anchors: those given, and our own last one.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        own = {self._anchor.number: self._anchor.seal} if self._anchor != BEGINNING else {}
        verdict = None
        while verdict is None:
            verdict = await self._follow({**own, **anchors})
        if verdict.broken:
            bad = verdict.broken
            self.observer.saw("audit.broken", number=bad.number, error_code=bad.flaw.value)
        return verdict

    async def _follow(self, anchors: Mapping[int, str]) -> Verdict | None:
        """Follow what is there now; `None` when retention took away what we stood on."""
        ends = await self.store.audit_ends()
        verifier = Verifier(ends.start, anchors)
        broken, at = None, ends.start.number
        while broken is None and at < ends.head.number:
            limit = min(_BATCH, ends.head.number - at)
            records = await self.store.audit(at, limit)
            found = (verifier.follow(record) for record in records)
            broken = next((each for each in found if each), None)
            if not records:
                break
            at = records[-1].number
        broken = broken or verifier.end(ends)
        if broken and (await self.store.audit_ends()).start != ends.start:
            return None
        return Verdict(verifier.followed, ends, broken)

    async def forget(self, older_than: timedelta) -> None:
        """Remove old records in batches; a checkpoint vouches for them.

        Raises:
            StoreUnavailableError: what is left goes another time.
        """
        before = self.clock.now() - older_than
        while await self.store.forget_audit(before, _BATCH):
            await self.clock.sleep(0)
