"""PostgreSQL: several replicas on one database. Needs the extra `[postgresql]`."""

from adapters.storage.engine import Engine
from adapters.storage.errors import DriverMissingError
from gateway.ports.observer import Observer


async def open_postgresql(url: str, observer: Observer) -> Engine:
    """Connect to a database.

    Raises:
        DriverMissingError: the extra is not installed.
        DatabaseUnfitError: it answers, but not to us.
        StoreUnavailableError: nobody answers at this address.
    """
    try:
        from adapters.storage.postgresql.engine import PostgresqlEngine  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise DriverMissingError from error
    return await PostgresqlEngine.open(url, observer)
