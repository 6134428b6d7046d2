"""What a source says about an alert, as its group takes it in."""

from dataclasses import replace
from datetime import datetime

from gateway.domain.alerts import Alert, AlertStatus
from gateway.domain.errors import FactValue
from gateway.domain.incidents import Incident, IncidentState
from gateway.domain.routing.alerts import RoutedAlert
from gateway.domain.routing.flapping import FlapPolicy
from gateway.domain.routing.flushing import GroupNotice, Reason
from gateway.domain.routing.grouping import Ack, AlertGroup
from gateway.services.alerts.records import identity

_UNSTEADY = frozenset({Reason.FLAPPING, Reason.STABLE})


def routed_alert(alert: Alert, trace: str) -> RoutedAlert:
    """Bring an alert to the form that groups hold."""
    firing = alert.status is not AlertStatus.RESOLVED
    return RoutedAlert(identity(alert), alert.labels, firing, alert.starts_at, trace)


def taken(group: AlertGroup | None, alert: Alert, at: datetime) -> AlertGroup | None:
    """Let a group be taken care of, by word of the source of an alert that fires in it."""
    member = group.members.get(identity(alert)) if group else None
    if group is None or group.ack or member is None or not member.alert.firing:
        return group
    return replace(group, ack=Ack(alert.source, at, group.severity))


def takes_over(before: Incident, incident: Incident) -> bool:
    """Tell whether a source took an incident, now or before people were told of it."""
    known = before.notified_at and before.grouping and before.grouping.ack
    ack = incident.notified_at and incident.grouping and incident.grouping.ack
    return bool(ack and not known) and incident.state is IncidentState.OPEN


def answered_by_source(incident: Incident) -> Incident:
    """Take an incident as its source says."""
    ack = incident.grouping and incident.grouping.ack
    return incident.acknowledged(ack.by, ack.at) if ack else incident


def reopens(incident: Incident, notice: GroupNotice) -> bool:
    """Tell whether it fires again: a flapping alert may, too, after it was said to be over."""
    fires_after_all = bool(notice.firing) and incident.state is IncidentState.RESOLVED
    return notice.reason is Reason.REOPENED or (notice.reason in _UNSTEADY and fires_after_all)


def ends(incident: Incident, notice: GroupNotice) -> bool:
    """Tell whether it is over, now or since it has settled."""
    is_over = notice.reason in {Reason.RESOLVED, Reason.STABLE} and not notice.firing
    return is_over and incident.state is not IncidentState.RESOLVED


def flapping_facts(
    incident: Incident, notice: GroupNotice, policy: FlapPolicy
) -> dict[str, FactValue]:
    """Tell how often what flaps came and went of late."""
    flaps = incident.grouping.flaps if incident.grouping else {}
    counts = (len(flaps[key].changes) for key in notice.flapping if key in flaps)
    return {
        "ref": incident.ref,
        "title": incident.title,
        "count": max(counts, default=policy.changes),
        "minutes": round(policy.within.total_seconds() / 60),
    }
