"""What a sender was answered is kept under its key: a repeat gets the same answer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Add the column; earlier keys had no answers to keep."""
    op.add_column("inbox", sa.Column("answer", sa.Text))
