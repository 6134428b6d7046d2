"""PagerDuty's Events API v2, with us as the server: its senders change one host name.

The routing key is credential and address at once, and stands inside the body. Problems are told in
PagerDuty's own sentences, because that is what its clients show.
Source: PagerDuty, "Send an alert event" and "Send a change event".
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Literal

from typing_extensions import override

from adapters.alerts.authentication.credentials import Authenticator
from adapters.alerts.authentication.keyring import Keyring
from adapters.alerts.body import NODES_OF_STRANGERS_MOST, read_json
from adapters.alerts.fields import Record, items, moment, record, text, texts
from adapters.alerts.parsing import Parser
from adapters.alerts.settings import NamedSource, Secrets, Section
from gateway.domain.alert_form import KEY_MOST, NormalForm, Reading
from gateway.domain.alerts import AlertLink, AlertStatus, Malformed
from gateway.ports.alerts import AlertRequest, Checked, Parsed, Trust, UnreadableDeliveryError

CHANGE_PATH = "/v2/change/enqueue"

_ACTIONS = {
    "trigger": AlertStatus.FIRING,
    "acknowledge": AlertStatus.ACK,
    "resolve": AlertStatus.RESOLVED,
}
_SEVERITIES = ("critical", "warning", "error", "info")
_LABELS = ("component", "group", "class")


class RoutingKeyAuth(Section):
    """The routing key in the body: any 32 characters that nobody guesses."""

    profile: Literal["routing-key"]
    secrets: Secrets


class PagerDutySettings(NamedSource):
    """A sender that speaks to PagerDuty's Events API v2."""

    kind: Literal["pagerduty"]
    auth: RoutingKeyAuth


class RoutingKey(Authenticator):
    """Looks for the routing key in the body."""

    def __init__(self, keys: Keyring[bytes]) -> None:
        self._keys = keys

    @override
    async def check(self, request: AlertRequest) -> Checked:
        try:
            given = routing_key(request.body)
        except UnreadableDeliveryError:
            return Checked(Trust.CREDENTIAL)
        return Checked(Trust.GENUINE if self.fits(given) else Trust.CREDENTIAL)

    def fits(self, given: bytes) -> bool:
        """Tell whether this is one of ours, in the same time whatever the answer."""
        fits = [hmac.compare_digest(key, given) for key in self._keys.active()]
        return any(fits)


def routing_key(body: bytes) -> bytes:
    """Read the routing key; empty when there is none.

    Raises:
        UnreadableDeliveryError: the body is not JSON.
    """
    return text(record(read_json(body, NODES_OF_STRANGERS_MOST)).get("routing_key")).encode(
        errors="replace"
    )


@dataclass(frozen=True)
class PagerDuty(Parser):
    """Reads events and change events, one per request. Media types are ignored, as there."""

    secrets: ClassVar[tuple[str, ...]] = ("routing_key",)

    form: NormalForm

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        event = record(read_json(request.body))
        is_change = request.path == CHANGE_PATH
        errors = tuple(_change_errors(event) if is_change else _event_errors(event))
        key = text(event.get("dedup_key"))
        if errors:
            return Parsed((Malformed(key[:KEY_MOST], "event", errors),))
        status = AlertStatus.INFO if is_change else _ACTIONS[text(event.get("event_action"))]
        return Parsed((self.form.alert(_reading(event, status, request), request.received_at),))


def _event_errors(event: Record) -> Iterator[str]:
    action, key = text(event.get("event_action")), text(event.get("dedup_key"))
    payload = record(event.get("payload"))
    if action not in _ACTIONS:
        yield "'event_action' must be 'trigger', 'acknowledge' or 'resolve'"
    if len(key) > KEY_MOST:
        yield f"'dedup_key' is longer than {KEY_MOST} characters"
    if not key and action in {"acknowledge", "resolve"}:
        yield "'dedup_key' is missing or blank"
    if action == "trigger":
        yield from _blank(payload, ("summary", "source", "severity"))
    severity = text(payload.get("severity"))
    if severity and severity not in _SEVERITIES:
        yield "'payload.severity' must be 'critical', 'warning', 'error' or 'info'"


def _change_errors(event: Record) -> Iterator[str]:
    yield from _blank(record(event.get("payload")), ("summary",))


def _blank(payload: Record, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if not text(payload.get(name)).strip():
            yield f"'payload.{name}' is missing or blank"


def _reading(event: Record, status: AlertStatus, request: AlertRequest) -> Reading:
    payload = record(event.get("payload"))
    details = texts(payload.get("custom_details"))
    named = {name: text(payload.get(name)) for name in _LABELS}
    named |= {"host": text(payload.get("source")), "client": text(event.get("client"))}
    stamp = text(payload.get("timestamp"))
    # Without a time of its own, an equal event is a new one: PagerDuty opens a new incident.
    saying = f"{stamp or request.received_at.isoformat()}|{sha256(request.body).hexdigest()}"
    return Reading(
        key=text(event.get("dedup_key")) or sha256(saying.encode(errors="replace")).hexdigest(),
        event_id=f"{status}|{saying}",
        status=status,
        title=text(payload.get("summary")),
        text="\n".join(f"{name}: {each}" for name, each in details.items()),
        severity=text(payload.get("severity")) or ("info" if status is AlertStatus.INFO else ""),
        labels=details | {name: value for name, value in named.items() if value},
        links=tuple(_links(event)),
        starts_at=moment(stamp),
        ends_at=moment(stamp),
    )


def _links(event: Record) -> Iterator[AlertLink]:
    for link in map(record, items(event.get("links"))):
        yield AlertLink(text(link.get("href")), text(link.get("text")))
    for image in map(record, items(event.get("images"))):
        yield AlertLink(text(image.get("href") or image.get("src")), text(image.get("alt")))
    yield AlertLink(text(event.get("client_url")), text(event.get("client")))
