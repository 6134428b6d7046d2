"""The tables, for migrations and their tests only: opening a database never imports this.

Whole numbers hold times (microseconds since 1970, UTC), text holds ids and versioned JSON facts.
Partial indexes keep the work independent of what is finished or blocked. There are no foreign
keys: rows are forgotten in small batches, each table by its own age.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()

_Whole = BigInteger().with_variant(Integer(), "sqlite")
_STRICT: dict[str, Any] = {"sqlite_strict": True}
_BY_KEY: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _index(name: str, *columns: str, where: str | None = None) -> Index:
    clause = None if where is None else text(where)
    return Index(name, *columns, sqlite_where=clause, postgresql_where=clause)


Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", _Whole, nullable=False),
    Column("answer", Text),
    _index("inbox_by_age", "at"),
    **_BY_KEY,
)

Table(
    "pages",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", _Whole, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_at", _Whole, nullable=False),
    Column("closed_at", _Whole),
    Column("sent_at", _Whole),
    Column("fault", Text),
    Column("thread", Text),
    Column("replies", _Whole, nullable=False),
    Column("last_reply_from", Text, nullable=False),
    Column("last_reply_at", _Whole),
    Column("mode", Text),
    _index("pages_of_author", "workspace", "author", "created_at"),
    _index("pages_by_time", "created_at"),
    _index("pages_by_reply", "last_reply_at", where="last_reply_at IS NOT NULL"),
    _index("pages_by_thread", "thread", where="thread IS NOT NULL"),
    _index("pages_closed", "closed_at", where="closed_at IS NOT NULL"),
    **_STRICT,
)

Table(
    "links",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("conversation", Text, primary_key=True),
    Column("ref", Text, nullable=False),
    Column("newest", Text, nullable=False),
    Column("newest_at", _Whole, nullable=False),
    Column("owner", _Whole, nullable=False),
    _index("links_of_page", "ref"),
    **_BY_KEY,
)

# `head` is the first open delivery. `token` fences out workers whose claim is over. `holder` is the
# session of the replica that took the last lease, where there can be several.
Table(
    "lanes",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("token", _Whole, nullable=False),
    Column("head", _Whole),
    Column("priority", _Whole, nullable=False),
    Column("due_at", _Whole),
    Column("lease_until", _Whole),
    Column("idle_since", _Whole),
    Column("holder", _Whole),
    _index("lanes_due", "priority", "due_at", where="due_at IS NOT NULL"),
    _index("lanes_leased", "lease_until", where="lease_until IS NOT NULL"),
    _index("lanes_idle", "idle_since", where="idle_since IS NOT NULL"),
    **_BY_KEY,
)

# `target`, `sender`, `says` and `receipt_message` are what a delivery is found by (`codec.keys`).
# Ids are never used twice (autoincrement): buttons in old messages carry them.
Table(
    "deliveries",
    metadata,
    Column("id", _Whole, primary_key=True),
    Column("lane", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("sender", Text),
    Column("says", Text),
    Column("priority", _Whole, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", _Whole, nullable=False),
    Column("looks", _Whole, nullable=False),
    Column("created_at", _Whole, nullable=False),
    Column("due_at", _Whole, nullable=False),
    Column("started_at", _Whole),
    Column("finished_at", _Whole),
    Column("outbound", Text, nullable=False),
    Column("fault", Text),
    Column("receipt", Text),
    Column("receipt_message", Text),
    Column("released_at", _Whole),
    _index("deliveries_open", "lane", "id", where="finished_at IS NULL"),
    _index("deliveries_urgency", "lane", "priority", where="finished_at IS NULL"),
    _index(
        "deliveries_of_sender", "sender", "id", where="finished_at IS NULL AND sender IS NOT NULL"
    ),
    _index(
        "deliveries_sent",
        "sender",
        "finished_at",
        where="sender IS NOT NULL AND finished_at IS NOT NULL",
    ),
    _index(
        "deliveries_by_receipt",
        "sender",
        "receipt_message",
        where="receipt_message IS NOT NULL",
    ),
    _index("deliveries_of_page", "ref", "says"),
    _index("deliveries_by_reply", "target", where="kind = 'send_page_reply'"),
    _index("deliveries_dead", "id", where="state IN ('refused', 'held')"),
    _index("deliveries_finished", "finished_at", where="finished_at IS NOT NULL"),
    sqlite_autoincrement=True,
    **_STRICT,
)

# What sources said, by group, read from a position on; only the fate changes. `item` names one of a
# request's items, in several rows where it joins several groups; one that joins none has no group.
# `alert` is what its source calls the alert.
Table(
    "alert_events",
    metadata,
    Column("id", _Whole, primary_key=True),
    Column("group_key", Text, nullable=False),
    Column("at", _Whole, nullable=False),
    Column("facts", Text, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("item", Text, nullable=False, server_default=""),
    Column("fate", Text, nullable=False, server_default="waiting"),
    Column("alert", Text, nullable=False, server_default=""),
    _index("alert_events_of_group", "group_key", "id"),
    _index("alert_events_by_age", "at"),
    _index("alert_events_of_alert", "alert", "group_key", "id", where="alert <> ''"),
    _index("alert_events_of_item", "item", "id", where="item <> ''"),
    sqlite_autoincrement=True,
    **_STRICT,
)

Table(
    "incidents",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("group_key", Text, nullable=False),
    Column("version", _Whole, nullable=False),
    Column("changed_at", _Whole, nullable=False),
    Column("closed_at", _Whole),
    Column("facts", Text, nullable=False),
    _index("incidents_of_group", "group_key", "changed_at"),
    _index("incidents_open", "changed_at", where="closed_at IS NULL"),
    _index("incidents_closed", "closed_at", where="closed_at IS NOT NULL"),
    **_STRICT,
)

Table(
    "ingests",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("at", _Whole, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("items", _Whole, nullable=False, server_default="0"),
    _index("ingests_by_age", "at"),
    **_STRICT,
)

Table(
    "silences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("ends_at", _Whole, nullable=False),
    Column("facts", Text, nullable=False),
    _index("silences_by_end", "ends_at"),
    **_STRICT,
)

# One row per linked person; an extension is one person's.
Table(
    "people",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("extension", Text, primary_key=True),
    Column("chat_user", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("extension_name", Text, nullable=False),
    Column("linked_at", _Whole, nullable=False),
    Column("credential", Text, nullable=False),
    _index("people_by_user", "workspace", "chat_user"),
    **_BY_KEY,
)

# A row gets its number and seal at the end of the transaction that writes it.
Table(
    "audit",
    metadata,
    Column("id", _Whole, primary_key=True),
    Column("number", _Whole),
    Column("at", _Whole, nullable=False),
    Column("act", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("seal", Text),
    _index("audit_unsealed", "id", where="number IS NULL"),
    _index("audit_by_number", "number"),
    _index("audit_of_ref", "ref", "number"),
    _index("audit_checkpoints", "number", where="act = 'audit.forgotten'"),
    sqlite_autoincrement=True,
    **_STRICT,
)

# One row, the trail's newest record; whoever appends locks it.
Table(
    "audit_head",
    metadata,
    Column("id", _Whole, primary_key=True, autoincrement=False),
    Column("number", _Whole, nullable=False),
    Column("seal", Text, nullable=False),
    **_STRICT,
)

# `backup`: this is a copy, taken then. `restored`: it is in use again, and not reconciled yet.
Table(
    "standing",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", _Whole, nullable=False),
    **_STRICT,
)

# What is counted against limits, for about as long as they look back.
Table(
    "spends",
    metadata,
    Column("id", _Whole, primary_key=True),
    Column("meter", Text, nullable=False),
    Column("at", _Whole, nullable=False),
    _index("spends_of_meter", "meter", "at"),
    _index("spends_by_age", "at"),
    **_STRICT,
)

# The last transaction of each writer, on PostgreSQL: SQLite counts in the file's head.
Table(
    "commits",
    metadata,
    Column("writer", Text, primary_key=True),
    Column("number", _Whole, nullable=False),
    Column("at", _Whole, nullable=False),
    **_BY_KEY,
)

Table(
    "drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("expires_at", _Whole, nullable=False),
    Column("body", Text, nullable=False),
    _index("drafts_by_age", "expires_at"),
    **_STRICT,
)

Table(
    "cursors",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("moved_at", _Whole, nullable=False),
    **_BY_KEY,
)

Table(
    "directory",
    metadata,
    Column("id", _Whole, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    **_STRICT,
)

Table(
    "vault",
    metadata,
    Column("name", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    **_STRICT,
)
