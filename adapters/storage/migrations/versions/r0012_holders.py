"""Which replica holds a lease, so that one that died need not be waited for."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"


def upgrade() -> None:
    """Add the column; without it a lease ends by its time alone."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("lanes", sa.Column("holder", whole))
