"""An alert as everything behind its source knows it: the normal form, whatever the vendor.

One HTTP request is an `Ingest`. It holds one item for every alert the sender meant, in the sender's
order: an `Alert`, or what was `Ignored` on purpose, or what was `Malformed`. The core answers each
item with a `Verdict`, so that nothing a sender said is uncounted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import Ref


class AlertStatus(StrEnum):
    """What the sender says about the incident; `ACK` comes from senders with people behind them."""

    FIRING = "firing"
    RESOLVED = "resolved"
    ACK = "ack"
    INFO = "info"


class Severity(StrEnum):
    """How bad it is, worst first."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Note(StrEnum):
    """What somebody who reads the alert must know about how it was read."""

    TRUNCATED = "truncated"
    """Title or text was longer than is shown; the raw body has all of it."""
    LABELS_CUT = "labels_cut"
    LINKS_DROPPED = "links_dropped"
    """Links that are no web address, or too many."""
    TIME_ODD = "time_odd"
    """The sender's time is absurd; the time of receipt stands in its place."""
    SEVERITY_UNKNOWN = "severity_unknown"
    """The sender's word is in nobody's list; the source's default stands in its place."""
    STATUS_UNKNOWN = "status_unknown"
    UNEXPANDED = "unexpanded"
    """The sender left variables of its own template in the text (`$HOSTNAME`); they are dropped."""
    NO_DATA = "no_data"
    """The rule could not be evaluated: say "no data", never "firing"."""


@dataclass(frozen=True, slots=True)
class AlertLink:
    """A web address that belongs to an alert; shown, never fetched."""

    href: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing a sender said about one incident. The stored raw body is found by the ingest.

    | field | is |
    |---|---|
    | `source` | the configured name, not the vendor |
    | `source_event_id` | identity of *this saying*; the same id twice has one effect |
    | `dedup_key` | identity of *the incident* inside its source, at most 255 characters |
    | `title`, `text` | plain text, hostile until a chat adapter escapes it; one line, and many |
    | `labels` | what routing sees: always `source`, `severity` and `alertname` |
    | `links` | http and https only |
    | `starts_at` | aware UTC; when unknown, the time of receipt |
    | `ends_at` | aware UTC; set exactly when resolved |
    """

    source: str
    source_event_id: str
    dedup_key: str
    status: AlertStatus
    severity: Severity
    title: str
    text: str
    labels: Mapping[str, str]
    links: tuple[AlertLink, ...]
    starts_at: datetime
    ends_at: datetime | None
    received_at: datetime
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """Authentic, and left alone on purpose. `why` is a code word such as `test` or `drop_if`."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Authentic, and unusable. `why` names the place that is wrong, never its value.

    `details` are sentences only where the sender's protocol fixes them (PagerDuty's `errors`).
    """

    key: str
    why: str
    details: tuple[str, ...] = ()


Item = Alert | Ignored | Malformed


@dataclass(frozen=True, slots=True)
class Ingest:
    """One authentic request. All of it is written in one transaction, or nothing.

    `replay_key` identifies the request where its signature or protocol does; it belongs into that
    same transaction. `raw` is the body with credentials taken out. `omitted` counts alerts that
    the sender left out of a body that would have been too long: say so, never ignore it.
    """

    source: str
    received_at: datetime
    items: tuple[Item, ...]
    raw: bytes = field(repr=False)
    replay_key: str | None = None
    omitted: int = 0


class Verdict(StrEnum):
    """What became of an item."""

    ROUTED = "routed"
    DUPLICATE = "duplicate"
    SUPPRESSED = "suppressed"
    IGNORED = "ignored"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """An item's verdict; `trace` (`in_8F2K.1`) leads to why."""

    key: str
    verdict: Verdict
    trace: Ref | None = None


def item_ref(ingest: Ref, place: int) -> Ref:
    """Name an item of a request by its place, from 0 on: the first of `in_8F2K` is `in_8F2K.1`."""
    return Ref(f"{ingest}.{place + 1}")


@dataclass(frozen=True, slots=True)
class IngestReceipt:
    """What was written: the ingest's reference (`in_8F2K`) and one result per item, in order."""

    ref: Ref
    results: tuple[ItemResult, ...]
