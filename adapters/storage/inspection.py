"""For an operator at a terminal: look at a database, or bring it up to date, without serving."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.storage import opening, revision
from adapters.storage import statements as sql
from adapters.storage.codec.envelope import micros
from adapters.storage.engine import Script
from adapters.storage.errors import BackupElsewhereError
from adapters.storage.restored import BACKUP
from adapters.storage.revision import SchemaState


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. `damage` is empty when the database is whole, as far as it can tell.

    `sealed_with` names the keys that its secrets need, as `adapters.storage.vault.key_name` does.
    """

    revision: str | None
    state: SchemaState
    damage: str = ""
    sealed_with: frozenset[str] = frozenset()


async def inspect(url: str) -> Inspection:
    """Read a database's revision, and read every page of a SQLite file; changes nothing.

    Raises:
        StorageError: it cannot be opened, or is in use by a running gateway.
        StoreUnavailableError: nobody answers.
    """
    if _is_missing_file(url):
        return Inspection(None, SchemaState.EMPTY)
    engine = await opening.open_engine(url, opening.Unobserved())
    try:
        found = await engine.read(revision.current)
        damage = await engine.read(_damage)
        sealed = await engine.read(_sealed_with) if found and not damage else frozenset()
        return Inspection(found, revision.state_of(found), damage, sealed)
    finally:
        await engine.close()


async def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database up to date, making it if it is new; gives the revisions before and after."""
    engine = await opening.open_engine(url, opening.Unobserved())
    try:
        return await opening.upgrade(engine)
    finally:
        await engine.close()


def restore(url: str, backup: Path, now: datetime, *, replace: bool) -> datetime:
    """Put a backup in a SQLite database's place; gives when it was taken.

    Raises:
        StorageError: nothing was changed; its words are for the operator.
    """
    from adapters.storage.sqlite.backup import restore  # noqa: PLC0415 - one of two

    path = opening.sqlite_path(url) if url.startswith("sqlite://") else None
    if path is None:
        raise BackupElsewhereError
    return restore(backup, path, now, replace=replace)


async def mark_restored(url: str, taken_at: datetime) -> None:
    """Say of a database that its own tools restored that it was; the next start finds out the rest.

    Raises:
        StorageError: it cannot be opened, or is in use by a running gateway.
        StoreUnavailableError: nobody answers.
    """
    engine = await opening.open_engine(url, opening.Unobserved())
    try:
        await opening.upgrade(engine)
        await engine.write(lambda: _mark(taken_at))
    finally:
        await engine.close()


def _mark(taken_at: datetime) -> Script[None]:
    yield sql.STAND(BACKUP, micros(taken_at))


def _is_missing_file(url: str) -> bool:
    if not url.startswith("sqlite://"):
        return False
    path = opening.sqlite_path(url)
    return path is None or not path.exists()


def _sealed_with() -> Script[frozenset[str]]:
    return frozenset(key for (key,) in (yield sql.VAULT_KEYS()))


def _damage() -> Script[str]:
    ((verdict,),) = yield sql.INTEGRITY()
    return "" if verdict == "ok" else str(verdict)
