"""Migrations: Alembic renders them as SQL, the engine runs them as one script.

So the file has one writer also here, both databases migrate in one transaction, and no second
driver is needed. This module is imported only when there is something to migrate.
"""

from functools import cache
from io import StringIO
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from typing_extensions import override

from adapters.storage import revision
from adapters.storage import statements as sql
from adapters.storage.engine import Script, Statement

_ALONE = Lock()
_FOLDER = Path(__file__).with_name("migrations")


class _Statements(StringIO):
    """Takes what Alembic prints: one statement, or one comment, per call."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    @override
    def write(self, text: str, /) -> int:
        if not text.startswith("--"):
            self.texts.append(text.strip().removesuffix(";"))
        return len(text)


def upgrade(dialect: str) -> Script[tuple[str | None, str]]:
    """Bring the schema up to date; gives the revisions before and after."""
    yield sql.LOCK_SCHEMA()
    before = yield from revision.current()
    if revision.state_of(before) in {revision.SchemaState.EMPTY, revision.SchemaState.BEHIND}:
        for text in render(dialect, before):
            yield Statement(text)()
    return before, (yield from revision.current()) or ""


def render(dialect: str, before: str | None) -> tuple[str, ...]:
    """Give the statements that lead from a revision (`None`: no tables) to the newest.

    Several databases of one process may ask at once, each in its thread; Alembic keeps what it is
    at in globals.
    """
    with _ALONE:
        return _rendered(dialect, before)


@cache
def _rendered(dialect: str, before: str | None) -> tuple[str, ...]:
    output = _Statements()
    config = Config(output_buffer=output, attributes={"dialect": dialect})
    config.set_main_option("script_location", str(_FOLDER))
    command.upgrade(config, f"{before or 'base'}:head", sql=True)
    return tuple(output.texts)


def revisions() -> tuple[str, ...]:
    """List the revisions the migrations folder has, oldest first."""
    walk = ScriptDirectory(str(_FOLDER)).walk_revisions()
    return tuple(reversed([script.revision for script in walk]))
