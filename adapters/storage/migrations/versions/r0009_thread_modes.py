"""What of a thread goes to the pager: a new column that may be empty, no old row moves.

The version before this one runs beside it: its threads have the mode that is usual for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Add it."""
    op.add_column("pages", sa.Column("mode", sa.Text))
