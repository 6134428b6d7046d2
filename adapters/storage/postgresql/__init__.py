"""PostgreSQL: several replicas on one database. Needs the extra `[postgresql]`."""

from adapters.storage.engine import Engine
from adapters.storage.errors import DriverMissingError
from gateway.ports.observer import Observer


async def open_postgresql(url: str, observer: Observer) -> Engine:
    """Connect to a database.

    Raises:
        DriverMissingError: the extra is not installed.
        StoreUnavailableError: nobody answers at this address.
    """
    try:
        import asyncpg  # noqa: F401, PLC0415 - an optional extra
    except ImportError as error:
        raise DriverMissingError from error
    raise NotImplementedError
