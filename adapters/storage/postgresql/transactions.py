"""One transaction, also when nobody answers the COMMIT."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg

from adapters.storage import statements as sql
from adapters.storage.engine import Call, Script, T
from adapters.storage.postgresql.connections import connect_writer, drive, is_away
from gateway.domain.errors import StoreUnavailableError

Work = Callable[[asyncpg.Connection], Awaitable[T]]

_ASK_FOR_S = 10.0
_ASK_EVERY_S = 0.1
_STATUS = "SELECT pg_xact_status(CAST(CAST($1 AS TEXT) AS XID8))"


async def transact(
    connection: asyncpg.Connection,
    url: str,
    work: Work[T],
    writer: str = "",
    within_s: float = 30.0,
) -> T:
    """Run `work` in a transaction; it is on disk when this returns.

    The `writer` has one connection and a name that no other has. Without a name (there are no
    tables yet) what is raised when the COMMIT was not answered says nothing about how it ended.
    Else whatever is raised, nothing was written, with one exception: `StoreUnavailableError` when
    the server (`url`) could not be asked within 10 s.
    """
    # Hanging up, not cancelling: a cancelled COMMIT skips waiting for the synchronous standby.
    patience = asyncio.get_running_loop().call_later(within_s, connection.terminate)
    try:
        await connection.execute("BEGIN")
        try:
            result = await work(connection)
            mark = _number(sql.MARK_COMMIT(writer))
            number = await drive(mark, connection) if writer else None
        except BaseException:
            with suppress(Exception):
                await connection.execute("ROLLBACK")
            raise
        await _commit(connection, url, writer, number)
        return result
    finally:
        patience.cancel()


async def _commit(
    connection: asyncpg.Connection, url: str, writer: str, number: int | None
) -> None:
    """Commit a transaction; without a number it wrote nothing, or has no writer."""
    try:
        await connection.execute("COMMIT")
    except Exception as error:
        if number is None or not is_away(error):
            raise
        connection.terminate()
        if not await _was_committed(url, writer, number):
            raise


def _number(call: Call) -> Script[int | None]:
    """Ask for the number of a writer's last transaction; `None` when it wrote nothing."""
    for (number,) in (yield call):
        return int(number)
    return None


async def _was_committed(url: str, writer: str, number: int) -> bool:
    """Ask the server how a transaction ended; while it is still under way, ask again."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _ASK_FOR_S
    while loop.time() < until:
        with suppress(Exception):  # not there yet: it is starting, or another one is taking over
            found = await _asked(url, writer, number)
            if found is not None:
                return found
        await asyncio.sleep(_ASK_EVERY_S)  # noqa: TID251 - real time: the server is real
    raise StoreUnavailableError


async def _asked(url: str, writer: str, number: int) -> bool | None:
    """Ask once; `None` while it is under way.

    A server that crashed, or took over from one that did, gives a number out again that it never
    heard of: that a transaction of this number was committed does not say that it was ours.
    """
    connection = await connect_writer(url)
    try:
        status = await connection.fetchval(_STATUS, str(number))
    except asyncpg.InvalidParameterValueError:
        return False  # a server that never heard of it
    else:
        if status == "committed":
            return await drive(_number(sql.MARKED_COMMIT(writer)), connection) == number
        return False if status == "aborted" else None
    finally:
        connection.terminate()
