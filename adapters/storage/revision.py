"""Which schema this program needs. Kept as words here, so that a start never imports Alembic."""

from enum import StrEnum

from adapters.storage import statements as sql
from adapters.storage.engine import Script

REVISIONS = (
    *("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010"),
    *("0011", "0012", "0013", "0014", "0015", "0016"),
)
"""Every revision this program knows, oldest first; a test compares them with the migrations."""

HEAD = REVISIONS[-1]


class SchemaState(StrEnum):
    """How a database's schema stands to this program."""

    CURRENT = "current"
    EMPTY = "empty"
    BEHIND = "behind"
    NEWER = "newer"
    """Migrated by a later version. Migrations run beside the previous version, so this one runs."""


def state_of(revision: str | None) -> SchemaState:
    """Judge a revision as read from the database; `None` when there are no tables yet."""
    match revision:
        case None:
            return SchemaState.EMPTY
        case str() if revision == HEAD:
            return SchemaState.CURRENT
        case str() if revision in REVISIONS:
            return SchemaState.BEHIND
        case _:
            return SchemaState.NEWER


def current() -> Script[str | None]:
    """Read the database's revision."""
    if not (yield sql.HAS_REVISION()):
        return None
    for (revision,) in (yield sql.REVISION()):
        return str(revision)
    return None
