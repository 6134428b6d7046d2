"""Conversations, pages and everybody's copies of them, in the store.

These functions run on the store's thread (`Store.run`), inside one transaction.
"""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from adapters.pager.embedded.config import Dialect
from adapters.pager.embedded.directory import Extension
from adapters.pager.embedded.errors import refuse
from adapters.pager.embedded.pages import (
    Conversation,
    Draft,
    Envelope,
    World,
    begin,
    check_may_reply,
    recipients,
    reply,
)

FIRST_CONVERSATION_ID = 2**62  # above 2^53: a client that goes through floats must notice at once


# The sender of the pager's own notices.
NOBODY = Extension(id=0, number="", name="Company Pager")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a copy goes, and on which side of the page its owner stands."""

    owner: int
    direction: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One mailbox's copy of a page."""

    message_id: int
    mailbox: int
    direction: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored page. `first` is the sender's own copy, as a row (a notice has no such copy)."""

    conversation: int
    sender: str
    recipients: tuple[str, ...]
    text: str
    copies: tuple[Copy, ...]
    first: sqlite3.Row


def accept(db: sqlite3.Connection, draft: Draft, sender: Extension, world: World) -> Accepted:
    """Judge and store a page: all its copies or none."""
    if draft.reply_on is None:
        envelope = begin(sender, recipients(draft, world), world)
    else:
        conversation = _answered(db, draft.reply_on, sender, world.dialect)
        check_may_reply(sender, conversation, world)
        envelope = reply(sender, conversation, recipients(draft, world), world)
    return post(db, envelope, draft.text, world)


def post(db: sqlite3.Connection, envelope: Envelope, text: str, world: World) -> Accepted:
    """Store a page and the copies it makes."""
    conversation = _conversation(db, envelope, world.now_ms)
    page = _page(db, conversation, envelope, text, world)
    mailboxes = [Mailbox(each.id, "Inbound") for each in envelope.mailboxes]
    if envelope.sender is not NOBODY:
        mailboxes.insert(0, Mailbox(envelope.sender.id, "Outbound"))
    copies = [_copy(db, page, conversation, each, world) for each in mailboxes]
    return Accepted(
        conversation=conversation,
        sender=envelope.sender.number,
        recipients=tuple(each.number for each in envelope.to),
        text=text,
        copies=tuple(copies),
        first=db.execute("SELECT * FROM copy WHERE id = ?", (copies[0].message_id,)).fetchone(),
    )


def notify(db: sqlite3.Connection, person: Extension, text: str, world: World) -> Accepted:
    """Put a notice of the pager itself into a mailbox; nobody sent it."""
    notice = Envelope(NOBODY, (person,), (person,), (person.id,), None)
    return post(db, notice, text, world)


def _page(
    db: sqlite3.Connection, conversation: int, envelope: Envelope, text: str, world: World
) -> int:
    return _insert(
        db,
        "INSERT INTO page (conversation, sender, recipients, text, to_department, is_reply,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        conversation,
        json.dumps(_caller(envelope.sender)),
        json.dumps([_caller(each) for each in envelope.to]),
        text,
        any(each.is_department for each in envelope.to),
        envelope.conversation is not None,
        world.now_ms,
    )


def _insert(db: sqlite3.Connection, statement: str, *values: str | int) -> int:
    """Insert one row and return its id."""
    return db.execute(statement, values).lastrowid or 0


def _caller(extension: Extension) -> dict[str, str]:
    if extension is NOBODY:
        return {"name": NOBODY.name}
    return {
        "extensionNumber": extension.number,
        "extensionId": str(extension.id),
        "name": extension.name,
    }


def _answered(
    db: sqlite3.Connection, reply_on: int, sender: Extension, dialect: Dialect
) -> Conversation:
    """Find the conversation of `replyOn`, which must be the sender's own, undeleted copy."""
    row = db.execute(
        "SELECT c.id, c.last_at FROM message m JOIN conversation c ON c.id = m.conversation"
        " WHERE m.id = ? AND m.deleted_at IS NULL AND (m.mailbox = ? OR NOT ?)",
        (reply_on, sender.id, dialect.reply_on_own_copy_only),
    ).fetchone()
    if row is None:
        raise refuse(dialect.unknown_reply_on, status=400, parameter="replyOn")
    places = db.execute("SELECT extension FROM place WHERE conversation = ?", (row["id"],))
    return Conversation(row["id"], tuple(each for (each,) in places), row["last_at"])


def _conversation(db: sqlite3.Connection, envelope: Envelope, now_ms: int) -> int:
    """Begin or continue a conversation and return its internal number."""
    if envelope.conversation is None:
        number = _insert(db, "INSERT INTO conversation (last_at) VALUES (?)", now_ms)
    else:
        number = envelope.conversation
        db.execute("UPDATE conversation SET last_at = ? WHERE id = ?", (now_ms, number))
    db.executemany(
        "INSERT OR IGNORE INTO place (conversation, extension) VALUES (?, ?)",
        [(number, each) for each in envelope.places],
    )
    return number


def _copy(
    db: sqlite3.Connection, page: int, conversation: int, mailbox: Mailbox, world: World
) -> Copy:
    own = mailbox.direction == "Outbound"
    message_id = _insert(
        db,
        "INSERT INTO message (mailbox, page, conversation, conversation_id, direction,"
        " read_status, created_at, modified_at, indexed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        mailbox.owner,
        page,
        conversation,
        conversation_id(conversation, mailbox.owner, world.dialect),
        mailbox.direction,
        world.dialect.outbound_read_status if own else "Unread",
        world.now_ms,
        world.now_ms,
        world.visible_at_ms,
    )
    _keep_within_cap(db, mailbox.owner, world.dialect)
    return Copy(message_id, mailbox.owner, mailbox.direction)


def conversation_id(conversation: int, mailbox: int, dialect: Dialect) -> int:
    """Name a conversation in one mailbox: a hash, as real ids look, above 2^62."""
    owner = 0 if dialect.one_conversation_id else mailbox
    digest = hashlib.blake2b(f"{conversation}:{owner}".encode(), digest_size=8).digest()
    return FIRST_CONVERSATION_ID + int.from_bytes(digest) % FIRST_CONVERSATION_ID


def _keep_within_cap(db: sqlite3.Connection, mailbox: int, dialect: Dialect) -> None:
    if dialect.mailbox_cap is not None:
        db.execute(
            "DELETE FROM message WHERE mailbox = ?1 AND id NOT IN"
            " (SELECT id FROM message WHERE mailbox = ?1 ORDER BY id DESC LIMIT ?2)",
            (mailbox, dialect.mailbox_cap),
        )


def age_conversations(db: sqlite3.Connection, mailbox: int | None, by_ms: int) -> int:
    """Let the conversations of a mailbox (`None`: all) look older; return how many."""
    return db.execute(
        "UPDATE conversation SET last_at = last_at - ?1 WHERE ?2 IS NULL OR id IN"
        " (SELECT conversation FROM message WHERE mailbox = ?2)",
        (by_ms, mailbox),
    ).rowcount


def log_entries(db: sqlite3.Connection, after: int, limit: int) -> list[dict[str, Any]]:
    """List accepted pages in order of acceptance, each with the mailboxes that have a copy."""
    pages = db.execute(
        "SELECT * FROM page WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
    ).fetchall()
    entries = []
    for page in pages:
        copies = db.execute(
            "SELECT id, mailbox, direction FROM message WHERE page = ? ORDER BY id", (page["id"],)
        ).fetchall()
        entries.append({"page": page, "copies": copies})
    return entries
