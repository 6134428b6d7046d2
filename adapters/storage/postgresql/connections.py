"""Connections to PostgreSQL, and what their errors mean."""

import re
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import asyncpg

from adapters.storage.engine import Call, Rows, Script, T
from adapters.storage.errors import DatabaseUnfitError
from gateway.domain.errors import StoreUnavailableError

CONNECT_S = 2.0
OLDEST_SERVER = 13
"""`pg_xact_status`, by which an unknown COMMIT is settled, takes 64-bit ids since 13."""

_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,62}")
_PRIMARY = "read-write"
"""Of several hosts in an address: a standby may not have replayed what was just committed."""

_WRITER_SETTINGS = {
    # No time limit around COMMIT: a cancelled COMMIT is an unknown one.
    "statement_timeout": "0",
    # A replica that froze inside a transaction must not keep its lanes locked.
    "idle_in_transaction_session_timeout": "15000",
    # Longer than the server takes to find a circle (1 s): what waits longer waits for a frozen one.
    "lock_timeout": "1500",
}

# The server or the way to it is away; nothing is wrong with what was asked.
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,
    asyncpg.InterfaceError,
)
_NOT_FOR_US = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database is unavailable, not that a script is wrong."""
    # A value that does not fit its column is an InterfaceError too, but also a ValueError.
    return isinstance(error, _AWAY) and not isinstance(error, ValueError)


async def connect_writer(url: str) -> asyncpg.Connection:
    """Connect to the server that takes writes; COMMIT waits for the disk, whatever the default."""
    connection = await asyncpg.connect(
        url,
        timeout=CONNECT_S,
        server_settings={"application_name": "pager-gateway", "jit": "off", **_WRITER_SETTINGS},
        target_session_attrs=_PRIMARY,
    )
    if await connection.fetchval("SHOW synchronous_commit") == "off":
        await connection.execute("SET synchronous_commit = on")
    return connection


async def first_connection(url: str) -> asyncpg.Connection:
    """Connect for the first time, telling a wrong address from a server that is away.

    Raises:
        DatabaseUnfitError: wrong name, password or database, or a server that is too old.
        StoreUnavailableError: nobody answers.
    """
    where = urlsplit(url).path.removeprefix("/") or "The database"
    try:
        connection = await connect_writer(url)
    except _NOT_FOR_US as error:
        raise DatabaseUnfitError(where, str(error)) from error
    except _AWAY as error:
        raise StoreUnavailableError from error
    if connection.get_server_version().major < OLDEST_SERVER:
        await connection.close()
        raise DatabaseUnfitError(where, f"PostgreSQL {OLDEST_SERVER} or newer is needed")
    await _make_schema(connection, url)
    return connection


async def _make_schema(connection: asyncpg.Connection, url: str) -> None:
    """Make the schema that an address names (`?search_path=…`), if it is new.

    Raises:
        DatabaseUnfitError: we may not make it.
    """
    named = parse_qs(urlsplit(url).query).get("search_path", [""])[-1]
    if not _SCHEMA.fullmatch(named) or await connection.fetchval("SELECT current_schema()"):
        return
    try:
        # Another process may make it at this moment, which `IF NOT EXISTS` does not see.
        with suppress(asyncpg.UniqueViolationError, asyncpg.DuplicateSchemaError):
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {named}")
    except asyncpg.InsufficientPrivilegeError as error:
        await connection.close()
        raise DatabaseUnfitError(named, "the schema is missing, and we may not make it") from error


async def connect_listener(url: str) -> asyncpg.Connection:
    """Connect to hear what other replicas announce, and to be known to live.

    The server asks now and then whether our machine is still there: 25 s are enough to find out.
    """
    settings = {
        "application_name": "pager-gateway",
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
    }
    return await asyncpg.connect(
        url, timeout=CONNECT_S, server_settings=settings, target_session_attrs=_PRIMARY
    )


async def open_readers(url: str) -> asyncpg.Pool:
    """Make a small pool for questions; it connects when it is first asked."""

    async def leave_as_it_is(_: asyncpg.Connection) -> None:
        """Skip the usual reset, a round trip: our scripts change no setting."""

    return await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=4,
        timeout=CONNECT_S,
        command_timeout=5.0,
        reset=leave_as_it_is,
        target_session_attrs=_PRIMARY,
        server_settings={"application_name": "pager-gateway", "jit": "off"},
    )


async def drive(script: Script[T], connection: asyncpg.Connection) -> T:
    """Run a script to its end on a connection."""
    try:
        call = next(script)
        while True:
            call = script.send(await _rows(connection, call))
    except StopIteration as end:
        result: T = end.value
        return result


async def _rows(connection: asyncpg.Connection, call: Call) -> Rows:
    statement, parameters, many = call
    if many:
        await connection.executemany(statement.postgresql, parameters)
        return ()
    rows: Rows = await connection.fetch(statement.postgresql, *parameters)
    return rows
