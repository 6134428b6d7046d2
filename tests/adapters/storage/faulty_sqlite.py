"""SQLite connections that fail on purpose, at a place a test chooses."""

import sqlite3
from collections.abc import Callable
from typing import Any, ClassVar

from typing_extensions import override

Plan = Callable[[str], BaseException | None]
"""Looks at each statement before it runs; what it returns is raised instead."""


def sqlite_error(name: str) -> sqlite3.OperationalError:
    """Make an error as the driver makes it."""
    error = sqlite3.OperationalError(name)
    error.sqlite_errorcode = getattr(sqlite3, name)
    error.sqlite_errorname = name
    return error


def nothing(_: str) -> None:
    """Let everything through."""


class FaultyConnection(sqlite3.Connection):
    """Asks the plans of its class before and after every statement, and keeps a list."""

    _before: ClassVar[Plan] = nothing
    _after: ClassVar[Plan] = nothing
    seen: ClassVar[list[str]]

    @classmethod
    def plan(cls, before: Plan = nothing, after: Plan = nothing) -> None:
        """Say what goes wrong from now on; without arguments, nothing."""
        cls._before, cls._after = staticmethod(before), staticmethod(after)

    @override
    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        self.seen.append(sql)
        if error := type(self)._before(sql):
            raise error
        cursor = super().execute(sql, parameters)
        if error := type(self)._after(sql):
            raise error
        return cursor


def faulty() -> type[FaultyConnection]:
    """Make a class of its own for one test."""

    class Connection(FaultyConnection):
        seen: ClassVar[list[str]] = []

    Connection.plan()
    return Connection


def once(matching: str, name: str) -> Plan:
    """Fail the next statement that equals `matching`, and no other."""
    left = [sqlite_error(name)]

    def plan(sql: str) -> BaseException | None:
        return left.pop() if left and sql == matching else None

    return plan


def always(matching: str, name: str) -> Plan:
    """Fail every statement that equals `matching`."""
    return lambda sql: sqlite_error(name) if sql == matching else None
