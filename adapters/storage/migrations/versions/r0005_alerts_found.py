"""Alerts found again: by what their source calls them, and by the request they came in.

A new column with a default and two indexes; no old row moves. The version before this one runs
beside it: what it writes is found by its labels, as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Add them."""
    op.add_column("alert_events", sa.Column("alert", sa.Text, nullable=False, server_default=""))
    _index("alert_events_of_alert", ["alert", "group_key", "id"], "alert <> ''")
    _index("alert_events_of_item", ["item", "id"], "item <> ''")


def _index(name: str, columns: list[str], where: str) -> None:
    clause = sa.text(where)
    op.create_index(name, "alert_events", columns, sqlite_where=clause, postgresql_where=clause)
