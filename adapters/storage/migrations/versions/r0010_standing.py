"""What holds for the whole database, by name: for now, that it is a backup or was restored."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "standing",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sqlite_strict=True,
    )
