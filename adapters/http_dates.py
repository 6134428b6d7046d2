"""What an answer's `Date` header says about the clocks of both ends."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def ahead_of(now: datetime, date_header: str) -> float | None:
    """Tell by how many seconds their clock is ahead of ours; `None` when they do not say.

    The header has whole seconds, and the answer travelled: only larger differences mean something.
    """
    try:
        theirs = parsedate_to_datetime(date_header)
    except ValueError:
        return None
    return ((theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)) - now).total_seconds()
