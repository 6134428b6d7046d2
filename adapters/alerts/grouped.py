"""The body that Alertmanager invented and Grafana took over: a group and its alerts.

Each alert has its own status: a group that is firing may hold alerts that are resolved.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from adapters.alerts.body import bounded, json_of
from adapters.alerts.fields import Record, count, items, moment, record, text, texts
from adapters.alerts.mapping import Mapping, read_mapped
from gateway.domain.alert_form import NormalForm, Reading
from gateway.domain.alerts import AlertStatus, Ignored, Item, Malformed
from gateway.ports.alerts import AlertRequest, Parsed, Unreadable, UnreadableDeliveryError

ReadAlert = Callable[[Record, Record, datetime], Reading | Ignored | Malformed]
"""One alert, the body around it, and when it came."""


def read_group(
    request: AlertRequest, form: NormalForm, mapping: Mapping | None, read: ReadAlert
) -> Parsed:
    """Read a group. A body made by the sender's own template goes through the mapping.

    Raises:
        UnreadableDeliveryError: not JSON, too many, or a custom body without a mapping.
    """
    body = json_of(request)
    group = record(body)
    if "version" not in group or not isinstance(group.get("alerts"), list):
        if mapping is None:
            raise UnreadableDeliveryError(Unreadable.MALFORMED, "custom_body")
        return read_mapped(mapping, form, body, request)
    found = (
        read(record(each), group, request.received_at) for each in bounded(items(group["alerts"]))
    )
    return Parsed(
        tuple(_item(each, form, request) for each in found), count(group.get("truncatedAlerts"))
    )


def _item(found: Reading | Ignored | Malformed, form: NormalForm, request: AlertRequest) -> Item:
    return form.alert(found, request.received_at) if isinstance(found, Reading) else found


def read_common(alert: Record, received_at: datetime) -> Reading | Malformed:
    """Read what both vendors mean alike; links are each vendor's own."""
    labels, annotations = texts(alert.get("labels")), texts(alert.get("annotations"))
    fingerprint = text(alert.get("fingerprint")) or _fingerprint(labels)
    if not fingerprint:
        return Malformed("", "labels")
    try:
        status = AlertStatus(text(alert.get("status")))
    except ValueError:
        return Malformed(fingerprint, "status")
    started, ended = text(alert.get("startsAt")), text(alert.get("endsAt"))
    said = [fingerprint, status.value, started or received_at.isoformat()]
    if status is AlertStatus.RESOLVED:
        said.append(ended)
    return Reading(
        key=fingerprint,
        event_id="|".join(said),
        status=status,
        title=annotations.get("summary", "") or labels.get("alertname", ""),
        text=annotations.get("description", "") or annotations.get("message", ""),
        severity=labels.get("severity", ""),
        labels=labels,
        starts_at=moment(started),
        ends_at=moment(ended),
    )


def _fingerprint(labels: dict[str, str]) -> str:
    """Identify a label set, as Alertmanager itself does where an old one sends no fingerprint."""
    if not labels:
        return ""
    pairs = "\xff".join(f"{name}\xff{value}" for name, value in sorted(labels.items()))
    return sha256(pairs.encode(errors="replace")).hexdigest()[:16]
