"""When somebody let a delivery go on: patience with it counts from then. A column, at first empty.

The version before this one runs beside it: what it releases counts from its creation.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"


def upgrade() -> None:
    """Add it."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("deliveries", sa.Column("released_at", whole))
