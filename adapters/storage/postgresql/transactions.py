"""One transaction, also when nobody answers the COMMIT."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg

from adapters.storage.engine import T
from adapters.storage.postgresql.connections import connect_writer, is_away
from gateway.domain.errors import StoreUnavailableError

Work = Callable[[asyncpg.Connection], Awaitable[T]]

_ASK_FOR_S = 10.0
_ASK_EVERY_S = 0.1


async def transact(
    connection: asyncpg.Connection, url: str, work: Work[T], within_s: float = 30.0
) -> T:
    """Run `work` in a transaction; it is on disk when this returns.

    Whatever is raised, nothing was written, with one exception: `StoreUnavailableError` when the
    COMMIT was not answered and the server (`url`) could not be asked about it within 10 s.
    """
    # Hanging up, not cancelling: a cancelled COMMIT skips waiting for the synchronous standby.
    patience = asyncio.get_running_loop().call_later(within_s, connection.terminate)
    try:
        await connection.execute("BEGIN")
        try:
            result = await work(connection)
            number = await connection.fetchval(
                "SELECT CAST(pg_current_xact_id_if_assigned() AS TEXT)"
            )
        except BaseException:
            with suppress(Exception):
                await connection.execute("ROLLBACK")
            raise
        await _commit(connection, url, number)
        return result
    finally:
        patience.cancel()


async def _commit(connection: asyncpg.Connection, url: str, number: str | None) -> None:
    """Commit a transaction; without a number it wrote nothing."""
    try:
        await connection.execute("COMMIT")
    except Exception as error:
        if number is None or not is_away(error):
            raise
        connection.terminate()
        if not await _was_committed(url, number):
            raise


async def _was_committed(url: str, number: str) -> bool:
    """Ask the server how a transaction ended; while it is still under way, ask again."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _ASK_FOR_S
    while loop.time() < until:
        status = None
        with suppress(Exception):  # not there yet: it is starting, or another one is taking over
            status = await _status(url, number)
        if status in {"committed", "aborted"}:
            return status == "committed"
        await asyncio.sleep(_ASK_EVERY_S)  # noqa: TID251 - real time: the server is real
    raise StoreUnavailableError


async def _status(url: str, number: str) -> str:
    connection = await connect_writer(url)
    try:
        text = "SELECT pg_xact_status(CAST(CAST($1 AS TEXT) AS XID8))"
        return str(await connection.fetchval(text, number))
    except asyncpg.InvalidParameterValueError:
        return "aborted"  # a promoted standby that never heard of it
    finally:
        connection.terminate()
