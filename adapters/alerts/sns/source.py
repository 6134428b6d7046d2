"""AWS SNS, usually with CloudWatch alarms inside. Its media type is `text/plain`, whatever it is.

Confirmations were acted upon when they were authenticated; they are never shown as alerts.
Source: AWS, "HTTP/HTTPS notification JSON format" and "Amazon CloudWatch alarm notifications".
"""

import json
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field
from typing_extensions import override

from adapters.alerts.body import read_json
from adapters.alerts.fields import Record, items, moment, record, text
from adapters.alerts.mapping import Mapping, map_one
from adapters.alerts.parsing import Parser
from adapters.alerts.settings import NamedSource, NoData, TokenAuth
from adapters.alerts.sns.auth import SnsAuth
from gateway.domain.alert_form import NormalForm, Reading, bounded_key
from gateway.domain.alerts import Alert, AlertStatus, Ignored, Item, Note, Severity
from gateway.ports.alerts import AlertRequest, Parsed, UnreadableDeliveryError

_STATES = {"ALARM": AlertStatus.FIRING, "OK": AlertStatus.RESOLVED}
_LABELS = {"region": "Region", "account": "AWSAccountId"}
_METRIC_LABELS = {"namespace": "Namespace", "metric": "MetricName"}


class SnsSettings(NamedSource):
    """A subscription of SNS topics."""

    kind: Literal["sns"]
    auth: Annotated[SnsAuth | TokenAuth, Discriminator("profile")] = Field(
        description="`sns` checks signatures. Raw message delivery has none: use `token` for it."
    )
    no_data: NoData = Field(
        default=Severity.WARNING, description="Severity of `INSUFFICIENT_DATA`, or `ignore`."
    )
    mapping: Mapping | None = Field(
        default=None, description="For messages in JSON that are not CloudWatch's."
    )


@dataclass(frozen=True)
class Sns(Parser):
    """Reads one message per request, inside SNS's envelope or without it."""

    secrets: ClassVar[tuple[str, ...]] = ("Token", "SubscribeURL", "UnsubscribeURL", "Signature")

    form: NormalForm
    no_data: NoData
    mapping: Mapping | None

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        envelope = _envelope(request)
        kind = text(envelope.get("Type"))
        if kind != "Notification":
            return Parsed((Ignored(text(envelope.get("MessageId")), "confirmation"),))
        item = self._item(envelope, request)
        name = text(envelope.get("MessageId"))
        if name and isinstance(item, Alert):
            item = replace(item, source_event_id=bounded_key(name))
        return Parsed((item,))

    def _item(self, envelope: Record, request: AlertRequest) -> Item:
        message = _inside(text(envelope.get("Message")))
        if isinstance(message, dict) and message.get("AlarmName"):
            if message.get("NewStateValue") == "INSUFFICIENT_DATA" and self.no_data == "ignore":
                return Ignored(_alarm_key(message), "no_data")
            return self.form.alert(self._alarm(message, request), request.received_at)
        if self.mapping and message is not None:
            return map_one(self.mapping, self.form, message, request)
        return self.form.alert(_words(envelope, request), request.received_at)

    def _alarm(self, alarm: Record, request: AlertRequest) -> Reading:
        trigger, state = record(alarm.get("Trigger")), text(alarm.get("NewStateValue"))
        no_data = state == "INSUFFICIENT_DATA"
        changed = text(alarm.get("StateChangeTime"))
        key = _alarm_key(alarm)
        return Reading(
            key=key,
            event_id=f"{key}|{state}|{changed or request.received_at.isoformat()}",
            status=_STATES.get(state, AlertStatus.FIRING),
            title=text(alarm["AlarmName"]),
            text=_story(alarm),
            severity=self.no_data if no_data else "",
            labels={
                **{text(d.get("name")): text(d.get("value")) for d in _dimensions(trigger)},
                **{name: text(alarm.get(member)) for name, member in _LABELS.items()},
                **{name: text(trigger.get(member)) for name, member in _METRIC_LABELS.items()},
                "alertname": text(alarm["AlarmName"]),
            },
            starts_at=moment(changed),
            ends_at=moment(changed),
            notes=(Note.NO_DATA,) if no_data else (),
        )


def _envelope(request: AlertRequest) -> Record:
    """Open the envelope; raw delivery has none, and its headers say what one would."""
    try:
        envelope = record(read_json(request.body))
    except UnreadableDeliveryError:
        envelope = {}
    if isinstance(envelope.get("Message"), str) and "Type" in envelope:
        return envelope
    return {
        "Type": "Notification",
        "Message": request.body.decode(errors="replace"),
        "MessageId": _header(request, "x-amz-sns-message-id"),
        "TopicArn": _header(request, "x-amz-sns-topic-arn"),
    }


def _header(request: AlertRequest, name: str) -> str:
    values = request.headers.getall(name, [])
    return values[0] if values else ""


def _inside(message: str) -> object:
    try:
        return read_json(message.encode(errors="replace"))
    except UnreadableDeliveryError:
        return None


def _alarm_key(alarm: Record) -> str:
    return text(alarm.get("AlarmArn")) or text(alarm.get("AlarmName"))


def _dimensions(trigger: Record) -> list[Record]:
    return [record(each) for each in items(trigger.get("Dimensions"))]


def _story(alarm: Record) -> str:
    """Tell why; a composite alarm's reason is which of its alarms are on."""
    children = [record(each) for each in items(alarm.get("TriggeringChildren"))]
    lines = [
        text(alarm.get("AlarmDescription")),
        text(alarm.get("NewStateReason")),
        text(alarm.get("AlarmRule")),
        *(text(child.get("Arn")) for child in children),
    ]
    return "\n".join(filter(None, lines))


def _words(envelope: Record, request: AlertRequest) -> Reading:
    """Read a message that people wrote: it says nothing about an incident, so it is news."""
    message, subject = text(envelope.get("Message")), text(envelope.get("Subject"))
    first_line = message.strip().partition("\n")[0]
    topic = text(envelope.get("TopicArn"))
    return Reading(
        key=f"{topic}|{subject or first_line}",
        event_id=json.dumps([request.received_at.isoformat(), message]),
        status=AlertStatus.INFO,
        title=subject or first_line,
        text=message,
        labels={"topic": topic.rpartition(":")[2]},
        starts_at=moment(envelope.get("Timestamp")),
    )
