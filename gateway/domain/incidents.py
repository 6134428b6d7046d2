"""An incident: a group of alerts that people hear of once, answer once, and see end.

Values and pure transitions. Who may act, and who is told, is decided elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gateway.domain.alerts import Severity
from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.routing.grouping import Ack, AlertGroup

_HISTORY_MOST = 200
RANK = {severity: rank for rank, severity in enumerate(Severity)}
"""The worst first."""


class IncidentState(StrEnum):
    """How an incident stands with people; whether its alerts still fire is another matter."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Deed(StrEnum):
    """What can happen to an incident; the words of its history."""

    OPENED = "opened"
    GREW = "grew"
    REPEATED = "repeated"
    ACKNOWLEDGED = "acknowledged"
    RELEASED = "released"
    """An acknowledgement ended without a resolution."""
    SNOOZED = "snoozed"
    WOKE = "woke"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    SILENCED = "silenced"
    HEARD = "heard"
    """A silence ended while it still fires."""
    SUPPRESSED = "suppressed"
    MOVED = "moved"
    """The routes have changed, and its alerts take another way."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history: when, what, by whom (empty: by itself), and a detail."""

    at: datetime
    deed: Deed
    who: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Firing:
    """One alert of the group that fires: its key, and what is shown of it."""

    key: str
    title: str
    text: str
    severity: Severity
    since: datetime


@dataclass(frozen=True, slots=True)
class Silenced:
    """By whom, until when and why nobody hears of anything that fires; `id` is the silence's."""

    by: str
    until: datetime
    comment: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """A group's present life, from its first notice until it is closed.

    `grouping` is the group as routing keeps it. `firing` are the alerts that fire now, the worst
    first. `acknowledged_by` is a display name.
    `step` is how many escalation steps were taken or left out since the last acknowledgement
    ended. `cursor` is the last entry of the group's record that was taken in. `told` are the
    receivers' numbers that were paged, so that everybody who heard of it hears of its end.
    `routes` is the version of the routes by which its alerts were led here.
    """

    ref: Ref
    group: str
    route: str
    receiver: str
    severity: Severity
    title: str
    text: str
    opened_at: datetime
    state: IncidentState = IncidentState.OPEN
    firing: tuple[Firing, ...] = ()
    resolved_alerts: int = 0
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    silenced: Silenced | None = None
    resolved_at: datetime | None = None
    notified_at: datetime | None = None
    step: int = 0
    cursor: int = 0
    grouping: AlertGroup | None = None
    clock_from: datetime | None = None
    told: tuple[ExtensionNumber, ...] = ()
    routes: str = ""
    history: tuple[Entry, ...] = field(default=())

    @property
    def answered(self) -> bool:
        """Whether nobody needs to be called any more."""
        return self.state is not IncidentState.OPEN

    @property
    def moved(self) -> bool:
        """Whether it ended because its alerts take another way."""
        return bool(self.history) and self.history[-1].deed is Deed.MOVED

    @property
    def reminded_at(self) -> datetime | None:
        """When who took it was last told that it is theirs: reminded, or by taking it."""
        told = (Deed.ACKNOWLEDGED, Deed.REMINDED)
        return next((each.at for each in reversed(self.history) if each.deed in told), None)

    def noted(self, entry: Entry) -> "Incident":
        """Add a line to the history; a very long one loses its middle."""
        history = (*self.history, entry)
        if len(history) > _HISTORY_MOST:
            history = (*history[:1], *history[-(_HISTORY_MOST - 1) :])
        return replace(self, history=history)

    def taking(self, firing: Iterable[Firing], resolved: int, at: datetime) -> "Incident":
        """Show what fires now: the worst alert gives title and severity."""
        ranked = tuple(sorted(firing, key=lambda f: (RANK[f.severity], f.since, f.key)))
        if not ranked:
            return replace(self, firing=(), resolved_alerts=resolved)
        worst = ranked[0]
        grew = len(ranked) > len(self.firing) > 0
        taken = replace(
            self,
            firing=ranked,
            resolved_alerts=resolved,
            severity=worst.severity,
            title=worst.title,
            text=worst.text,
        )
        return taken.noted(Entry(at, Deed.GREW, detail=str(len(ranked)))) if grew else taken

    def acknowledged(self, who: str, at: datetime) -> "Incident":
        """Somebody takes care of it: nobody else is called."""
        taken = replace(
            self,
            state=IncidentState.ACKNOWLEDGED,
            acknowledged_by=who,
            acknowledged_at=at,
            snoozed_until=None,
        )
        if self.grouping:
            ack = Ack(who, at, self.grouping.severity)
            taken = replace(taken, grouping=replace(self.grouping, ack=ack))
        return taken.noted(Entry(at, Deed.ACKNOWLEDGED, who))

    def released(self, at: datetime) -> "Incident":
        """An acknowledgement ended while alerts still fire: the calling begins anew."""
        free = replace(
            self,
            state=IncidentState.OPEN,
            acknowledged_at=None,
            step=0,
            clock_from=at,
            grouping=self.grouping and replace(self.grouping, ack=None),
        )
        return free.noted(Entry(at, Deed.RELEASED, self.acknowledged_by))

    def snoozed(self, who: str, until: datetime, at: datetime) -> "Incident":
        """Nobody is called until then."""
        return replace(self, snoozed_until=until).noted(
            Entry(at, Deed.SNOOZED, who, until.isoformat())
        )

    def hushed(self, silenced: Silenced, at: datetime) -> "Incident":
        """A silence covers all of it: nobody is called while it lasts."""
        quiet = replace(self, silenced=silenced)
        return quiet.noted(Entry(at, Deed.SILENCED, silenced.by, silenced.until.isoformat()))

    def heard(self, at: datetime, who: str = "") -> "Incident":
        """The silence is over and it still fires: waiting for an answer begins anew."""
        over = self.snoozed_until and self.snoozed_until <= at
        snoozed_until = None if over else self.snoozed_until
        loud = replace(self, silenced=None, snoozed_until=snoozed_until, clock_from=at)
        return loud.noted(Entry(at, Deed.HEARD, who))

    def resolved(self, who: str, at: datetime) -> "Incident":
        """It is over: by itself (`who` empty) or because somebody says so."""
        over = replace(
            self,
            state=IncidentState.RESOLVED,
            resolved_at=at,
            snoozed_until=None,
            silenced=None,
        )
        return over.noted(Entry(at, Deed.RESOLVED, who))

    def moved_on(self, to: str, at: datetime) -> "Incident":
        """It ends here though its alerts fire: the routes lead them to others now."""
        over = replace(self, state=IncidentState.RESOLVED, resolved_at=at, snoozed_until=None)
        return over.noted(Entry(at, Deed.MOVED, detail=to))

    def reopened(self, at: datetime) -> "Incident":
        """It fires again soon enough to be the same story."""
        again = replace(
            self,
            state=IncidentState.OPEN,
            resolved_at=None,
            acknowledged_by="",
            acknowledged_at=None,
            step=0,
            clock_from=at,
        )
        return again.noted(Entry(at, Deed.REOPENED))

    def escalated(
        self, to: str, told: tuple[ExtensionNumber, ...], at: datetime, number: int
    ) -> "Incident":
        """The step of that number was taken."""
        everybody = tuple(dict.fromkeys((*self.told, *told)))
        taken = replace(self, step=number + 1, told=everybody)
        return taken.noted(Entry(at, Deed.ESCALATED, detail=to))
