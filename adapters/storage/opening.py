"""Opening a database by its address, migrating it if that is wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from adapters.storage import revision
from adapters.storage.engine import Engine
from adapters.storage.errors import DatabaseUrlError, MigrationNeededError
from adapters.storage.revision import SchemaState
from adapters.storage.store import SqlStore
from gateway.domain.errors import FactValue
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store

if TYPE_CHECKING:
    from adapters.storage.vault import SealedVault


class Unobserved(Observer):
    """Hears nothing."""

    def saw(self, event: str, /, **facts: FactValue) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class OpenStore:
    """A store with its database; close it, or use it in `async with`."""

    store: Store
    engine: Engine

    async def vault(self, keys: Sequence[bytes], owner: str = "") -> "SealedVault":
        """Open the vault in the same database. The first key (32 bytes) seals, all of them open.

        What is sealed for one `owner` opens for no other, though they share their keys.

        Raises:
            VaultKeyError: something stored needs a key that is not among them.
        """
        from adapters.storage.vault import make_vault  # noqa: PLC0415 - cryptography is not small

        return await make_vault(self.engine, keys, owner)

    @property
    def trouble(self) -> str:
        """Why nothing can be written at the moment; empty when the last write went through."""
        return self.engine.trouble

    async def close(self) -> None:
        """Finish what was handed in, then let go of the database."""
        await self.engine.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def open_store(
    url: str,
    *,
    migrate: bool,
    clock: Clock,
    observer: Observer | None = None,
    trace: Callable[[], str] = str,
) -> OpenStore:
    """Open `sqlite:///path`, `sqlite://` (in memory, gone when closed) or `postgresql://…`.

    With `migrate` an older or empty database is brought up to date, else it is refused. `trace`
    gives the traceparent of whoever commits.

    Raises:
        StorageError: an operator has to act; its text says how.
        StoreUnavailableError: the database does not answer; try again later.
    """
    engine = await open_engine(url, observer or Unobserved())
    try:
        await _bring_up_to_date(engine, migrate=migrate)
    except BaseException:
        await engine.close()
        raise
    return OpenStore(SqlStore(engine, clock.now, trace), engine)


async def open_engine(url: str, observer: Observer) -> Engine:
    """Open the database behind an address, whatever its schema."""
    match url.partition("://")[0]:
        case "sqlite":
            from adapters.storage.sqlite.engine import open_sqlite  # noqa: PLC0415 - one of two

            return await open_sqlite(sqlite_path(url), observer)
        case "postgresql" | "postgres":
            from adapters.storage.postgresql import open_postgresql  # noqa: PLC0415 - an extra

            return await open_postgresql(url, observer)
        case _:
            raise DatabaseUrlError(url)


def sqlite_path(url: str) -> Path | None:
    """Find the file in `sqlite:///file`, relative, or `sqlite:////file`; `None` is no file."""
    path = url.removeprefix("sqlite://")
    if path in {"", "/:memory:"}:
        return None
    if not path.startswith("/") or path == "/":
        raise DatabaseUrlError(url)
    return Path(path.removeprefix("/"))


async def _bring_up_to_date(engine: Engine, *, migrate: bool) -> None:
    found = await engine.read(revision.current)
    if revision.state_of(found) in {SchemaState.CURRENT, SchemaState.NEWER}:
        return
    if not migrate:
        raise MigrationNeededError(found or "", revision.HEAD)
    await upgrade(engine)


async def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Bring a schema up to date; gives the revisions before and after."""
    from adapters.storage import migrate  # noqa: PLC0415 - SQLAlchemy and Alembic, only when needed

    return await engine.migrate(lambda: migrate.upgrade(engine.dialect))
