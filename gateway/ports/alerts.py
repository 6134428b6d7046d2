"""Alert sources, and the door through which what they say enters the core.

A request goes: find the source, authenticate its raw bytes, parse, hand over, answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.domain.alerts import Ingest, IngestReceipt, Item


class Headers(Protocol):
    """Request headers: names without case, repeats kept."""

    def getall(self, key: str, default: list[str], /) -> list[str]:
        """List every value of a header."""
        ...


@dataclass(frozen=True, slots=True)
class AlertRequest:
    """A request as it came. `body` is raw; `query` has the parameters that stand there once.

    `client` is the subject of the verified TLS client certificate (RFC 4514), empty without one.
    """

    path: str
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    client: str = ""


class Trust(StrEnum):
    """What is known about a request's origin. The reason goes to our log, never to the sender."""

    GENUINE = "genuine"
    UNDECIDED = "undecided"
    """Something needed to judge (a vendor's certificate) is out of reach: let the sender retry."""
    HEADERS = "headers"
    """A security header is missing, doubled or malformed."""
    TIME = "time"
    CREDENTIAL = "credential"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Checked:
    """The judgement on a request; `replay_key` names it where the protocol gives it a name."""

    trust: Trust
    replay_key: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was in a delivery; `omitted` alerts were left out by the sender itself."""

    items: tuple[Item, ...]
    omitted: int = 0


class Unreadable(StrEnum):
    """Why a whole delivery cannot be taken apart."""

    MALFORMED = "malformed"
    MEDIA_TYPE = "media_type"
    TOO_LARGE = "too_large"


@dataclass(eq=False)
class UnreadableDeliveryError(Exception):
    """Nothing of the delivery can be used. `why` is a code word for the operator."""

    kind: Unreadable
    why: str
    details: tuple[str, ...] = ()


class AlertSource(Protocol):
    """One configured source.

    `methods` are what its vendor uses. A source that an operator `retired` is answered with 410
    for good, and many senders then stop for ever.
    """

    name: str
    retired: bool
    methods: frozenset[str]

    async def authenticate(self, request: AlertRequest) -> Checked:
        """Judge a request by its raw bytes, before anything is parsed.

        Two protocols carry the credential inside the body (PagerDuty, SNS); they read it within the
        same bounds. SNS also confirms its subscription here, once the message is known to be
        genuine and its topic expected.
        """
        ...

    def parse(self, request: AlertRequest) -> Parsed:
        """Read an authentic delivery.

        Raises:
            UnreadableDeliveryError: nothing of it can be used.
        """
        ...

    def redacted(self, body: bytes) -> bytes:
        """Take the credentials out of a body, so that it can be kept."""
        ...

    def handshake(self, headers: Headers) -> Mapping[str, str] | None:
        """Answer an OPTIONS request with these headers; `None` when there is no agreement."""
        ...


class AlertSources(Protocol):
    """All configured sources."""

    def named(self, name: str) -> AlertSource | None:
        """Find the source behind `/alerts/{name}`."""
        ...

    def keyed(self, body: bytes) -> AlertSource | None:
        """Find the source whose routing key a PagerDuty event carries."""
        ...


class AlertIntake(Protocol):
    """The core's door for alerts."""

    async def take(self, ingest: Ingest) -> IngestReceipt:
        """Write an ingest durably: its items, keys, verdicts and deliveries, in one transaction.

        A repeat has no second effect and gets an answer too: the whole request by `replay_key`,
        each alert by (`source`, `source_event_id`). The results stand in the order of the items.

        Raises:
            StoreUnavailableError: nothing was written; the sender must come again.
        """
        ...
