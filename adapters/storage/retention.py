"""Forgetting, in small batches, so that nobody waits long for the writer."""

from datetime import datetime, timedelta

from adapters.storage import statements as sql
from adapters.storage.codec.envelope import micros
from adapters.storage.engine import Script, Statement

_ALERTS = (
    sql.FORGET_ALERT_EVENTS,
    sql.FORGET_INCIDENTS,
    sql.FORGET_INGESTS,
    sql.FORGET_SILENCES,
)

REPEATS_WITHIN = timedelta(days=8)
"""Inbox keys outlive whatever may bring something again, however little is to be kept: senders try
for a day, programs may repeat themselves for 25 hours, and threads are read again for a week."""


def forget(before: datetime, limit: int, now: datetime) -> Script[int]:
    """Remove up to `limit` rows: deliveries first, because a page stays while it has any."""
    oldest, keys_before = micros(before), micros(min(before, now - REPEATS_WITHIN))
    left = limit
    left -= yield from _rows(sql.FORGET_DELIVERIES, oldest, left)
    left -= yield from _pages(oldest, left)
    left -= yield from _rows(sql.FORGET_KEYS, keys_before, left)
    left -= yield from _rows(sql.FORGET_DRAFTS, oldest, left)
    left -= yield from _rows(sql.FORGET_LANES, oldest, left)
    left -= yield from _rows(sql.FORGET_SPENDS, oldest, left)
    left -= yield from _rows(sql.FORGET_COMMITS, oldest, left)
    for statement in _ALERTS:
        left -= yield from _rows(statement, oldest, left)
    return limit - left


def _rows(statement: Statement, before: int, limit: int) -> Script[int]:
    return len((yield statement(before, limit))) if limit > 0 else 0


def _pages(before: int, limit: int) -> Script[int]:
    """Remove pages that ended long ago, with the conversations behind them."""
    if limit <= 0:
        return 0
    rows = yield sql.FORGET_PAGES(before, limit)
    if rows:
        yield sql.FORGET_LINKS.many([(ref,) for (ref,) in rows])
    return len(rows)
