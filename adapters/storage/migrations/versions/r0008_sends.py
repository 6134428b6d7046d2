"""How much a sender sent of late is asked often: an index for it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Create it."""
    clause = sa.text("sender IS NOT NULL AND finished_at IS NOT NULL")
    op.create_index(
        "deliveries_sent",
        "deliveries",
        ["sender", "finished_at"],
        sqlite_where=clause,
        postgresql_where=clause,
    )
