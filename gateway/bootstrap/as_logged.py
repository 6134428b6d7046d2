"""Live events as the log has them, for the command line and the console."""

from collections.abc import Mapping

from gateway.logs import redact
from gateway.services.live_events import Seen
from gateway.system import level_of


def as_logged(seen: Seen) -> Mapping[str, object]:
    """Write an event as the log does, with the same last net for secrets."""
    line: dict[str, object] = {"at": seen.at.isoformat(), "level": level_of(seen.event)}
    return redact(None, "", line | {"event": seen.event, **seen.facts})
