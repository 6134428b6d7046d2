"""People link themselves to their extensions while the gateway runs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Create the table; the people of the settings stay where they are."""
    op.create_table(
        "people",
        sa.Column("workspace", sa.Text, primary_key=True),
        sa.Column("extension", sa.Text, primary_key=True),
        sa.Column("chat_user", sa.Text, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("extension_name", sa.Text, nullable=False),
        sa.Column(
            "linked_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("credential", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("people_by_user", "people", ["workspace", "chat_user"])
