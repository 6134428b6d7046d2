"""First tables: inbox, pages, links, lanes, deliveries, drafts, cursors, directory, vault."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STRICT = {"sqlite_strict": True}
_BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    clause = None if where is None else sa.text(where)
    op.create_index(name, table, columns, sqlite_where=clause, postgresql_where=clause)


def upgrade() -> None:
    """Create them."""
    _inbox_and_pages()
    _lanes()
    _deliveries()
    _the_rest()


def _inbox_and_pages() -> None:
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", _Whole, nullable=False),
        **_BY_KEY,
    )
    _index("inbox_by_age", "inbox", ["at"])
    op.create_table(
        "pages",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", _Whole, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changed_at", _Whole, nullable=False),
        sa.Column("closed_at", _Whole),
        sa.Column("sent_at", _Whole),
        sa.Column("fault", sa.Text),
        sa.Column("thread", sa.Text),
        sa.Column("replies", _Whole, nullable=False),
        sa.Column("last_reply_from", sa.Text, nullable=False),
        sa.Column("last_reply_at", _Whole),
        **_STRICT,
    )
    _index("pages_of_author", "pages", ["workspace", "author", "created_at"])
    _index("pages_by_thread", "pages", ["thread"], "thread IS NOT NULL")
    _index("pages_closed", "pages", ["closed_at"], "closed_at IS NOT NULL")
    op.create_table(
        "links",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("conversation", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("newest", sa.Text, nullable=False),
        sa.Column("newest_at", _Whole, nullable=False),
        sa.Column("owner", _Whole, nullable=False),
        **_BY_KEY,
    )
    _index("links_of_page", "links", ["ref"])


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("token", _Whole, nullable=False),
        sa.Column("head", _Whole),
        sa.Column("priority", _Whole, nullable=False),
        sa.Column("due_at", _Whole),
        sa.Column("lease_until", _Whole),
        sa.Column("idle_since", _Whole),
        **_BY_KEY,
    )
    _index("lanes_due", "lanes", ["priority", "due_at"], "due_at IS NOT NULL")
    _index("lanes_leased", "lanes", ["lease_until"], "lease_until IS NOT NULL")
    _index("lanes_idle", "lanes", ["idle_since"], "idle_since IS NOT NULL")


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _Whole, primary_key=True),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("sender", sa.Text),
        sa.Column("says", sa.Text),
        sa.Column("priority", _Whole, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", _Whole, nullable=False),
        sa.Column("looks", _Whole, nullable=False),
        sa.Column("created_at", _Whole, nullable=False),
        sa.Column("due_at", _Whole, nullable=False),
        sa.Column("started_at", _Whole),
        sa.Column("finished_at", _Whole),
        sa.Column("outbound", sa.Text, nullable=False),
        sa.Column("fault", sa.Text),
        sa.Column("receipt", sa.Text),
        sa.Column("receipt_message", sa.Text),
        sqlite_autoincrement=True,
        **_STRICT,
    )
    table, is_open = "deliveries", "finished_at IS NULL"
    _index("deliveries_open", table, ["lane", "id"], is_open)
    _index("deliveries_urgency", table, ["lane", "priority"], is_open)
    _index("deliveries_of_sender", table, ["sender", "id"], f"{is_open} AND sender IS NOT NULL")
    _index(
        "deliveries_by_receipt",
        table,
        ["sender", "receipt_message"],
        "receipt_message IS NOT NULL",
    )
    _index("deliveries_of_page", table, ["ref", "says"])
    _index("deliveries_by_reply", table, ["target"], "kind = 'send_page_reply'")
    _index("deliveries_dead", table, ["id"], "state IN ('refused', 'held')")
    _index("deliveries_finished", table, ["finished_at"], "finished_at IS NOT NULL")


def _the_rest() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("expires_at", _Whole, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        **_STRICT,
    )
    _index("drafts_by_age", "drafts", ["expires_at"])
    op.create_table(
        "cursors",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("moved_at", _Whole, nullable=False),
        **_BY_KEY,
    )
    op.create_table(
        "directory",
        sa.Column("id", _Whole, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        **_STRICT,
    )
    op.create_table(
        "vault",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        **_STRICT,
    )
