"""Points where the product has no use for one, put there to be struck.

| point | the moment |
|---|---|
| `alert.heard` | a source's request was understood, nothing is recorded |
| `alert.recorded` | it is committed, the source has no answer yet |
| `token.received` | a new token pair was answered, it is not on disk |
| `token.kept` | it is on disk, nobody has used it |
| `commit.begun` | everything of a transaction is written, its COMMIT is not asked for |
| `commit.syncing` | within milliseconds of asking for it: before, between or after its syncs |
| `commit.ended` | it is on disk, nobody was told |
| `migration.step` | between two statements of a migration |
| `routes.swapped` | new routes are in force, nothing that follows from them is recorded |
"""

import threading
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from adapters.pager.ringcentral.shelf import Shelf
from adapters.storage import migrate
from adapters.storage.sqlite.writer import Writer
from gateway.domain.alerts import Ingest, IngestReceipt
from gateway.domain.routing.routes import Routes
from gateway.services.alerts.intake import AlertDesk
from gateway.services.alerts.rules import RuleBook

Strike = Callable[[str], None]

_LONGEST_SYNC_S = 0.004


def place(strike: Strike, dice: Random) -> None:
    """Put every point into the product of this process."""
    _in_intake(strike)
    _in_tokens(strike)
    _in_sqlite(strike, dice)
    _in_postgresql(strike, dice)
    _in_migrations(strike)
    _in_routes(strike)


def _in_intake(strike: Strike) -> None:
    take = AlertDesk.take

    async def struck(self: AlertDesk, ingest: Ingest) -> IngestReceipt:
        strike("alert.heard")
        receipt = await take(self, ingest)
        strike("alert.recorded")
        return receipt

    AlertDesk.take = struck  # type: ignore[method-assign]  # that is how the point gets there


def _in_tokens(strike: Strike) -> None:
    put = Shelf.put

    async def struck(self: Shelf, name: str, value: str) -> None:
        is_token = name.startswith("token.")
        if is_token:
            strike("token.received")
        await put(self, name, value)
        if is_token:
            strike("token.kept")

    Shelf.put = struck  # type: ignore[method-assign]  # that is how the point gets there


def _soon(strike: Strike, dice: Random) -> None:
    """Strike from another thread while this one waits for a disk or a server."""
    threading.Timer(dice.uniform(0, _LONGEST_SYNC_S), strike, ["commit.syncing"]).start()


def _in_sqlite(strike: Strike, dice: Random) -> None:
    commit = Writer._commit

    def struck(self: Writer, *about: Any) -> None:
        strike("commit.begun")
        _soon(strike, dice)
        commit(self, *about)
        strike("commit.ended")

    Writer._commit = struck  # type: ignore[assignment, method-assign]  # that is how the point gets there


def _in_postgresql(strike: Strike, dice: Random) -> None:
    from adapters.storage.postgresql import transactions  # noqa: PLC0415 - an optional extra

    commit = transactions._commit

    async def struck(connection: Any, url: str, writer: str, number: int | None) -> None:
        if number is None:
            return await commit(connection, url, writer, number)
        strike("commit.begun")
        _soon(strike, dice)
        await commit(connection, url, writer, number)
        return strike("commit.ended")

    transactions._commit = struck


def _in_migrations(strike: Strike) -> None:
    render = migrate.render

    def struck(dialect: str, before: str | None) -> Iterator[str]:
        for text in render(dialect, before):
            strike("migration.step")
            yield text

    migrate.render = struck  # type: ignore[assignment]  # that is how the point gets there


def _in_routes(strike: Strike) -> None:
    swap = RuleBook.replace

    def struck(self: RuleBook, rules: Routes) -> None:
        swap(self, rules)
        strike("routes.swapped")

    RuleBook.replace = struck  # type: ignore[method-assign]  # that is how the point gets there
