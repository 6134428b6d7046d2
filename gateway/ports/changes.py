"""What a unit may change: each is a value that the store writes as it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.audit import AuditEntry
from gateway.domain.deliveries import DeliveryState, Step
from gateway.domain.directory import DirectorySnapshot
from gateway.domain.ids import ChannelId, DeliveryId, DraftId, Ref, WorkspaceId
from gateway.domain.outbound import Outbound
from gateway.domain.pages import ChatThread, Draft, Fault, Page, PageState, ThreadLink
from gateway.domain.people import PersonLink
from gateway.domain.routing.fates import Fate
from gateway.domain.threads import ThreadMode


@dataclass(frozen=True, slots=True)
class NewPage:
    """Insert a page. A reference that exists already makes the unit `TAKEN`."""

    page: Page


@dataclass(frozen=True, slots=True)
class MovePage:
    """Write how a page stands: state, fault (None clears it) and the time of the change.

    `sent_at` is written when given and kept otherwise. Touches no other column: the lanes of one
    page run at the same time, each owns its own columns. A CANCELLED page stays cancelled.
    """

    ref: Ref
    state: PageState
    at: datetime
    fault: Fault | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnchorPage:
    """Remember the thread that a page's status message began; touches no other column."""

    ref: Ref
    thread: ChatThread


@dataclass(frozen=True, slots=True)
class SwitchThread:
    """Remember what of a page's thread goes to the pager; touches no other column."""

    ref: Ref
    mode: ThreadMode


@dataclass(frozen=True, slots=True)
class CountReply:
    """One more reply from the pager on a page: counter, who and when, in place."""

    ref: Ref
    sender_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Append to a lane. Lower `priority` numbers go first between lanes (0 people … 9 digests).

    With `coalesce`, nothing is appended when the lane already has a READY delivery of the same
    kind and target that was never attempted: it will show the newest facts anyway. If that one is
    due later than `at`, it is brought forward. What is put by until later has a `due_at`.
    """

    lane: str
    ref: Ref
    outbound: Outbound
    at: datetime
    priority: int = 5
    coalesce: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Insert or update one mailbox's view of a conversation.

    `newest` only moves forward in time: an older message never replaces a newer one (`at`).
    """

    link: ThreadLink
    at: datetime


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Keep a draft until it expires."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Use a draft up. In a unit with `once`, the unit repeats if the draft is gone already."""

    draft: DraftId


@dataclass(frozen=True, slots=True)
class Settle:
    """Move a claimed delivery on; refused as stale unless the unit's fence still holds it."""

    delivery: DeliveryId
    step: Step


@dataclass(frozen=True, slots=True)
class Release:
    """Let a delivery go on that is HELD or waits, or call it off.

    Applied only while the delivery is in one of `when`; otherwise the whole unit is `STALE`.
    """

    delivery: DeliveryId
    state: DeliveryState
    at: datetime
    when: tuple[DeliveryState, ...]


@dataclass(frozen=True, slots=True)
class MoveCursor:
    """Remember how far a stream was read: a mailbox, the looks at a heartbeat, routes taken."""

    stream: str
    cursor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SaveDirectory:
    """Keep the directory for the next start."""

    snapshot: DirectorySnapshot


@dataclass(frozen=True, slots=True)
class Once:
    """Changes with an inbox key of their own: left out when that key was committed before.

    Unlike `Unit.once`, which decides about the unit, this decides about one item of many.
    `otherwise` is what a repeat changes.
    """

    key: str
    changes: tuple["Change", ...]
    otherwise: tuple["Change", ...] = ()


@dataclass(frozen=True, slots=True)
class RecordAlert:
    """Append what a source said to a group's record; ids rise in the order of commits.

    `item` names the item of a request, the same in every group it joins; its fate is open. `alert`
    is what the source calls the alert, the same whenever it says something about it.
    """

    group: str
    facts: str
    at: datetime
    source: str = ""
    item: str = ""
    alert: str = ""


@dataclass(frozen=True, slots=True)
class CountItem:
    """Note what became of an item that joins no group, and what there is to say about it."""

    source: str
    item: str
    fate: Fate
    at: datetime
    facts: str = ""


@dataclass(frozen=True, slots=True)
class SetFates:
    """Note what became of entries of groups' records, by their ids."""

    fates: Mapping[int, Fate]


@dataclass(frozen=True, slots=True)
class SaveIncident:
    """Insert an incident (`version` 0) or write its next version over the one that was read.

    Somebody else's newer version makes the whole unit `STALE`: read again and decide again.
    """

    ref: Ref
    group: str
    version: int
    facts: str
    at: datetime
    open: bool = True


@dataclass(frozen=True, slots=True)
class KeepIngest:
    """Keep a request's raw body, credentials already taken out, until retention removes it.

    `items` is how many fates it will have in `Store.account`.
    """

    ref: Ref
    source: str
    body: bytes
    at: datetime
    items: int = 0


@dataclass(frozen=True, slots=True)
class SaveSilence:
    """Insert or replace a silence; it can be forgotten some time after it ended."""

    id: str
    facts: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LinkPerson:
    """Make an extension a person's own: it leaves its holder, and they leave what they had."""

    link: PersonLink


@dataclass(frozen=True, slots=True)
class UnlinkPerson:
    """Take this link back; one that replaced it meanwhile stays."""

    link: PersonLink


@dataclass(frozen=True, slots=True)
class Spend:
    """Count one thing on a meter that takes `most` since then; one more makes the unit `FULL`.

    What was counted until `since` is forgotten: a meter has one length of time, always.
    """

    meter: str
    at: datetime
    most: int
    since: datetime


@dataclass(frozen=True, slots=True)
class MoveThreads:
    """A channel got another id."""

    workspace: WorkspaceId
    old: ChannelId
    new: ChannelId


@dataclass(frozen=True, slots=True)
class Audit:
    """Append to the audit trail; sealed to its end in the same transaction."""

    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class EndRestore:
    """Everything that was open in a restored backup is settled."""


Change = (
    NewPage
    | MovePage
    | AnchorPage
    | SwitchThread
    | CountReply
    | Enqueue
    | Link
    | SaveDraft
    | DropDraft
    | Settle
    | Release
    | MoveCursor
    | SaveDirectory
    | MoveThreads
    | Once
    | RecordAlert
    | CountItem
    | SetFates
    | SaveIncident
    | KeepIngest
    | SaveSilence
    | LinkPerson
    | UnlinkPerson
    | Spend
    | Audit
    | EndRestore
)
