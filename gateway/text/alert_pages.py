"""An alert on the pager: one short line each, without the reference, which the sender appends.

[CRIT] DiskFull on db-7: 95% full. Reply ACK.
[CRIT] 3 alerts: DiskFull on db-7, DiskFull on db-9, … Reply ACK.
[OK] DiskFull on db-7.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.incidents import Firing, Incident, IncidentState
from gateway.domain.pager_text import shorten, utf16_length
from gateway.text.alerts import name_of, one_line, resolver, title_of
from gateway.text.language import Fact, Language

PAGE_MOST = 160
"""UTF-16 units: what a phone shows at a glance."""

_TITLE_MOST = 90
_LISTED_MOST = 48
_TITLES_MOST = 20
"""As many as ever fit, so that a thousand alerts take no longer than twenty."""
_NAME_MOST = 32
_NAMES_MOST = 48
_LEAST = 12
"""Room in which words still say something."""

_MINUTE = timedelta(minutes=1)
_MORE = "…"


@dataclass(frozen=True, slots=True)
class AlertPages:
    """Writes pager texts of incidents in one language."""

    language: Language

    def first(self, incident: Incident) -> str:
        """Call people: what it is, what its sender says, and how to answer."""
        if len(incident.firing) > 1:
            return self._listing("alert.page_many", incident, incident.firing)
        severity, title = incident.severity.value, title_of(incident, _TITLE_MOST)
        room = self._room("alert.page", severity=severity, title=title)
        said = one_line(incident.text, room).rstrip(" .:;,") if room >= _LEAST else ""
        text = "" if said == title else said
        return _tidy(self.language.text("alert.page", severity=severity, title=title, text=text))

    def grew(self, incident: Incident) -> str:
        """Tell that more alerts fire, the newest first."""
        newest = sorted(incident.firing, key=lambda firing: firing.since, reverse=True)
        return self._listing("alert.page_grew", incident, newest, name=_owner(incident))

    def flapping(self, incident: Incident) -> str:
        """Tell that it comes and goes."""
        return self._told("alert.page_flapping", incident, name=_owner(incident))

    def stable(self, incident: Incident) -> str:
        """Tell that it no longer does, and fires."""
        return self._told("alert.page_stable", incident, name=_owner(incident))

    def repeated(self, incident: Incident, at: datetime | None) -> str:
        """Tell again that it is still open."""
        minutes = _minutes(incident.opened_at, at or _latest(incident))
        return self._told("alert.page_repeated", incident, minutes=minutes, name=_owner(incident))

    def escalated(self, incident: Incident, names: tuple[str, ...], at: datetime | None) -> str:
        """Call the next people, who hear of it for the first time."""
        minutes = _minutes(_calling_since(incident), at or _latest(incident))
        called = self.language.listed(one_line(name, _NAME_MOST) for name in names)
        return self._told(
            "alert.page_escalated",
            incident,
            minutes=minutes,
            names=shorten(called, _NAMES_MOST),
        )

    def over(self, incident: Incident) -> str:
        """Tell everybody who heard of it that it is over."""
        others = len(incident.firing) + incident.resolved_alerts - 1
        text = self._subject(incident, others, _TITLE_MOST)
        name = shorten(resolver(incident), _NAME_MOST)
        return _tidy(self.language.text("alert.page_over", text=text, name=name))

    def moved(self, incident: Incident, names: tuple[str, ...]) -> str:
        """Tell everybody who heard of it that others hear of it now."""
        others = self.language.listed(one_line(name, _NAME_MOST) for name in names)
        return self._told("alert.page_moved", incident, names=shorten(others, _NAMES_MOST))

    def digest(
        self, count: int, kind: str, minutes: int, names: tuple[tuple[str, int], ...]
    ) -> str:
        """Tell of many alerts at once, by name and number; those without room are counted.

        `kind` is a severity, or "over".
        """
        said = self.language.text(f"alert.digest_{kind}", count=count)
        room = self._room("alert.digest", said=said, minutes=minutes)
        text = ", ".join(self._counted(count, names, room))
        return self.language.text("alert.digest", said=said, minutes=minutes, text=text)

    def _counted(self, count: int, names: tuple[tuple[str, int], ...], room: int) -> Iterator[str]:
        left = count
        for name, number in names:
            title = one_line(name, _NAME_MOST) or _MORE
            piece = self.language.text("alert.digest_name", count=number, title=title)
            rest = self.language.text("alert.digest_rest", count=max(left - number, 1))
            room -= utf16_length(piece) + 2
            if room < utf16_length(rest):
                break
            left -= number
            yield piece
        if 0 < left < count:
            yield self.language.text("alert.digest_rest", count=left)

    # --- fitting ---------------------------------------------------------------------------

    def _told(self, key: str, incident: Incident, **facts: Fact) -> str:
        """Say a sentence that names the incident, in what room its other words leave."""
        severity = incident.severity.value
        room = self._room(key, severity=severity, **facts)
        text = self._subject(incident, len(incident.firing) - 1, room)
        return _tidy(self.language.text(key, severity=severity, text=text, **facts))

    def _subject(self, incident: Incident, others: int, room: int) -> str:
        """Name an incident by its worst alert, and count the others."""
        if others < 1:
            return title_of(incident, max(room, _LEAST))
        ending = utf16_length(self.language.text("alert.and_others", title="-", count=others)) - 1
        title = title_of(incident, max(room - ending, _LEAST))
        return self.language.text("alert.and_others", title=title, count=others)

    def _listing(
        self, key: str, incident: Incident, firing: Iterable[Firing], **facts: Fact
    ) -> str:
        """Say a sentence that names as many alerts as there is room for."""
        alerts = [*firing]
        names = [one_line(f.title, _LISTED_MOST) or _MORE for f in alerts[:_TITLES_MOST]]
        titles = list(dict.fromkeys((*names, _MORE) if alerts[_TITLES_MOST:] else names))
        known = {"severity": incident.severity.value, "count": len(incident.firing), **facts}
        text = _fitted(titles or [title_of(incident)], self._room(key, **known))
        return _tidy(self.language.text(key, text=text, **known))

    def _room(self, key: str, **facts: Fact) -> int:
        """Count the UTF-16 units that are left for the text of a phrase."""
        return PAGE_MOST - utf16_length(self.language.text(key, text="-", **facts)) + 1


def _fitted(titles: list[str], room: int) -> str:
    """Name what fits, at least the first, and say that there is more."""
    shown, *others = (shorten(titles[0], room - len(f", {_MORE}")), *titles[1:])
    for title in others:
        longer = f"{shown}, {title}"
        if utf16_length(longer) > room - len(f", {_MORE}"):
            return f"{shown}, {_MORE}"
        shown = longer
    return shown


def _tidy(text: str) -> str:
    """Leave out the full stop after what was cut."""
    return text.replace(f"{_MORE}.", _MORE)


def _owner(incident: Incident) -> str:
    taken = incident.state is IncidentState.ACKNOWLEDGED
    return shorten(name_of(incident.acknowledged_by), _NAME_MOST) if taken else ""


def _calling_since(incident: Incident) -> datetime:
    return incident.clock_from or incident.opened_at


def _latest(incident: Incident) -> datetime:
    """Find the last moment the incident itself knows of."""
    known = (incident.opened_at, incident.notified_at, *(e.at for e in incident.history[-1:]))
    return max(moment for moment in known if moment)


def _minutes(since: datetime, at: datetime) -> int | None:
    """Count whole minutes; less than one is not worth telling."""
    return (at - since) // _MINUTE or None if at > since else None
