"""Pages by their last reply: threads with life in them are found among a million old ones."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    """Create the index."""
    replied = sa.text("last_reply_at IS NOT NULL")
    op.create_index(
        "pages_by_reply",
        "pages",
        ["last_reply_at"],
        sqlite_where=replied,
        postgresql_where=replied,
    )
