"""A unit of changes as one script: all of it, or nothing and a word why."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from adapters.storage import statements as sql
from adapters.storage.audit import append
from adapters.storage.codec import keys, outbox, pages
from adapters.storage.codec.envelope import fragment, micros, micros_or_none
from adapters.storage.engine import Call, Script, Undo, Value, storable_text
from adapters.storage.lanes import Lane, join_lane, open_lane, refresh, save, weigh
from adapters.storage.restored import RESTORED
from gateway.domain.deliveries import DeliveryState
from gateway.domain.pages import Page, ThreadLink
from gateway.domain.people import PersonLink
from gateway.ports.changes import (
    AnchorPage,
    Audit,
    Change,
    CountItem,
    CountReply,
    DropDraft,
    EndRestore,
    Enqueue,
    KeepIngest,
    Link,
    LinkPerson,
    MoveCursor,
    MovePage,
    MoveThreads,
    NewPage,
    Once,
    RecordAlert,
    Release,
    SaveDirectory,
    SaveDraft,
    SaveIncident,
    SaveSilence,
    SetFates,
    Settle,
    Spend,
    SwitchThread,
    UnlinkPerson,
)
from gateway.ports.store import Committed, Unit


def commit_unit(unit: Unit, now: datetime) -> Script[Committed]:
    """Write a unit. Its key comes first: a repeat costs one statement and writes nothing."""
    if unit.once is not None:
        key = keys.inbox_key(unit.once)
        if not (yield sql.REMEMBER_KEY(key, micros(now), unit.answer)):
            return Committed.REPEATED
    lanes = yield from _lock_lanes(unit, now)
    if unit.fence is not None and not lanes[unit.fence.lane].held_by(unit.fence):
        raise Undo(Committed.STALE)
    for _, run in groupby(unit.changes, key=type):
        changes = tuple(run)
        if items := [change for change in changes if isinstance(change, Once)]:
            yield from _apply_items(items, unit, lanes, now)
            continue
        for change in changes:
            yield from _apply(change, unit, lanes, now)
    for lane in lanes.values():
        if lane.changed:
            yield from save(lane)
    return Committed.DONE


def is_audited(unit: Unit) -> bool:
    """Whether a unit may append to the audit trail."""
    return any(isinstance(change, Audit) for change in _flat(unit.changes))


def _lock_lanes(unit: Unit, now: datetime) -> Script[dict[str, Lane]]:
    """Lock every lane the unit touches, in one order, so that replicas never wait in a circle."""
    changes = tuple(_flat(unit.changes))
    names = {change.lane for change in changes if isinstance(change, Enqueue)}
    if unit.fence is not None:
        names.add(unit.fence.lane)
    for change in changes:
        if isinstance(change, Release):
            names.update(lane for lane, _ in (yield sql.LANE_AND_STATE(change.delivery)))
    new = {change.lane for change in changes if isinstance(change, Enqueue) and not change.coalesce}
    lanes: dict[str, Lane] = {}
    for name in sorted(names):
        lanes[name] = yield from (open_lane if name in new else join_lane)(name, now)
    return lanes


def _flat(changes: tuple[Change, ...]) -> Iterator[Change]:
    """List changes with those inside `Once`."""
    for change in changes:
        if isinstance(change, Once):
            yield from _flat(change.changes)
            yield from _flat(change.otherwise)
        else:
            yield change


def _apply(change: Change, unit: Unit, lanes: dict[str, Lane], now: datetime) -> Script[None]:
    match change:
        case Enqueue():
            yield from _enqueue(change, lanes[change.lane], unit.trace)
        case Settle():
            yield from _settle(change, unit, lanes)
        case Release():
            yield from _release(change, lanes)
        case (
            NewPage()
            | MovePage()
            | AnchorPage()
            | SwitchThread()
            | CountReply()
            | Link()
            | MoveThreads()
        ):
            yield from _apply_to_pages(change)
        case DropDraft(draft):
            if not (yield sql.DROP_DRAFT(draft)) and unit.once is not None:
                raise Undo(Committed.REPEATED)
        case SaveDraft() | MoveCursor() | SaveDirectory():
            yield _keep(change)
        case Audit(entry):
            yield append(entry)
        case EndRestore():
            yield sql.NO_LONGER(RESTORED)
        case Once():
            yield from _apply_items((change,), unit, lanes, now)
        case LinkPerson(link):
            yield from _link_person(link)
        case UnlinkPerson(link):
            yield sql.FORGET_PERSON(link.workspace, link.extension, link.user, link.credential)
        case Spend():
            yield from _spend(change)
        case _:
            yield from _apply_to_alerts(change)


def _apply_items(
    items: Sequence[Once], unit: Unit, lanes: dict[str, Lane], now: datetime
) -> Script[None]:
    """Write items that have keys of their own: a thousand alerts are few statements."""
    names = [storable_text(keys.inbox_key(item.key)) for item in items]
    new = {name for (name,) in (yield sql.REMEMBER_KEYS(json.dumps(names), micros(now)))}
    records: list[tuple[Value, ...]] = []
    for name, item in zip(names, items, strict=True):
        changes = item.changes if name in new else item.otherwise
        new.discard(name)
        for change in changes:
            if isinstance(change, RecordAlert):
                records.append(_recorded(change))
            else:
                yield from _apply(change, unit, lanes, now)
    if records:
        yield sql.RECORD_ALERT.many(records)


def _recorded(change: RecordAlert) -> tuple[Value, ...]:
    group, alert = keys.inbox_key(change.group), keys.inbox_key(change.alert)
    return group, micros(change.at), change.facts, change.source, change.item, alert


_PageChange = NewPage | MovePage | AnchorPage | SwitchThread | CountReply | Link | MoveThreads


def _apply_to_pages(change: _PageChange) -> Script[None]:
    match change:
        case NewPage(page):
            yield from _new_page(page)
        case MovePage():
            yield _move_page(change)
        case AnchorPage(ref, thread):
            yield sql.ANCHOR_PAGE(ref, keys.thread_key(thread))
        case SwitchThread(ref, mode):
            yield sql.SWITCH_THREAD(ref, mode)
        case CountReply(ref, sender_name, at):
            yield sql.COUNT_REPLY(ref, sender_name, micros(at))
        case Link(link, at):
            yield _link(link, at)
        case MoveThreads():
            yield from _move_threads(change)


_AlertChange = RecordAlert | CountItem | SetFates | SaveIncident | KeepIngest | SaveSilence


def _apply_to_alerts(change: _AlertChange) -> Script[None]:
    match change:
        case RecordAlert():
            yield sql.RECORD_ALERT(*_recorded(change))
        case CountItem(source, item, fate, at, facts):
            yield sql.COUNT_ITEM(micros(at), source, item, fate, facts)
        case SetFates(fates):
            for fate in sorted({*fates.values()}):
                ids = [event for event, its in fates.items() if its is fate]
                yield sql.SET_FATES(json.dumps(ids), fate)
        case SaveIncident():
            yield from _save_incident(change)
        case KeepIngest(ref, source, body, at, items):
            if not (yield sql.KEEP_INGEST(ref, source, micros(at), body, items)):
                raise Undo(Committed.TAKEN)
        case SaveSilence(silence, facts, ends_at):
            yield sql.SAVE_SILENCE(silence, micros(ends_at), facts)


def _keep(change: SaveDraft | MoveCursor | SaveDirectory) -> Call:
    match change:
        case SaveDraft(draft):
            return sql.SAVE_DRAFT(draft.id, micros(draft.expires_at), pages.write_draft(draft))
        case MoveCursor(stream, cursor, at):
            return sql.SAVE_CURSOR(stream, cursor, micros(at))
        case SaveDirectory(snapshot):
            return sql.SAVE_DIRECTORY(pages.write_directory(snapshot))


def _save_incident(change: SaveIncident) -> Script[None]:
    at = micros(change.at)
    closed_at = None if change.open else at
    if change.version == 0:
        group = keys.inbox_key(change.group)
        if not (yield sql.NEW_INCIDENT(change.ref, group, at, closed_at, change.facts)):
            raise Undo(Committed.TAKEN)
    elif not (yield sql.SAVE_INCIDENT(change.ref, at, closed_at, change.facts, change.version)):
        raise Undo(Committed.STALE)


def _new_page(page: Page) -> Script[None]:
    new = yield sql.NEW_PAGE(
        page.ref,
        page.workspace,
        page.author,
        pages.write_page(page),
        micros(page.created_at),
        page.state,
        micros(page.changed_at),
        micros(page.changed_at) if page.state.final else None,
        micros_or_none(page.sent_at),
        outbox.write_fault(page.fault),
        None if page.thread is None else keys.thread_key(page.thread),
        page.replies,
        page.last_reply_from,
        micros_or_none(page.last_reply_at),
        page.mode,
    )
    if not new:
        raise Undo(Committed.TAKEN)


def _move_page(change: MovePage) -> Call:
    at = micros(change.at)
    return sql.MOVE_PAGE(
        change.ref,
        change.state,
        at,
        at if change.state.final else None,
        micros_or_none(change.sent_at),
        outbox.write_fault(change.fault),
    )


def _enqueue(change: Enqueue, lane: Lane, trace: str) -> Script[None]:
    outbound, at = change.outbound, micros(change.at)
    due_at = at if change.due_at is None else micros(change.due_at)
    kind, target = outbox.kind_of(outbound), keys.target_of(outbound)
    if change.coalesce:
        if lane.awaited.get((kind, target), due_at + 1) <= due_at:
            return
        lane.awaited[kind, target] = due_at
        for same, waits_until in (yield sql.SAME_WAITING(lane.name, kind, target)):
            if waits_until > due_at:
                yield sql.HASTEN(same, due_at)
                if lane.head == same and not lane.lease_until:
                    yield from refresh(lane, at)
            return
    ((delivery,),) = yield sql.INSERT_DELIVERY(
        lane.name,
        change.ref,
        kind,
        target,
        keys.sender_of(outbound),
        keys.says_of(outbound),
        change.priority,
        outbox.write_outbound(outbound, trace),
        at,
        due_at,
    )
    lane.append(delivery, change.priority, due_at)


def _link(link: ThreadLink, at: datetime) -> Call:
    return sql.SAVE_LINK(
        link.mailbox, link.conversation, link.ref, link.newest, micros(at), int(link.owner)
    )


def _link_person(link: PersonLink) -> Script[None]:
    yield sql.LEAVE_OTHERS(link.workspace, link.user, link.extension)
    yield sql.SAVE_PERSON(
        link.workspace,
        link.extension,
        link.user,
        link.user_name,
        link.extension_name,
        micros(link.at),
        link.credential,
    )


def _spend(change: Spend) -> Script[None]:
    yield sql.LOCK_METER(change.meter)
    yield sql.LET_GO(change.meter, micros(change.since))
    if not (yield sql.SPEND(change.meter, micros(change.at), change.most)):
        raise Undo(Committed.FULL)


def _settle(change: Settle, unit: Unit, lanes: dict[str, Lane]) -> Script[None]:
    fence, step = unit.fence, change.step
    if fence is None or fence.delivery.id != change.delivery:
        raise Undo(Committed.STALE)
    lane, due_at = lanes[fence.lane], micros(step.due_at)
    settled = lane.held_by(fence) and (
        yield sql.SETTLE(
            change.delivery,
            step.state,
            due_at,
            due_at if step.state.final else None,
            step.looks,
            outbox.write_fault(step.fault),
            outbox.write_receipt(step.receipt),
            keys.receipt_message(step.receipt),
        )
    )
    if not settled:
        raise Undo(Committed.STALE)
    yield from refresh(lane, due_at)


def _release(change: Release, lanes: dict[str, Lane]) -> Script[None]:
    """Take the delivery from whoever has it: a released head ends the lease on its lane."""
    rows = yield sql.LANE_AND_STATE(change.delivery)
    if not rows or DeliveryState(rows[0][1]) not in change.when:
        raise Undo(Committed.STALE)
    lane, at = lanes[rows[0][0]], micros(change.at)
    finished_at = at if change.state.final else None
    yield sql.RELEASE(change.delivery, change.state, at, finished_at)
    if lane.head == change.delivery or lane.lease_until is None:
        yield from refresh(lane, at)
    else:
        yield from weigh(lane)


def _move_threads(change: MoveThreads) -> Script[None]:
    """Rewrite the channel wherever it stands in a stored fact: rare, so it may read every row."""
    old, new = keys.place(change.workspace, change.old), keys.place(change.workspace, change.new)
    was, is_now = fragment("channel", change.old), fragment("channel", change.new)
    ours, there = f"%{fragment('workspace', change.workspace)}%", f"%{was}%"
    yield sql.REROUTE_PAGES(old, new, was, is_now, ours, there)
    yield sql.REROUTE_DELIVERIES(old, new, was, is_now, ours, there)
    yield sql.REROUTE_DRAFTS(was, is_now, ours, there)
