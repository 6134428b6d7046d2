"""CloudEvents 1.0 over HTTP: binary, structured and batch, and the handshake before them.

Sources: CloudEvents "HTTP Protocol Binding" and "HTTP 1.1 Web Hooks for Event Delivery".
"""

import base64
from collections.abc import Mapping as Table
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote

from pydantic import Field
from typing_extensions import override

from adapters.alerts.body import bounded, is_json, media_type_of, read_json
from adapters.alerts.fields import Record, moment, record, text, texts
from adapters.alerts.mapping import Mapping, map_one
from adapters.alerts.parsing import Parser
from adapters.alerts.settings import GuardedSource
from gateway.domain.alert_form import NormalForm, Reading, bounded_key
from gateway.domain.alerts import Alert, AlertStatus, Item, Malformed
from gateway.ports.alerts import (
    AlertRequest,
    Headers,
    Parsed,
    Unreadable,
    UnreadableDeliveryError,
)

_STRUCTURED = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"
_REQUIRED = ("specversion", "id", "source", "type")
_ATTRIBUTES = (*_REQUIRED, "subject", "time", "severity", "status")
_RECOVERED = frozenset({"resolved", "ok", "recovered"})
_TITLES = ("title", "summary", "message")


class CloudEventsSettings(GuardedSource):
    """Anything that speaks CloudEvents."""

    kind: Literal["cloudevents"]
    origins: tuple[str, ...] = Field(
        default=(),
        description="Senders that may ask for permission first (`WebHook-Request-Origin`).",
        examples=[["eventemitter.example.com"]],
    )
    rate: int = Field(
        default=600, ge=1, description="Requests per minute they are told they may send."
    )
    mapping: Mapping | None = Field(
        default=None,
        description="For events whose meaning is in `data`; paths begin at the event, so `$.data`.",
    )


@dataclass(frozen=True)
class CloudEvents(Parser):
    """Reads events in all three modes."""

    form: NormalForm
    mapping: Mapping | None
    origins: tuple[str, ...]
    rate: int

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        media_type = media_type_of(request.headers)
        if media_type == _BATCH:
            events = _batch(request.body)
        elif media_type == _STRUCTURED:
            events = [read_json(request.body)]
        else:
            events = [_binary(request, media_type)]
        return Parsed(tuple(self._item(record(event), request) for event in events))

    @override
    def handshake(self, headers: Headers) -> Table[str, str] | None:
        """Permit configured origins; the address they want to be called back at is not visited."""
        asked = headers.getall("WebHook-Request-Origin", [])
        if len(asked) != 1 or asked[0] not in self.origins:
            return None
        return {
            "WebHook-Allowed-Origin": asked[0],
            "WebHook-Allowed-Rate": str(self.rate),
            "Allow": "POST",
        }

    def _item(self, event: Record, request: AlertRequest) -> Item:
        name = "|".join(filter(None, (text(event.get(part)) for part in ("source", "id"))))
        missing = [part for part in _REQUIRED if not text(event.get(part))]
        if missing:
            return Malformed(name, missing[0])
        if text(event.get("specversion")) != "1.0":
            return Malformed(name, "specversion")
        opened = {**event, "data": _data(event)}
        if not self.mapping:
            return self.form.alert(_reading(opened, name), request.received_at)
        item = map_one(self.mapping, self.form, opened, request)
        return replace(item, source_event_id=bounded_key(name)) if isinstance(item, Alert) else item


def _batch(body: bytes) -> list[object]:
    events = read_json(body)
    if not isinstance(events, list):
        raise UnreadableDeliveryError(Unreadable.MALFORMED, "batch")
    return bounded(events)


def _binary(request: AlertRequest, media_type: str) -> Record:
    """Collect the attributes from the headers; they are percent-encoded there."""
    event: dict[str, object] = {}
    for name in _ATTRIBUTES:
        values = request.headers.getall(f"ce-{name}", [])
        if len(values) == 1:
            event[name] = unquote(values[0].strip('"'))
    if "specversion" not in event:
        raise UnreadableDeliveryError(Unreadable.MEDIA_TYPE, "mode")
    if is_json(media_type):
        event["data"] = read_json(request.body) if request.body else None
    elif media_type.startswith("text/"):
        event["data"] = request.body.decode(errors="replace")
    else:
        raise UnreadableDeliveryError(Unreadable.MEDIA_TYPE, "data")
    return event


def _data(event: Record) -> object:
    """Open `data_base64`; what is neither JSON nor text is left alone."""
    encoded = event.get("data_base64")
    if not isinstance(encoded, str):
        return event.get("data")
    try:
        decoded = base64.b64decode(encoded, validate=True)
        media_type = text(event.get("datacontenttype")) or "application/json"
        return read_json(decoded) if is_json(media_type) else decoded.decode()
    except (ValueError, UnreadableDeliveryError):
        return None


def _reading(event: Record, name: str) -> Reading:
    data = event.get("data")
    kind, subject = text(event["type"]), text(event.get("subject"))
    name_of_kind = kind.rpartition(".")[0] or kind
    plain = texts(data)
    titles = filter(None, map(plain.get, _TITLES))
    return Reading(
        key=f"{text(event['source'])}|{subject or name_of_kind}",
        event_id=name,
        status=_status(event, kind),
        title=next(titles, f"{kind} {subject}"),
        text=data if isinstance(data, str) else "\n".join(f"{k}: {v}" for k, v in plain.items()),
        severity=text(event.get("severity")) or plain.get("severity", ""),
        labels={
            "alertname": name_of_kind,
            **plain,
            "source": text(event["source"]),
            "subject": subject,
            "type": kind,
        },
        starts_at=moment(event.get("time")),
        ends_at=moment(event.get("time")),
    )


def _status(event: Record, kind: str) -> AlertStatus:
    said = text(event.get("status")).lower()
    if said in set(AlertStatus):
        return AlertStatus(said)
    word = said or kind.rpartition(".")[2].lower()
    return AlertStatus.RESOLVED if word in _RECOVERED else AlertStatus.FIRING
