"""Everybody's newest pages are looked at in the console, some at a time: an index by their time."""

from alembic import op

revision = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    """Create the index."""
    op.create_index("pages_by_time", "pages", ["created_at"])
