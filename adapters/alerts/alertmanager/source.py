"""Alertmanager's webhook, version 4. It signs nothing: a token, basic or a client certificate.

Both halves of a pair send, and after an outage the whole group comes again: the keys collapse it.
Source: Prometheus, "Alerting: configuration", `webhook_config`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pydantic import Field
from typing_extensions import override

from adapters.alerts.fields import Record, record, text
from adapters.alerts.grouped import read_common, read_group
from adapters.alerts.mapping import Mapping
from adapters.alerts.parsing import Parser
from adapters.alerts.settings import GuardedSource
from gateway.domain.alert_form import NormalForm, Reading
from gateway.domain.alerts import AlertLink, Malformed
from gateway.ports.alerts import AlertRequest, Parsed


class AlertmanagerSettings(GuardedSource):
    """A Prometheus Alertmanager, or a pair of them."""

    kind: Literal["alertmanager"]
    mapping: Mapping | None = Field(
        default=None, description="For bodies made by a `payload` template (0.32 and newer)."
    )


@dataclass(frozen=True)
class Alertmanager(Parser):
    """Reads groups of alerts."""

    form: NormalForm
    mapping: Mapping | None

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        return read_group(request, self.form, self.mapping, _read)


def _read(alert: Record, group: Record, received_at: datetime) -> Reading | Malformed:
    reading = read_common(alert, received_at)
    if isinstance(reading, Malformed):
        return reading
    annotations = record(alert.get("annotations"))
    links = (
        AlertLink(text(alert.get("generatorURL")), "Source"),
        AlertLink(text(annotations.get("runbook_url")), "Runbook"),
        AlertLink(text(group.get("externalURL")), "Alertmanager"),
    )
    return replace(reading, links=links)
