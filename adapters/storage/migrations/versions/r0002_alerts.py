"""Alerts: what sources said, incidents, kept request bodies, silences. Nothing old changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"

_Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STRICT = {"sqlite_strict": True}


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    clause = None if where is None else sa.text(where)
    op.create_index(name, table, columns, sqlite_where=clause, postgresql_where=clause)


def upgrade() -> None:
    """Create them."""
    _alert_events()
    _incidents()
    _ingests_and_silences()


def _alert_events() -> None:
    op.create_table(
        "alert_events",
        sa.Column("id", _Whole, primary_key=True),
        sa.Column("group_key", sa.Text, nullable=False),
        sa.Column("at", _Whole, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sqlite_autoincrement=True,
        **_STRICT,
    )
    _index("alert_events_of_group", "alert_events", ["group_key", "id"])
    _index("alert_events_by_age", "alert_events", ["at"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("group_key", sa.Text, nullable=False),
        sa.Column("version", _Whole, nullable=False),
        sa.Column("changed_at", _Whole, nullable=False),
        sa.Column("closed_at", _Whole),
        sa.Column("facts", sa.Text, nullable=False),
        **_STRICT,
    )
    _index("incidents_of_group", "incidents", ["group_key", "changed_at"])
    _index("incidents_open", "incidents", ["changed_at"], "closed_at IS NULL")
    _index("incidents_closed", "incidents", ["closed_at"], "closed_at IS NOT NULL")


def _ingests_and_silences() -> None:
    op.create_table(
        "ingests",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", _Whole, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        **_STRICT,
    )
    _index("ingests_by_age", "ingests", ["at"])
    op.create_table(
        "silences",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("ends_at", _Whole, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        **_STRICT,
    )
    _index("silences_by_end", "silences", ["ends_at"])
