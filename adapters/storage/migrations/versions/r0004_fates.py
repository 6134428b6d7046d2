"""What became of every alert: new columns with defaults, no old row moves.

The version before this one runs beside it: what it writes has no item, and is left out of the sum.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"

_Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them."""
    for name, default in {"source": "", "item": "", "fate": "waiting"}.items():
        op.add_column(
            "alert_events", sa.Column(name, sa.Text, nullable=False, server_default=default)
        )
    op.add_column("ingests", sa.Column("items", _Whole, nullable=False, server_default="0"))
