"""Which transaction each writer committed last: a table, on PostgreSQL a row for each writer."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    """Create the table."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "commits",
        sa.Column("writer", sa.Text, primary_key=True),
        sa.Column("number", whole, nullable=False),
        sa.Column("at", whole, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
