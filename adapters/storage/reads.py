"""What the gateway asks its database, each question one script."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.storage import statements as sql
from adapters.storage.codec import keys, pages
from adapters.storage.codec.envelope import micros, moment, moment_or_none
from adapters.storage.engine import Row, Rows, Script, storable_text
from adapters.storage.errors import UnreadableFactError
from adapters.storage.rows import link_of, person_of, shown_delivery
from gateway.domain.alerts import item_ref
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
from gateway.ports.store import AlertEvent, Backlog, ItemFate, StoredIncident

_NEVER = 2**62
"""Later than any time in microseconds."""
_FATES = tuple(Fate)
"""By strength, as `statements.ACCOUNT` counts them."""


def page(ref: Ref) -> Script[Page | None]:
    """Read a page."""
    for row in (yield sql.PAGE(ref)):
        return pages.read_page(row)
    return None


def pages_of(workspace: WorkspaceId, author: ChatUserId, limit: int) -> Script[tuple[Page, ...]]:
    """Read a person's last pages; one that cannot be read does not hide the others."""
    return _readable((yield sql.PAGES_OF(workspace, author, limit)))


def _readable(rows: Rows) -> tuple[Page, ...]:
    found: list[Page] = []
    for row in rows:
        try:
            found.append(pages.read_page(row))
        except UnreadableFactError:
            continue
    return tuple(found)


def newest_pages(
    limit: int, state: PageState | None, before: datetime | None
) -> Script[tuple[Page, ...]]:
    """Read the newest pages; one that cannot be read does not hide the others."""
    end = micros(before) if before else _NEVER
    rows = yield sql.PAGES_IN_STATE(state, end, limit) if state else sql.PAGES(end, limit)
    return _readable(rows)


