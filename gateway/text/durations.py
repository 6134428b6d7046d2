"""How long something took, in the two units that matter."""

from collections.abc import Mapping

_HOUR = 60
_DAY = 24 * _HOUR


def duration(minutes: int) -> tuple[str, Mapping[str, int]]:
    """Choose the phrase for a duration, and its facts; up to two hours are told in minutes.

    60 is ("hours", {"hours": 1}); 90 is ("minutes", …); 185 is ("hours_minutes", …).
    """
    if minutes < 1:
        return "moment", {}
    if minutes < 2 * _HOUR and minutes != _HOUR:
        return "minutes", {"minutes": minutes}
    days, rest = divmod(minutes, _DAY)
    hours, minutes = divmod(rest, _HOUR)
    if days:
        return ("days_hours", {"days": days, "hours": hours}) if hours else ("days", {"days": days})
    if minutes:
        return "hours_minutes", {"hours": hours, "minutes": minutes}
    return "hours", {"hours": hours}
