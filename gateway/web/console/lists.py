"""Long lists: from where on one is shown, and the address of what is older."""

from datetime import datetime
from urllib.parse import urlencode

from gateway.web.console.frame import Visit


def read_moment(typed: str) -> datetime | None:
    """Read where a list goes on; what is no moment begins it anew."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return moment if moment.utcoffset() is not None else None


def older_path(visit: Visit, older: datetime | None) -> str:
    """Name the address of a list's next page, with the same filters; empty when there is none."""
    if older is None:
        return ""
    query = {**visit.request.query, "before": older.isoformat()}
    return f"{visit.request.path}?{urlencode(query)}"
