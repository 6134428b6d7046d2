"""What every alert keeps to, whatever was sent."""

from datetime import datetime

from gateway.domain.alert_form import (
    KEY_MOST,
    LABEL_NAME_MOST,
    LABEL_VALUE_MOST,
    LABELS_MOST,
    TEXT_MOST,
    TITLE_MOST,
    is_web_address,
    whole,
)
from gateway.domain.alerts import Alert, AlertStatus


def keeps_the_limits(alert: Alert) -> None:
    """Bounded, complete, and of text that every database and encoder takes."""
    assert 0 < len(alert.dedup_key) <= KEY_MOST
    assert 0 < len(alert.source_event_id) <= KEY_MOST
    assert 0 < len(alert.title) <= TITLE_MOST
    assert alert.title == " ".join(alert.title.split())
    assert len(alert.text) <= TEXT_MOST
    assert {"source", "severity", "alertname"} <= alert.labels.keys()
    assert alert.labels["source"] == alert.source == "ci"
    assert len(alert.labels) <= LABELS_MOST
    assert all(0 < len(name) <= LABEL_NAME_MOST for name in alert.labels)
    assert all(0 < len(value) <= LABEL_VALUE_MOST for value in alert.labels.values())
    assert all(is_web_address(link.href) for link in alert.links)
    assert (alert.ends_at is not None) == (alert.status is AlertStatus.RESOLVED)
    assert is_utc(alert.starts_at)
    assert alert.ends_at is None or is_utc(alert.ends_at)
    shown = [alert.dedup_key, alert.source_event_id, alert.title, alert.text]
    shown += [*alert.labels, *alert.labels.values(), *(link.text for link in alert.links)]
    assert shown == [whole(each) for each in shown]


def is_utc(moment: datetime) -> bool:
    """Aware, and no other zone."""
    offset = moment.utcoffset()
    return offset is not None and not offset
