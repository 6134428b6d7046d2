"""Sentry's integration webhooks: issue alerts, metric alerts and issues.

Source: Sentry, "Integration Platform: Webhooks".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from typing_extensions import override

from adapters.alerts.body import json_of
from adapters.alerts.fields import Record, items, moment, record, text
from adapters.alerts.parsing import Parser
from adapters.alerts.settings import GuardedSource
from gateway.domain.alert_form import NormalForm, Reading
from gateway.domain.alerts import AlertLink, AlertStatus, Ignored, Item, Malformed
from gateway.ports.alerts import AlertRequest, Parsed

_PROJECT = re.compile(r"/projects/[^/]+/([^/]+)/")
_ISSUE_ACTIONS = {
    "created": AlertStatus.FIRING,
    "unresolved": AlertStatus.FIRING,
    "resolved": AlertStatus.RESOLVED,
    "assigned": AlertStatus.INFO,
    "archived": AlertStatus.INFO,
    "ignored": AlertStatus.INFO,
}
_METRIC_ACTIONS = {
    "critical": AlertStatus.FIRING,
    "warning": AlertStatus.FIRING,
    "resolved": AlertStatus.RESOLVED,
}


class SentrySettings(GuardedSource):
    """An internal integration of Sentry with webhooks."""

    kind: Literal["sentry"]


@dataclass(frozen=True)
class Sentry(Parser):
    """Reads one event per request; resources that are no alerts are left alone."""

    form: NormalForm

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        body = record(json_of(request))
        resource = _header(request, "Sentry-Hook-Resource")
        found = _read(resource, text(body.get("action")), record(body.get("data")))
        return Parsed((self._item(found, resource, request),))

    def _item(
        self, found: Reading | Ignored | Malformed, resource: str, request: AlertRequest
    ) -> Item:
        if not isinstance(found, Reading):
            return found
        # Equal bodies come from two events, too; Sentry names each delivery beside the body.
        delivery = _header(request, "Request-ID") or request.received_at.isoformat()
        named = replace(
            found,
            event_id=f"{delivery}|{sha256(request.body).hexdigest()}",
            labels={**found.labels, "resource": resource},
        )
        return self.form.alert(named, request.received_at)


def _header(request: AlertRequest, name: str) -> str:
    values = request.headers.getall(name, [])
    return values[0] if values else ""


def _read(resource: str, action: str, data: Record) -> Reading | Ignored | Malformed:
    match resource, action:
        case "event_alert", "triggered":
            return _event_alert(record(data.get("event")), text(data.get("triggered_rule")))
        case "metric_alert", _ if action in _METRIC_ACTIONS:
            return _metric_alert(data, action)
        case "issue", _ if action in _ISSUE_ACTIONS:
            return _issue(record(data.get("issue")), action)
        case _:
            return Ignored("", "resource")


def _event_alert(event: Record, rule: str) -> Reading | Malformed:
    issue = text(event.get("issue_id")) or _last_part(text(event.get("issue_url")))
    if not issue:
        return Malformed("", "issue_id")
    return Reading(
        key=f"issue/{issue}",
        event_id="",
        status=AlertStatus.FIRING,
        title=text(event.get("title")),
        text=text(event.get("culprit")),
        severity=text(event.get("level")),
        labels={
            **dict(_tags(event)),
            "rule": rule,
            "project": _project(event),
            "environment": text(event.get("environment")),
            "platform": text(event.get("platform")),
        },
        links=(AlertLink(text(event.get("web_url")), "Sentry"),),
        starts_at=moment(event.get("datetime")),
    )


def _metric_alert(data: Record, action: str) -> Reading | Malformed:
    alert = record(data.get("metric_alert"))
    number = text(alert.get("id"))
    if not number:
        return Malformed("", "metric_alert.id")
    return Reading(
        key=f"metric_alert/{number}",
        event_id="",
        status=_METRIC_ACTIONS[action],
        title=text(data.get("description_title")) or text(alert.get("title")),
        text=text(data.get("description_text")),
        severity="" if action == "resolved" else action,
        labels={"alertname": text(alert.get("title"))},
        links=(AlertLink(text(data.get("web_url")), "Sentry"),),
        starts_at=moment(alert.get("date_started")),
        ends_at=moment(alert.get("date_closed")),
    )


def _issue(issue: Record, action: str) -> Reading | Malformed:
    number, project = text(issue.get("id")), record(issue.get("project"))
    if not number:
        return Malformed("", "issue.id")
    address = text(issue.get("web_url")) or text(issue.get("permalink"))
    return Reading(
        key=f"issue/{number}",
        event_id="",
        status=_ISSUE_ACTIONS[action],
        title=text(issue.get("title")),
        text=text(issue.get("culprit")),
        severity=text(issue.get("level")),
        labels={
            "action": action,
            "project": text(project.get("slug")),
            "platform": text(issue.get("platform")),
            "short_id": text(issue.get("shortId")),
        },
        links=(AlertLink(address, "Sentry"),),
        starts_at=moment(issue.get("firstSeen")),
    )


def _tags(event: Record) -> Iterator[tuple[str, str]]:
    for tag in map(items, items(event.get("tags"))):
        if len(tag) == len(("name", "value")):
            yield text(tag[0]), text(tag[1])


def _project(event: Record) -> str:
    """Find the project's name, which an event has in its address only."""
    found = _PROJECT.search(text(event.get("url")))
    return found[1] if found else text(event.get("project"))


def _last_part(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]
