"""Running a script on a connection, and what SQLite's errors mean."""

import sqlite3

from adapters.storage.engine import Call, Rows, Script, T

# Errors of one script; every other one is about the file, and nobody's script got through.
_OWN_FAULTS = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def drive(script: Script[T], connection: sqlite3.Connection) -> T:
    """Run a script to its end on a connection."""
    try:
        call = next(script)
        while True:
            call = script.send(_rows(connection, call))
    except StopIteration as end:
        result: T = end.value
        return result


def _rows(connection: sqlite3.Connection, call: Call) -> Rows:
    statement, parameters, many = call
    if many:
        connection.executemany(statement.sqlite, parameters)
        return ()
    return connection.execute(statement.sqlite, parameters).fetchall()


def about_the_file(error: BaseException) -> bool:
    """Whether an error says that the database is unavailable, not that a script is wrong."""
    if not isinstance(error, sqlite3.Error):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) not in _OWN_FAULTS


def is_damage(error: BaseException | None) -> bool:
    """Whether an error says that the file is no longer what it was."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in _DAMAGE
