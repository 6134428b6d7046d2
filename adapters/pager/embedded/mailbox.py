"""One extension's messages: listing, reading, marking, deleting, and what changed since.

These functions run on the store's thread (`Store.run`). Membership is judged at every read: copies
of a conversation whose list the owner has left are hidden until he is back.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from adapters.pager.embedded.directory import Extension
from adapters.pager.embedded.pages import World, standing

DAY_MS = 86_400_000
PURGED_AFTER_MS = 5 * DAY_MS
FORGOTTEN_AFTER_MS = 10 * DAY_MS

# A place in a conversation is one's own extension or a department one belongs to now.
_MEMBER = """
  EXISTS (SELECT 1 FROM place WHERE place.conversation = m.conversation
          AND place.extension IN (SELECT value FROM json_each(:standing)))"""
_KNOWN = "(m.deleted_at IS NULL OR m.deleted_at > :forgotten)"
_CHOSEN = f"""
  m.mailbox = :mailbox AND m.created_at BETWEEN :date_from AND :date_to
  AND m.indexed_at BETWEEN :since AND :now AND {_KNOWN}
  AND CASE WHEN m.deleted_at IS NULL THEN 'Alive' WHEN m.deleted_at > :purged THEN 'Deleted'
      ELSE 'Purged' END IN (SELECT value FROM json_each(:availability))
  AND (:direction IS NULL OR m.direction IN (SELECT value FROM json_each(:direction)))
  AND (:read_status IS NULL OR m.read_status IN (SELECT value FROM json_each(:read_status)))
  AND (:conversation IS NULL OR m.conversation_id = :conversation)
  AND :only_pager AND {_MEMBER}"""  # noqa: S608  built of constants; every value is bound
_WANTED = f"""
  {_CHOSEN} AND (NOT :distinct OR m.id IN
    (SELECT max(m.id) FROM message m WHERE {_CHOSEN} GROUP BY m.conversation))"""  # noqa: S608  same
_COUNT = f"SELECT count(*) FROM message m WHERE {_WANTED}"  # noqa: S608  same
_LIST = f"""SELECT * FROM copy m WHERE {_WANTED}
  ORDER BY m.created_at DESC, m.id DESC LIMIT :limit OFFSET :offset"""  # noqa: S608  same
_CHANGED = f"SELECT * FROM copy m WHERE {_WANTED} ORDER BY m.indexed_at, m.id"  # noqa: S608  same
_READ = f"""SELECT * FROM copy m WHERE m.mailbox = :mailbox
  AND m.id IN (SELECT value FROM json_each(:ids)) AND {_KNOWN} AND {_MEMBER}"""  # noqa: S608  same


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list or sync asks for; `None` means no restriction. Times in milliseconds."""

    date_from_ms: int
    date_to_ms: int
    conversation_id: int | None = None
    direction: tuple[str, ...] | None = None
    read_status: tuple[str, ...] | None = None
    availability: tuple[str, ...] = ("Alive",)
    distinct_conversations: bool = False
    only_pager: bool = True  # False: other message types were asked for, and there are none


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list and how many there are in all."""

    rows: list[sqlite3.Row]
    total: int


def availability(row: sqlite3.Row, now_ms: int) -> str:
    """Tell what is left of a copy: deleted ones are purged after about five days."""
    if row["deleted_at"] is None:
        return "Alive"
    return "Deleted" if now_ms - row["deleted_at"] < PURGED_AFTER_MS else "Purged"


def list_messages(
    db: sqlite3.Connection,
    owner: Extension,
    wanted: Filter,
    world: World,
    *,
    offset: int,
    limit: int,
) -> Listed:
    """List by creation time, newest first."""
    values = _values(owner, wanted, world)
    rows = db.execute(_LIST, {**values, "limit": limit, "offset": offset}).fetchall()
    (total,) = db.execute(_COUNT, values).fetchone()
    return Listed(rows, total)


def changed_messages(
    db: sqlite3.Connection, owner: Extension, wanted: Filter, since_ms: int, world: World
) -> list[sqlite3.Row]:
    """List copies that appeared, changed or went since a moment, in order of change."""
    whatever_state = replace(
        wanted, date_to_ms=world.now_ms, availability=("Alive", "Deleted", "Purged")
    )
    values = _values(owner, whatever_state, world)
    return db.execute(_CHANGED, {**values, "since": since_ms}).fetchall()


def _values(owner: Extension, wanted: Filter, world: World) -> dict[str, Any]:
    def choice(chosen: tuple[str, ...] | None) -> str | None:
        return None if chosen is None else json.dumps(chosen)

    return {
        "mailbox": owner.id,
        "date_from": wanted.date_from_ms,
        "date_to": wanted.date_to_ms,
        "since": 0,
        "now": world.now_ms,
        "purged": world.now_ms - PURGED_AFTER_MS,
        "forgotten": world.now_ms - FORGOTTEN_AFTER_MS,
        "availability": choice(wanted.availability),
        "direction": choice(wanted.direction),
        "read_status": choice(wanted.read_status),
        "conversation": wanted.conversation_id,
        "distinct": wanted.distinct_conversations,
        "only_pager": wanted.only_pager,
        "standing": _standing(owner, world),
    }


def _standing(owner: Extension, world: World) -> str:
    return json.dumps(sorted(standing(owner, world.directory)))


def read_messages(
    db: sqlite3.Connection, owner: Extension, ids: Iterable[int], world: World
) -> dict[int, sqlite3.Row]:
    """Fetch copies by id; missing are those of others, forgotten ones and hidden ones."""
    values = {
        "mailbox": owner.id,
        "ids": json.dumps(list(ids)),
        "forgotten": world.now_ms - FORGOTTEN_AFTER_MS,
        "standing": _standing(owner, world),
    }
    return {row["id"]: row for row in db.execute(_READ, values)}


def has_left(db: sqlite3.Connection, owner: Extension, message_id: int) -> bool:
    """Tell whether a copy exists although `read_messages` hides it."""
    query = "SELECT 1 FROM message WHERE id = ? AND mailbox = ? AND deleted_at IS NULL"
    return db.execute(query, (message_id, owner.id)).fetchone() is not None


def mark(db: sqlite3.Connection, ids: Iterable[int], read_status: str, now_ms: int) -> None:
    """Set the read status of copies."""
    db.executemany(
        "UPDATE message SET read_status = ?, modified_at = ?, indexed_at = max(indexed_at, ?)"
        " WHERE id = ?",
        [(read_status, now_ms, now_ms, each) for each in ids],
    )


def delete(db: sqlite3.Connection, ids: Iterable[int], now_ms: int, *, purge: bool) -> None:
    """Delete copies from their own mailbox only; `purge` skips the days in between."""
    deleted_at = now_ms - PURGED_AFTER_MS if purge else now_ms
    db.executemany(
        "UPDATE message SET deleted_at = min(coalesce(deleted_at, ?1), ?1), modified_at = ?2,"
        " indexed_at = max(indexed_at, ?2) WHERE id = ?3",
        [(deleted_at, now_ms, each) for each in ids],
    )


def restore(db: sqlite3.Connection, ids: Iterable[int], now_ms: int) -> None:
    """Bring deleted copies back."""
    db.executemany(
        "UPDATE message SET deleted_at = NULL, modified_at = ?1,"
        " indexed_at = max(indexed_at, ?1) WHERE id = ?2",
        [(now_ms, each) for each in ids],
    )


def of_conversation(
    db: sqlite3.Connection, owner: Extension, conversation_ids: Iterable[int], until_ms: int
) -> list[int]:
    """List the ids of a mailbox's copies in conversations, created up to a moment."""
    rows = db.execute(
        "SELECT id FROM message WHERE mailbox = ? AND created_at <= ?"
        " AND conversation_id IN (SELECT value FROM json_each(?))",
        (owner.id, until_ms, json.dumps(list(conversation_ids))),
    )
    return [each for (each,) in rows]


def forget(db: sqlite3.Connection, now_ms: int) -> None:
    """Remove what was purged long ago; no read shows it any more."""
    db.execute("DELETE FROM message WHERE deleted_at <= ?", (now_ms - FORGOTTEN_AFTER_MS,))


def phone_view(
    db: sqlite3.Connection, owner: Extension, world: World, limit: int
) -> list[tuple[sqlite3.Row, bool]]:
    """List what a phone holds, newest last, each with whether its owner may read it now."""
    newest = db.execute(
        "SELECT * FROM copy WHERE mailbox = ? AND deleted_at IS NULL ORDER BY id DESC LIMIT ?",
        (owner.id, limit),
    )
    rows = newest.fetchall()[::-1]
    readable = read_messages(db, owner, [row["id"] for row in rows], world)
    return [(row, row["id"] in readable) for row in rows]
