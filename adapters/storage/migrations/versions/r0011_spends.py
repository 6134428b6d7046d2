"""What limits of a minute count: a table of its own, so that a restart forgets nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    """Create the table."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "spends",
        sa.Column("id", whole, primary_key=True),
        sa.Column("meter", sa.Text, nullable=False),
        sa.Column("at", whole, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("spends_of_meter", "spends", ["meter", "at"])
    op.create_index("spends_by_age", "spends", ["at"])
