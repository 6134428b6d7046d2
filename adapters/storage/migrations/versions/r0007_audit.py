"""The audit trail: what people and operators did, sealed record by record. Nothing old changes."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"

_Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _index(name: str, columns: list[str], where: str | None = None) -> None:
    clause = None if where is None else sa.text(where)
    op.create_index(name, "audit", columns, sqlite_where=clause, postgresql_where=clause)


def upgrade() -> None:
    """Create the trail and its head."""
    op.create_table(
        "audit",
        sa.Column("id", _Whole, primary_key=True),
        sa.Column("number", _Whole),
        sa.Column("at", _Whole, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("seal", sa.Text),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    _index("audit_unsealed", ["id"], "number IS NULL")
    _index("audit_by_number", ["number"])
    _index("audit_of_ref", ["ref", "number"])
    _index("audit_checkpoints", ["number"], "act = 'audit.forgotten'")
    op.create_table(
        "audit_head",
        sa.Column("id", _Whole, primary_key=True, autoincrement=False),
        sa.Column("number", _Whole, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sqlite_strict=True,
    )
