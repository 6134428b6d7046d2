"""Why something went the way it went: what was tried, what held it back, what became of it.

Facts only; `gateway.text` makes words of them, the control door JSON with these names as keys.
Titles are in them, texts of pages and alerts are not.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.ids import ChatUserId, ExtensionNumber, Ref
from gateway.domain.incidents import Entry


@dataclass(frozen=True, slots=True)
class MatcherWhy:
    """A condition of a route, and what the alert had; `None` is an absent label."""

    label: str
    operator: str
    value: str
    had: str | None
    matched: bool


@dataclass(frozen=True, slots=True)
class RouteWhy:
    """A route that was tried; `taken` when the alert took it. The root is at `depth` 0."""

    route: str
    receiver: str
    depth: int
    matched: bool
    taken: bool
    matchers: tuple[MatcherWhy, ...]


@dataclass(frozen=True, slots=True)
class HeldWhy:
    """What held an alert back: a `Fate`, and the rule, interval, silence or person behind it.

    `source` is the alert that inhibits.
    """

    cause: str
    by: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class AlertWhy:
    """An alert of an incident; `changes` are those between firing and resolved of late."""

    key: str
    title: str
    firing: bool
    since: datetime
    labels: dict[str, str]
    held: HeldWhy | None = None
    changes: int = 0
    flapping: bool = False


@dataclass(frozen=True, slots=True)
class GroupWhy:
    """A group's times: what was decided when, and when it is looked at again."""

    key: str
    labels: dict[str, str]
    opened_at: datetime
    told_at: datetime | None
    closed_at: datetime | None
    next_look_at: datetime
    group_wait_s: float
    group_interval_s: float
    repeat_interval_s: float


@dataclass(frozen=True, slots=True)
class IntervalWhy:
    """A time interval of the route, and whether now is inside; `mutes` there, or elsewhere."""

    name: str
    mutes: bool
    inside: bool


@dataclass(frozen=True, slots=True)
class SilenceWhy:
    """A silence that covers an alert of the incident now."""

    id: str
    matchers: str
    author: str
    comment: str
    until: datetime


@dataclass(frozen=True, slots=True)
class FlappingWhy:
    """How many changes within how long make an alert a flapping one."""

    changes: int
    within_s: float


@dataclass(frozen=True, slots=True)
class DeliveryWhy:
    """A delivery and how its attempts ended; `error` is the last code, `vendor_code` theirs.

    `kind` is what is sent, `to` are names of recipients, `due_at` is when something is done next.
    `budget` says that it is `waiting` for its part of the send budget, or was told in a digest
    (`digested`) instead. `trace` is the id under which it is traced; empty when it is not.
    """

    id: int
    kind: str
    to: tuple[str, ...]
    state: str
    attempts: int
    looks: int
    created_at: datetime
    started_at: datetime | None
    due_at: datetime | None
    error: str = ""
    vendor_code: str = ""
    budget: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class IncidentWhy:
    """Everything known about an incident. `tried` is how its worst alert found its routes.

    With `routes_changed` the routes are no longer those by which it came.
    """

    ref: Ref
    title: str
    severity: str
    state: str
    opened_at: datetime
    route: str
    receiver: str
    routes_changed: bool
    tried: tuple[RouteWhy, ...]
    group: GroupWhy | None
    intervals: tuple[IntervalWhy, ...]
    alerts: tuple[AlertWhy, ...]
    silences: tuple[SilenceWhy, ...]
    flapping: FlappingWhy
    history: tuple[Entry, ...]
    deliveries: tuple[DeliveryWhy, ...]


@dataclass(frozen=True, slots=True)
class PageWhy:
    """Everything known about a page, its text excepted."""

    ref: Ref
    state: str
    author: str
    sender: str
    to: tuple[str, ...]
    created_at: datetime
    changed_at: datetime
    sent_at: datetime | None
    replies: int
    error: str
    deliveries: tuple[DeliveryWhy, ...]


@dataclass(frozen=True, slots=True)
class WayWhy:
    """A group that an alert joined, what became of it there, and the incident it is part of."""

    route: str
    group: str
    fate: str
    incident: Ref | None


@dataclass(frozen=True, slots=True)
class ItemWhy:
    """What became of one alert of a request; `why` is a code word for what joined no group.

    A duplicate has the ways of what it repeats.
    """

    ref: Ref
    key: str
    title: str
    fate: str
    why: str
    at: datetime | None
    ways: tuple[WayWhy, ...]
    tried: tuple[RouteWhy, ...]


@dataclass(frozen=True, slots=True)
class RequestWhy:
    """What became of a request of an alert source, item by item."""

    ref: Ref
    items: tuple[ItemWhy, ...]


Explanation = IncidentWhy | PageWhy | RequestWhy


@dataclass(frozen=True, slots=True)
class RuleWhy:
    """A rule of the company, and the conditions that were not met; with none it decided."""

    rule: str
    allow: bool
    unmet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipientWhy:
    """Whether one recipient may be paged. `rule` decided; empty where none applied.

    `needs_group` names a user group whose members may.
    """

    number: ExtensionNumber
    name: str
    allowed: bool
    rule: str = ""
    needs_group: str = ""
    tried: tuple[RuleWhy, ...] = ()


@dataclass(frozen=True, slots=True)
class MayWhy:
    """Whether somebody may page these: `allowed` when they may page all of them.

    `barred` says why this person may page nobody at all: unknown, bot, stranger, guest, unlinked.
    `sender` is whose extension would send, `own` that it is theirs.
    """

    user: ChatUserId
    name: str
    allowed: bool
    barred: str
    sender: ExtensionNumber | None
    own: bool
    recipients: tuple[RecipientWhy, ...]
