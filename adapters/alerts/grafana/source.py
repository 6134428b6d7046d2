"""Grafana's unified alerting: Alertmanager's skeleton, version 1, by POST or PUT.

Source: Grafana, "Configure the webhook notifier for Alerting".
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from adapters.alerts.fields import Record, record, text
from adapters.alerts.grouped import read_common, read_group
from adapters.alerts.mapping import Mapping
from adapters.alerts.parsing import Parser
from adapters.alerts.settings import GuardedSource
from gateway.domain.alert_form import NormalForm, Reading
from gateway.domain.alerts import AlertLink, Ignored, Malformed, Note
from gateway.ports.alerts import AlertRequest, Parsed

_TEST = {"alertname": "TestAlert", "instance": "Grafana"}
"""What the button "Test" of a contact point sends."""
_COULD_NOT_RUN = frozenset({"DatasourceError", "DatasourceNoData"})


class GrafanaSettings(GuardedSource):
    """A Grafana with unified alerting."""

    kind: Literal["grafana"]
    mapping: Mapping | None = Field(
        default=None, description="For bodies made by a custom payload template."
    )


@dataclass(frozen=True)
class Grafana(Parser):
    """Reads groups of alerts."""

    methods: ClassVar[frozenset[str]] = frozenset({"POST", "PUT"})

    form: NormalForm
    mapping: Mapping | None

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        return read_group(request, self.form, self.mapping, _read)


def _read(alert: Record, _: Record, received_at: datetime) -> Reading | Ignored | Malformed:
    reading = read_common(alert, received_at)
    if isinstance(reading, Malformed):
        return reading
    labels = reading.labels
    if labels.items() >= _TEST.items():
        return Ignored(reading.key, "test")
    could_not_run = labels.get("alertname") in _COULD_NOT_RUN
    summary = text(record(alert.get("annotations")).get("summary"))
    return replace(
        reading,
        # The alert's own name says that a rule could not run, and not which one.
        title=summary or (could_not_run and labels.get("rulename")) or reading.title,
        text=reading.text or text(alert.get("valueString")),
        links=_links(alert),
        notes=(Note.NO_DATA,) if could_not_run else (),
    )


def _links(alert: Record) -> tuple[AlertLink, ...]:
    annotations = record(alert.get("annotations"))
    return (
        AlertLink(text(alert.get("dashboardURL")), "Dashboard"),
        AlertLink(text(alert.get("panelURL")), "Panel"),
        AlertLink(text(annotations.get("runbook_url")), "Runbook"),
        AlertLink(text(alert.get("silenceURL")), "Silence"),
    )
