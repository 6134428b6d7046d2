"""The audit trail: what people and operators did, each record sealed to the one before it.

A record is altered, removed or inserted only by making every later seal wrong. Its end is guarded
by the head, kept beside it, and by anchors: copies of the head that were told elsewhere (the log).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from gateway.domain.errors import FactValue
from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Act(StrEnum):
    """What somebody did."""

    PAGE_ACCEPTED = "page.accepted"
    PAGE_CANCELLED = "page.cancelled"
    PAGE_SENT_AGAIN = "page.sent_again"
    PAGE_MARKED_SENT = "page.marked_sent"
    INCIDENT_ACKNOWLEDGED = "incident.acknowledged"
    INCIDENT_ESCALATED = "incident.escalated"
    INCIDENT_SNOOZED = "incident.snoozed"
    INCIDENT_RESOLVED = "incident.resolved"
    SILENCE_ADDED = "silence.added"
    SILENCE_EXTENDED = "silence.extended"
    SILENCE_EXPIRED = "silence.expired"
    PERSON_LINKED = "person.linked"
    PERSON_UNLINKED = "person.unlinked"
    DRILL_BEGUN = "drill.begun"
    PERSON_ERASED = "person.erased"
    MEMBERSHIP_ASKED = "membership.asked"
    MEMBERSHIP_CONFIRMED = "membership.confirmed"
    THREAD_SWITCHED = "thread.switched"
    ROUTES_RELOADED = "routes.reloaded"
    ROUTES_ROLLED_BACK = "routes.rolled_back"
    DEAD_LETTER_RETRIED = "dead_letter.retried"
    DEAD_LETTER_DISCARDED = "dead_letter.discarded"
    SENDING_PAUSED = "sending.paused"
    SENDING_RESUMED = "sending.resumed"
    CONSOLE_SIGNED_IN = "console.signed_in"
    CONSOLE_SIGNED_OUT = "console.signed_out"
    CONSOLE_SESSION_ENDED = "console.session_ended"
    WORKSPACE_JOINED = "workspace.joined"
    WORKSPACE_LEFT = "workspace.left"
    BACKUP_RESTORED = "backup.restored"
    AUDIT_FORGOTTEN = "audit.forgotten"
    """A checkpoint: records up to the number in its facts were removed by retention."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, and the door it came through: `chat`, `pager`, `api`, `control`, `console` ….

    A chat user (`T1/U1`), an extension (`ext 104`), a program, an operator; `gateway` itself.
    """

    who: str
    origin: str

    @classmethod
    def of_person(cls, workspace: WorkspaceId, user: ChatUserId) -> Self:
        """Name somebody who acts in the chat."""
        return cls(f"{workspace}/{user}", "chat")

    @classmethod
    def of_extension(cls, number: ExtensionNumber) -> Self:
        """Name somebody who acts on the pager."""
        return cls(f"ext {number}", "pager")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, to what, when, from where. Facts are codes and ids, never what was written."""

    act: Act
    ref: str
    by: Actor
    at: datetime
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest record's number and seal; copied elsewhere it is an anchor."""

    number: int
    seal: str


BEGINNING = AuditHead(0, "")
"""Before the first record."""


@dataclass(frozen=True, slots=True)
class AuditEnds:
    """Where the kept trail begins (behind what retention removed), and where it ends."""

    start: AuditHead
    head: AuditHead
    last: int
    """The highest number there is; the head's, unless somebody else wrote."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry as it is kept; `facts` is JSON, `at` microseconds since 1970 (UTC)."""

    number: int
    at: int
    act: str
    ref: str
    who: str
    origin: str
    facts: str
    seal: str = ""

    @property
    def moment(self) -> datetime:
        """When it was (UTC), to the microsecond."""
        return _EPOCH + timedelta(microseconds=self.at)

    def sealed_after(self, before: str) -> str:
        """Give the seal this record must have behind one with the seal `before`."""
        told = (self.number, self.at, self.act, self.ref, self.who, self.origin, self.facts)
        return hashlib.sha256(json.dumps([before, *told]).encode()).hexdigest()


class Flaw(StrEnum):
    """What is wrong with a trail."""

    ALTERED = "altered"
    """The record does not fit its seal: it was changed, or something before it was."""
    MISSING = "missing"
    """A record is not there: the first one missing is named."""
    BEYOND = "beyond"
    """A record stands behind the head: it was not written by the gateway."""
    NOT_THE_ANCHORED = "not_the_anchored"
    """The record is not the one an anchor was taken of: the trail was written anew."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first bad record, and what is wrong with it."""

    number: int
    flaw: Flaw


@dataclass
class Verifier:
    """Follows the records in order of their numbers, from a checkpoint on."""

    start: AuditHead
    anchors: Mapping[int, str]
    followed: int = field(default=0, init=False)
    _at: AuditHead = field(init=False)

    def __post_init__(self) -> None:
        """Begin behind the last record that retention removed."""
        self._at = self.start

    def follow(self, record: AuditRecord) -> Broken | None:
        """Check the next record; `None` when it is in order."""
        number = self._at.number + 1
        if record.number != number:
            return Broken(number, Flaw.MISSING)
        if record.seal != record.sealed_after(self._at.seal):
            return Broken(number, Flaw.ALTERED)
        if self.anchors.get(number, record.seal) != record.seal:
            return Broken(number, Flaw.NOT_THE_ANCHORED)
        self._at = AuditHead(number, record.seal)
        self.followed += 1
        return None

    def end(self, ends: AuditEnds) -> Broken | None:
        """Check that the trail ends where the head and the anchors say, and nothing is behind."""
        number = self._at.number + 1
        if max((ends.head.number, *self.anchors)) >= number:
            return Broken(number, Flaw.MISSING)
        if ends.head != self._at:
            return Broken(self._at.number, Flaw.ALTERED)
        return Broken(number, Flaw.BEYOND) if ends.last > ends.head.number else None
