"""A database that was restored from a backup: everything open in it may have been sent since."""

from datetime import datetime

from adapters.storage import audit
from adapters.storage import statements as sql
from adapters.storage.codec.envelope import micros, moment
from adapters.storage.engine import Script
from gateway.domain.audit import Act, Actor, AuditEntry

BACKUP, RESTORED = "backup", "restored"


def is_backup() -> Script[bool]:
    """Tell whether nobody has worked on this database since it was restored."""
    return bool((yield sql.STANDING(BACKUP)))


def taken_at() -> Script[datetime | None]:
    """Tell of when what is being reconciled is."""
    for (at,) in (yield sql.STANDING(RESTORED)):
        return moment(at)
    return None


def take_over(now: datetime) -> Script[None]:
    """Doubt whatever is open, if this is a backup."""
    for (at,) in (yield sql.NO_LONGER(BACKUP)):
        yield sql.SKIP_IDS()
        yield sql.DOUBT_OPEN(micros(now))
        yield sql.RESET_LANES()
        yield sql.STAND(RESTORED, at)
        facts = {"taken_at": moment(at).isoformat()}
        by = Actor("operator", "restore")
        yield audit.append(AuditEntry(Act.BACKUP_RESTORED, "", by, now, facts))


def unsettled(taken_at: datetime, now: datetime) -> Script[int]:
    """Count what has to be found out before anything is sent; doubts what became ready since."""
    ((open_,),) = yield sql.UNSETTLED(micros(now))
    if open_:
        return int(open_)
    doubted = yield sql.DOUBT_NEW(micros(taken_at), micros(now))
    if doubted:
        yield sql.RESET_LANES()
    return len(doubted)