def tally(since: datetime, every: timedelta) -> Script[Mapping[datetime, Counter[PageState]]]:
    """Count pages by span and state."""
    found: dict[datetime, Counter[PageState]] = {}
    for span, state, count in (yield sql.TALLY(micros(since), every // timedelta(microseconds=1))):
        counts = found.setdefault(since + every * int(span), Counter())
        counts[PageState(state)] += int(count)
    return found


def page_of_thread(thread: ChatThread) -> Script[Page | None]:
    """Find the page a thread hangs from."""
    for row in (yield sql.PAGE_OF_THREAD(keys.thread_key(thread))):
        return pages.read_page(row)
    return None


def threads(active_after: datetime, limit: int) -> Script[tuple[ChatThread, ...]]:
    """List threads of pages with life in them."""
    rows = yield sql.THREADS(micros(active_after), limit)
    return tuple(filter(None, (keys.thread_of_key(thread) for (thread,) in rows)))


def deliveries(ref: Ref) -> Script[tuple[Delivery, ...]]:
    """Read a page's deliveries, oldest first."""
    return tuple(map(shown_delivery, (yield sql.DELIVERIES(ref))))


def links(ref: Ref) -> Script[tuple[ThreadLink, ...]]:
    """Read every mailbox's view of a page's conversation, the owner's first."""
    return tuple(map(link_of, (yield sql.LINKS(ref))))


def link(mailbox: ExtensionNumber, conversation: ConversationId) -> Script[ThreadLink | None]:
    """Read one mailbox's view of a conversation."""
    for row in (yield sql.LINK(mailbox, conversation)):
        return link_of(row)
    return None


def is_ours(mailbox: ExtensionNumber, message: PagerMessageId) -> Script[bool]:
    """Whether a mailbox's message is the receipt of a delivery it sent."""
    return bool((yield sql.IS_OURS(mailbox, message)))


def sent_text(ref: Ref, sender: ExtensionNumber, text: str) -> Script[bool]:
    """Whether a delivery of a page says exactly this."""
    return bool((yield sql.SENT_TEXT(ref, keys.says(sender, text))))


def reply_delivery(thread: ChatThread, message: ChatMessageId) -> Script[Delivery | None]:
    """Find the first delivery a chat message became."""
    for row in (yield sql.REPLY_DELIVERY(keys.message_key(thread, message))):
        return shown_delivery(row)
    return None


def draft(number: DraftId, now: datetime) -> Script[Draft | None]:
    """Read a draft that has not expired."""
    for (body,) in (yield sql.DRAFT(number, micros(now))):
        return pages.read_draft(body)
    return None


def people(workspace: WorkspaceId) -> Script[tuple[PersonLink, ...]]:
    """Read who linked themselves."""
    return tuple(map(person_of, (yield sql.PEOPLE(workspace))))


def spent(meter: str, since: datetime) -> Script[tuple[datetime, ...]]:
    """Tell what was counted on a meter."""
    return tuple(moment(at) for (at,) in (yield sql.SPENT(meter, micros(since))))


def cursor(stream: str) -> Script[str | None]:
    """Read how far a stream was read."""
    for (text,) in (yield sql.CURSOR(stream)):
        return str(text)
    return None


def directory() -> Script[DirectorySnapshot | None]:
    """Read the kept directory."""
    for (body,) in (yield sql.DIRECTORY()):
        return pages.read_directory(body)
    return None


def waiting_before(delivery: DeliveryId, sender: ExtensionNumber) -> Script[int]:
    """Count the open pager deliveries of a sender before this one."""
    ((count,),) = yield sql.WAITING_BEFORE(delivery, sender)
    return int(count)


def put_by(sender: ExtensionNumber, now: datetime, limit: int) -> Script[tuple[Delivery, ...]]:
    """Read what a sender has put by for later."""
    return tuple(map(shown_delivery, (yield sql.PUT_BY(sender, micros(now), limit))))


def kept_waiting(sender: ExtensionNumber, now: datetime) -> Script[frozenset[str]]:
    """Tell where somebody waits behind what is put by."""
    return frozenset(lane for (lane,) in (yield sql.KEPT_WAITING(sender, micros(now))))


def sends(
    sender: ExtensionNumber, since: datetime
) -> Script[tuple[tuple[datetime, Delivery], ...]]:
    """Read what a sender sent, and when it came to its end."""
    rows = yield sql.SENDS(sender, micros(since))
    return tuple((moment(at), shown_delivery(row)) for at, *row in rows)


def used(sender: ExtensionNumber, since: datetime, now: datetime) -> Script[int]:
    """Count what a sender sent, has begun or is about to."""
    ((count,),) = yield sql.USED(sender, micros(since), micros(now))
    return int(count)


def counts() -> Script[dict[DeliveryState, int]]:
    """Count open deliveries by state."""
    return {DeliveryState(state): count for state, count in (yield sql.COUNTS())}


def backlog() -> Script[Backlog]:
    """Tell what stands."""
    ((oldest, incidents_open),) = yield sql.BACKLOG()
    dead = dict.fromkeys((DeliveryState.REFUSED, DeliveryState.HELD), 0)
    dead |= {DeliveryState(state): count for state, count in (yield sql.DEAD_COUNTS())}
    return Backlog(moment_or_none(oldest), dead, int(incidents_open))


def dead_letters(limit: int) -> Script[tuple[Delivery, ...]]:
    """Read what was refused or is held, newest first."""
    return tuple(map(shown_delivery, (yield sql.DEAD_LETTERS(limit))))


# --- alerts ------------------------------------------------------------------------------------


def seen(wanted: tuple[str, ...]) -> Script[frozenset[str]]:
    """Tell which keys were committed, one index look-up each."""
    kept = {storable_text(keys.inbox_key(once)): once for once in wanted}
    rows = (yield sql.SEEN_KEYS(json.dumps(list(kept)))) if kept else ()
    return frozenset(kept[key] for (key,) in rows)


def answer(once: str) -> Script[str | None]:
    """Read what was answered under a key."""
    for (text,) in (yield sql.ANSWER(keys.inbox_key(once))):
        return None if text is None else str(text)
    return None


def incident(ref: Ref) -> Script[StoredIncident | None]:
    """Read an incident."""
    for row in (yield sql.INCIDENT(ref)):
        return _incident(row)
    return None


def incident_of_group(group: str) -> Script[StoredIncident | None]:
    """Read a group's newest incident."""
    for row in (yield sql.INCIDENT_OF_GROUP(keys.inbox_key(group))):
        return _incident(row)
    return None


def open_incidents(limit: int) -> Script[tuple[StoredIncident, ...]]:
    """Read what is not closed."""
    return tuple(map(_incident, (yield sql.OPEN_INCIDENTS(limit))))


def open_versions() -> Script[dict[Ref, int]]:
    """Tell the versions of what is not closed."""
    return {Ref(ref): version for ref, version in (yield sql.OPEN_VERSIONS())}


def alert_events(group: str, after: int, limit: int) -> Script[tuple[AlertEvent, ...]]:
    """Read a group's record from a position on."""
    rows = yield sql.ALERT_EVENTS(keys.inbox_key(group), after, limit)
    return tuple(AlertEvent(number, facts, moment(at)) for number, facts, at in rows)


def newest_alerts(limit: int) -> Script[tuple[str, ...]]:
    """Read what was said last, whatever group it joined."""
    return tuple(facts for (facts,) in (yield sql.NEWEST_ALERTS(limit)))


def records_of_alerts(alerts: tuple[str, ...], most: int) -> Script[dict[str, tuple[str, ...]]]:
    """Read where alerts are, one index look-up each."""
    found: dict[str, tuple[str, ...]] = {}
    for alert in alerts:
        rows = yield sql.RECORDS_OF_ALERT(keys.inbox_key(alert), most)
        found[alert] = tuple(facts for (facts,) in rows)
    return found


def items_of(ref: Ref) -> Script[tuple[tuple[ItemFate, ...], ...] | None]:
    """Read what became of a request's items."""
    for (count,) in (yield sql.ITEMS_OF(ref)):
        items: list[tuple[ItemFate, ...]] = []
        for place in range(count):
            rows = yield sql.FATES_OF_ITEM(item_ref(ref, place))
            items.append(tuple(ItemFate(Fate(f), facts, moment(at), g) for f, facts, at, g in rows))
        return tuple(items)
    return None


def account(since: datetime, until: datetime) -> Script[dict[str, StormSum]]:
    """Add up by source what came and what became of it."""
    ingested: Counter[str] = Counter()
    fates: defaultdict[str, dict[Fate, int]] = defaultdict(dict)
    for source, strength, count in (yield sql.ACCOUNT(micros(since), micros(until))):
        if strength is None:
            ingested[source] = int(count)
        else:
            fates[source][_FATES[strength]] = count
    return {s: StormSum(ingested[s], fates[s]) for s in sorted({*ingested, *fates})}


def alert_pages(since: datetime) -> Script[int]:
    """Count what pagers got about alerts."""
    ((count,),) = yield sql.ALERT_PAGES(micros(since))
    return int(count)


def silences(ending_after: datetime) -> Script[tuple[str, ...]]:
    """Read the silences that had not ended by then."""
    return tuple(facts for (facts,) in (yield sql.SILENCES(micros(ending_after))))


def ingest(ref: Ref) -> Script[bytes | None]:
    """Read a kept request body."""
    for (body,) in (yield sql.INGEST(ref)):
        return bytes(body)
    return None


def _incident(row: Row) -> StoredIncident:
    ref, group, version, facts, closed_at = row
    return StoredIncident(Ref(ref), group, version, facts, closed_at is None)
