"""What the gateway must not forget.

A use case reads, decides, and hands over one `Unit`: changes that are committed together or not
at all. The store knows no rules; it keeps keys unique, lanes in order and stale workers out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

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
from gateway.domain.routing.fates import Fate, StormSum
from gateway.ports.changes import Change


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to one delivery: the fencing token of its lane, until `lease_until`."""

    delivery: Delivery
    lane: str
    token: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Unit:
    """Changes that belong together.

    `once` is an inbox key: if it was committed before, nothing happens and the result is
    `REPEATED`. `fence` is the claim under which a worker acts: if the lane's token moved on,
    nothing happens and the result is `STALE`. A page whose reference exists already makes
    `TAKEN`; make another reference and commit again. A meter without room for a `Spend` makes
    `FULL`. `answer` is kept under `once` for as long as the key, so that whoever repeats can be
    told the same. `trace` is the traceparent that its deliveries are stored with; the store adds
    it.
    """

    changes: tuple[Change, ...] = ()
    once: str | None = None
    fence: Claim | None = None
    answer: str | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """An incident as it was written; `facts` are its owner's to read."""

    ref: Ref
    group: str
    version: int
    facts: str
    open: bool


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One entry of a group's record."""

    id: int
    facts: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemFate:
    """What became of an item on one of its ways; `facts` as they were recorded.

    `group` is that of the record, or empty for an item that joins none.
    """

    fate: Fate
    facts: str
    at: datetime
    group: str = ""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What stands: since when the oldest delivery waits to be sent, dead letters, incidents."""

    oldest: datetime | None
    dead: Mapping[DeliveryState, int]
    incidents: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """Who is to be taken out: their ids, empty where they have none, and every name they go by."""

    user: str
    extension: str
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Personal:
    """How much of a person is on record. What is `open` is still to be sent, and stays for that."""

    pages: int = 0
    messages: int = 0
    incidents: int = 0
    silences: int = 0
    drafts: int = 0
    open: int = 0

    def __add__(self, other: "Personal") -> "Personal":
        """Add what was found elsewhere."""
        sums = (getattr(self, f.name) + getattr(other, f.name) for f in fields(self))
        return Personal(*sums)


class Committed(StrEnum):
    """How a unit ended."""

    DONE = "done"
    REPEATED = "repeated"
    STALE = "stale"
    TAKEN = "taken"
    FULL = "full"


class Store(Protocol):
    """The database, without its language.

    Raises (every method):
        StoreUnavailableError: nothing was written, or nothing could be read. After a commit whose
            outcome is unknown the store itself settles by key what happened before it raises.
    """

    async def commit(self, unit: Unit) -> Committed:
        """Write a unit durably: it survives kill -9 and power loss once this returns."""
        ...

    # the outbox

    async def claim(self, now: datetime, limit: int, lease_s: float) -> tuple[Claim, ...]:
        """Take up to `limit` due lanes, each with its first unfinished delivery.

        READY becomes CLAIMED (durably). UNKNOWN and RECONCILING keep their state: the worker looks.
        A lane with an unexpired lease, or whose head is HELD, is never due.
        """
        ...

    async def begin(self, claim: Claim, now: datetime) -> Delivery | None:
        """Commit ATTEMPTING (attempt + 1, started now) before the first byte leaves.

        `None` when the claim is stale or the delivery was cancelled meanwhile.
        """
        ...

    async def release(self, claim: Claim, due_at: datetime) -> None:
        """Give a claimed delivery back untried, due at `due_at`."""
        ...

    async def recover(self, now: datetime, *, everything: bool) -> int:
        """Settle what a dead worker left: ATTEMPTING becomes UNKNOWN, CLAIMED becomes READY.

        With `everything` all leases count as dead (a single process just started and owns the
        database), else only expired ones. Returns how many deliveries changed.
        """
        ...

    async def bring_forward(self, now: datetime, until: datetime) -> None:
        """Make due now what is due until then and in nobody's hands: the clock was put back."""
        ...

    async def next_due(self) -> datetime | None:
        """Tell when the earliest lane wants attention; `None` when nothing waits."""
        ...

    async def wait(self, until: datetime | None = None) -> None:
        """Return soon after a commit made a lane due (in this process or another replica).

        One that makes nothing due before `until`, when the caller looks anyway, may be left out.
        May return early for no reason; never polls.
        """
        ...

    # reading

    async def page(self, ref: Ref) -> Page | None:
        """Read a page."""
        ...

    async def pages_of(
        self, workspace: WorkspaceId, author: ChatUserId, limit: int
    ) -> tuple[Page, ...]:
        """Read a person's last pages, newest first."""
        ...

    async def pages(
        self, limit: int, state: PageState | None = None, before: datetime | None = None
    ) -> tuple[Page, ...]:
        """Read everybody's newest pages, newest first; all, or those in a state, or made before."""
        ...

    async def tally(
        self, since: datetime, every: timedelta
    ) -> Mapping[datetime, Counter[PageState]]:
        """Count pages made since then by how they stand, in spans of `every`, by their beginnings.

        Spans without a page are left out.
        """
        ...

    async def page_of_thread(self, thread: ChatThread) -> Page | None:
        """Find the page whose status message is this thread's root."""
        ...

    async def threads(self, active_after: datetime, limit: int) -> tuple[ChatThread, ...]:
        """List threads of pages made or answered from the pager since then, newest first."""
        ...

    async def deliveries(self, ref: Ref) -> tuple[Delivery, ...]:
        """Read all deliveries of a page, oldest first."""
        ...

    async def links(self, ref: Ref) -> tuple[ThreadLink, ...]:
        """Read every mailbox's view of a page's conversation.

        The most recently used come first (`Link.at`): a page whose conversation grew too old has
        a second one, and replies hang on the newer. Of copies of one message, the owner's is first.
        """
        ...

    async def link_of(
        self, mailbox: ExtensionNumber, conversation: ConversationId
    ) -> ThreadLink | None:
        """Find a conversation as one mailbox sees it."""
        ...

    async def is_ours(self, mailbox: ExtensionNumber, message: PagerMessageId) -> bool:
        """Whether a pager message is the receipt of one of our deliveries."""
        ...

    async def sent_text(self, ref: Ref, sender: ExtensionNumber, text: str) -> bool:
        """Whether a delivery of this page, in any state, says `text` from `sender` (echo guard)."""
        ...

    async def reply_delivery(self, thread: ChatThread, message: ChatMessageId) -> Delivery | None:
        """Find the delivery a chat message in a thread became; part 1 of several."""
        ...

    async def draft(self, draft: DraftId) -> Draft | None:
        """Read a draft, used up or expired ones excepted."""
        ...

    async def people(self, workspace: WorkspaceId) -> tuple[PersonLink, ...]:
        """Read who linked themselves, the newest link last."""
        ...

    async def spent(self, meter: str, since: datetime) -> tuple[datetime, ...]:
        """Tell when something was counted on a meter since then, oldest first."""
        ...

    async def cursor(self, stream: str) -> str | None:
        """Read how far a stream was read."""
        ...

    async def seen(self, keys: tuple[str, ...]) -> frozenset[str]:
        """Tell which of these inbox keys were committed."""
        ...

    async def answer(self, once: str) -> str | None:
        """Read what was kept as the answer under an inbox key; `None` when there is none."""
        ...

    async def incident(self, ref: Ref) -> StoredIncident | None:
        """Read an incident."""
        ...

    async def incident_of_group(self, group: str) -> StoredIncident | None:
        """Read a group's newest incident, open or closed."""
        ...

    async def open_incidents(self, limit: int) -> tuple[StoredIncident, ...]:
        """Read incidents that are not closed, the most recently changed first."""
        ...

    async def open_versions(self) -> dict[Ref, int]:
        """Tell the version of every incident that is not closed."""
        ...

    async def alert_events(self, group: str, after: int, limit: int) -> tuple[AlertEvent, ...]:
        """Read a group's record from behind `after` on, oldest first."""
        ...

    async def newest_alerts(self, limit: int) -> tuple[str, ...]:
        """Read the newest entries of all groups' records, the newest first."""
        ...

    async def account(self, since: datetime, until: datetime) -> Mapping[str, StormSum]:
        """Add up by source what came in a span of time and what became of it, at one moment.

        An item on several routes has the strongest of its fates. Counts are whole for spans that
        retention has not reached.
        """
        ...

    async def alert_pages(self, since: datetime) -> int:
        """Count pager deliveries about alerts (references `al_…`, `dg_…`) sent since then."""
        ...

    async def silences(self, ending_after: datetime) -> tuple[str, ...]:
        """Read the silences that had not ended by then, as they were written."""
        ...

    async def records_of_alerts(
        self, alerts: tuple[str, ...], most: int
    ) -> Mapping[str, tuple[str, ...]]:
        """Read the newest entry about each alert in each group it joined, oldest first.

        Of more groups than `most` the latest count. An alert nobody knows has none.
        """
        ...

    async def items_of(self, ref: Ref) -> tuple[tuple[ItemFate, ...], ...] | None:
        """Read what became of each item of a request, in order, on each of its ways.

        `None` when no such request is kept.
        """
        ...

    async def ingest(self, ref: Ref) -> bytes | None:
        """Read a kept request body."""
        ...

    async def directory(self) -> DirectorySnapshot | None:
        """Read the kept directory."""
        ...

    async def waiting_before(self, delivery: DeliveryId, sender: ExtensionNumber) -> int:
        """Count this sender's unsent pager deliveries that are older and due no later."""
        ...

    async def put_by(
        self, sender: ExtensionNumber, now: datetime, limit: int
    ) -> tuple[Delivery, ...]:
        """Read this sender's pager deliveries that were never due yet, the most urgent first."""
        ...

    async def kept_waiting(self, sender: ExtensionNumber, now: datetime) -> frozenset[str]:
        """Tell in which lanes a person's reply stands behind what `put_by` reads."""
        ...

    async def sends(
        self, sender: ExtensionNumber, since: datetime
    ) -> tuple[tuple[datetime, Delivery], ...]:
        """Read this sender's pager deliveries that came to their ends since then, and when.

        Oldest first; those that were never attempted are left out.
        """
        ...

    async def used(self, sender: ExtensionNumber, since: datetime, now: datetime) -> int:
        """Count those, and this sender's open deliveries that are, or were, due; not those held."""
        ...

    async def counts(self) -> dict[DeliveryState, int]:
        """Count deliveries by state, finished ones excepted."""
        ...

    async def backlog(self) -> Backlog:
        """Tell what stands. What waits for a time or for a person is not waiting to be sent."""
        ...

    async def dead_letters(self, limit: int) -> tuple[Delivery, ...]:
        """Read deliveries that ended as REFUSED or wait as HELD, newest first."""
        ...

    async def take_over(self, now: datetime) -> datetime | None:
        """Tell of when the backup is that this database was restored from, until `EndRestore`.

        The first to ask after a restore has everything open looked for before it is sent.
        """
        ...

    async def unsettled(self, taken_at: datetime, now: datetime) -> int:
        """Count what may have been sent since a backup and was not found out about yet.

        With 0, nothing that could be sent was enqueued before anybody looked for it.
        """
        ...

    async def audit(self, after: int, limit: int) -> tuple[AuditRecord, ...]:
        """Read the audit trail from behind a number on, oldest first."""
        ...

    async def audit_newest(self, limit: int, ref: str = "") -> tuple[AuditRecord, ...]:
        """Read the newest audit records, newest first; all of them, or one reference's."""
        ...

    async def audit_ends(self) -> AuditEnds:
        """Tell where the kept trail begins and where it ends."""
        ...

    async def forget_audit(self, before: datetime, limit: int) -> int:
        """Remove the oldest audit records, those older than `before`, and seal a checkpoint.

        At most `limit` at a time; returns how many.
        """
        ...

    async def personal(self, whose: Erasure) -> Personal:
        """Count what a person wrote and where their names stand, beside the audit trail."""
        ...

    async def erase(self, whose: Erasure) -> Personal:
        """Take it out, in small batches; what was begun is finished by asking again."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Remove up to `limit` finished rows and inbox keys older than `before`; returns how many.

        Inbox keys live at least eight days whatever is asked.
        """
        ...
