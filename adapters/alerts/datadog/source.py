"""Datadog's webhook integration, with the body that `samples/firing.json` shows filled in.

The body is the operator's template; a variable that Datadog did not fill in stays as `$WORD` and
is left out. Datadog signs nothing.
Source: Datadog, "Webhooks", list of variables.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field
from typing_extensions import override

from adapters.alerts.body import json_of
from adapters.alerts.fields import moment, record, text
from adapters.alerts.parsing import Parser
from adapters.alerts.settings import GuardedSource, NoData
from gateway.domain.alert_form import NormalForm, Reading, slug
from gateway.domain.alerts import AlertLink, AlertStatus, Ignored, Item, Malformed, Note, Severity
from gateway.ports.alerts import AlertRequest, Parsed

_FIELDS = (
    "title",
    "text",
    "id",
    "cycle",
    "transition",
    "type",
    "priority",
    "scope",
    "tags",
    "host",
    "link",
    "date",
    "agg",
)
_VARIABLE = re.compile(r"\$[A-Z][A-Z0-9_]*")
_FIRING = frozenset({"triggered", "re-triggered", "renotify", "warn", "re-warn"})
_WARN = frozenset({"warn", "re-warn"})
_NO_DATA = frozenset({"no data", "re-no data"})
_TEST = "[TEST]"
_STATE = re.compile(r"^(\[[^\]]*\]\s*)+")


class DatadogSettings(GuardedSource):
    """Datadog's webhook integration."""

    kind: Literal["datadog"]
    no_data: NoData = Field(
        default=Severity.WARNING, description="Severity of `No Data`, or `ignore`."
    )


@dataclass(frozen=True)
class Datadog(Parser):
    """Reads one alert per request."""

    form: NormalForm
    no_data: NoData

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        body = record(json_of(request))
        given = {name: text(body.get(name)).strip() for name in _FIELDS}
        left = [name for name, value in given.items() if _VARIABLE.fullmatch(value)]
        alert = given | dict.fromkeys(left, "")
        notes = (Note.UNEXPANDED,) if left else ()
        return Parsed((self._item(alert, notes, request),))

    def _item(self, alert: dict[str, str], notes: tuple[Note, ...], request: AlertRequest) -> Item:
        key = alert["cycle"] or alert["agg"]
        if not key:
            return Malformed("", "cycle")
        transition = alert["transition"].lower()
        if transition in _NO_DATA and self.no_data == "ignore":
            return Ignored(key, "no_data")
        status, more = _status(transition, alert["title"])
        said = (key, transition, alert["date"] or request.received_at.isoformat())
        reading = Reading(
            key=key,
            event_id="|".join(said),
            status=status,
            title=alert["title"],
            text=alert["text"],
            severity=self._severity(transition, alert),
            labels=dict(_labels(alert)),
            links=(AlertLink(alert["link"], "Datadog"),),
            starts_at=moment(alert["date"]),
            ends_at=moment(alert["date"]),
            notes=notes + more,
        )
        return self.form.alert(reading, request.received_at)

    def _severity(self, transition: str, alert: dict[str, str]) -> str:
        if transition in _NO_DATA:
            return self.no_data
        if transition in _WARN:
            return Severity.WARNING
        return alert["priority"] or ("" if alert["type"] == "success" else alert["type"])


def _status(transition: str, title: str) -> tuple[AlertStatus, tuple[Note, ...]]:
    if title.startswith(_TEST) or not transition:
        return AlertStatus.INFO, ()
    if transition == "recovered":
        return AlertStatus.RESOLVED, ()
    if transition in _NO_DATA:
        return AlertStatus.FIRING, (Note.NO_DATA,)
    return AlertStatus.FIRING, () if transition in _FIRING else (Note.STATUS_UNKNOWN,)


def _labels(alert: dict[str, str]) -> Iterator[tuple[str, str]]:
    # The same for the whole life of an incident, unlike "[Triggered on …]" and "[Recovered on …]".
    yield "alertname", slug(_STATE.sub("", alert["title"]))
    for tag in filter(None, map(str.strip, alert["tags"].split(","))):
        name, _, value = tag.partition(":")
        if not _VARIABLE.fullmatch(value or name):
            yield name, value or "true"
    yield from ((name, alert[name]) for name in ("host", "scope"))
    yield "monitor", alert["id"]
