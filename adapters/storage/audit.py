"""The audit trail: entries are appended by units and sealed at the end of their transaction.

Sealing comes last because it locks the one head that all replicas share: whoever holds it waits for
nobody else's lock, so replicas never wait in a circle, and hold each other up for one commit only.
"""

import json
from datetime import datetime

from adapters.storage import statements as sql
from adapters.storage.codec.envelope import micros
from adapters.storage.engine import Call, Script
from gateway.domain.audit import (
    BEGINNING,
    Act,
    Actor,
    AuditEnds,
    AuditEntry,
    AuditHead,
    AuditRecord,
)
from gateway.domain.errors import FactValue

_RETENTION = Actor("gateway", "retention")


def append(entry: AuditEntry) -> Call:
    """Append an entry, still without number and seal."""
    facts = json.dumps(dict(entry.facts), sort_keys=True)
    return sql.APPEND_AUDIT(
        micros(entry.at), entry.act, entry.ref, entry.by.who, entry.by.origin, facts
    )


def seal() -> Script[None]:
    """Number and seal what this transaction appended; nobody else's is ever visible unsealed."""
    ((number, before),) = yield sql.LOCK_AUDIT()
    sealed: list[tuple[int, int, str]] = []
    for row, *told in (yield sql.UNSEALED()):
        number += 1
        before = AuditRecord(number, *told).sealed_after(before)
        sealed.append((row, number, before))
    if sealed:
        yield sql.SEAL_AUDIT.many(sealed)
        yield sql.MOVE_AUDIT_HEAD(number, before)


def ends() -> Script[AuditEnds]:
    """Read where the kept trail begins, and where it ends."""
    start, head, last = BEGINNING, BEGINNING, 0
    for (facts,) in (yield sql.AUDIT_CHECKPOINT()):
        start = _checkpoint(facts)
    for number, of_head, highest in (yield sql.AUDIT_HEAD()):
        head, last = AuditHead(number, of_head), highest or 0
    return AuditEnds(start, head, last)


def _checkpoint(facts: str) -> AuditHead:
    """Read up to where a checkpoint says that records were removed; nonsense is the beginning."""
    try:
        told = json.loads(facts)
        return AuditHead(int(told["number"]), str(told["seal"]))
    except (ValueError, KeyError, TypeError):
        return BEGINNING


def records(after: int, limit: int) -> Script[tuple[AuditRecord, ...]]:
    """Read the trail from behind a number on."""
    return tuple(AuditRecord(*row) for row in (yield sql.AUDIT(after, limit)))


def newest(limit: int, ref: str) -> Script[tuple[AuditRecord, ...]]:
    """Read the newest records, of everything or of one reference."""
    rows = yield sql.AUDIT_OF_REF(ref, limit) if ref else sql.AUDIT_NEWEST(limit)
    return tuple(AuditRecord(*row) for row in rows if row[0] is not None)


def forget(before: datetime, limit: int, now: datetime) -> Script[int]:
    """Remove the oldest records and append a checkpoint that says up to which.

    Locks the head first: of two replicas, the later must not say less than the earlier.
    """
    yield sql.LOCK_AUDIT()
    now_there = yield from ends()
    oldest = yield from records(now_there.start.number, limit)
    newest = now_there.head.number
    old = [each for each in oldest if each.at < micros(before) and each.number < newest]
    if not old:
        return 0
    last = old[-1]
    yield sql.FORGET_AUDIT(last.number)
    facts: dict[str, FactValue] = {"number": last.number, "seal": last.seal}
    yield append(AuditEntry(Act.AUDIT_FORGOTTEN, "", _RETENTION, now, facts))
    return len(old)
