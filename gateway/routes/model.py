"""The shape of `routes.yaml`. Keys are Alertmanager's where it has them.

Every field has a description: the JSON Schema is made of it, and editors show it.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from gateway.domain.policy import Act
from gateway.domain.routing.silences import check_matchers
from gateway.domain.routing.tree import Priority
from gateway.routes.fields import (
    DaysOfMonth,
    Duration,
    LabelName,
    Matchers,
    MinuteOfDay,
    Moment,
    Months,
    Name,
    Target,
    Text,
    Wait,
    WallTime,
    Weekdays,
    Years,
    Zone,
    mistake,
)


class Entry(BaseModel):
    """Keys and values; a key that is not known is a mistake."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )


class ReceiverEntry(Entry):
    """Who hears of alerts: whom to page, and the channel to post to. One of them at least."""

    name: Name = Field(description="What routes call it.")
    page: tuple[Target, ...] = Field(
        default=(), description="Departments, people, aliases and schedules.", examples=[["dba"]]
    )
    channel: Name | None = Field(default=None, description="Slack channel.", examples=["C0DB"])
    priority: Priority = Field(default=Priority.NORMAL, description="How urgent it is.")

    @model_validator(mode="after")
    def _tells_somebody(self) -> Self:
        if not self.page and not self.channel:
            raise mistake("needs `page`, `channel` or both: alerts must not end in nothing")
        return self


class EscalationEntry(Entry):
    """Whom to tell when nobody has acknowledged."""

    after: Wait = Field(description="Time since the first notice.")
    page: tuple[Target, ...] = Field(default=(), description="Whom to page then.")
    channel: Name | None = Field(default=None, description="Where to post then.")
    during: tuple[Name, ...] = Field(
        default=(), description="Time intervals outside which this step is left out."
    )

    @model_validator(mode="after")
    def _tells_somebody(self) -> Self:
        if not self.page and not self.channel:
            raise mistake("needs `page`, `channel` or both")
        return self


class AckEntry(Entry):
    """What happens until an incident is over. An empty one asks nobody."""

    remind: Duration | None = Field(
        default=None, description="Remind who took it as often while it is open."
    )
    timeout: Duration | None = Field(
        default=None, description="An acknowledgement ends after this, and escalation begins anew."
    )
    escalate: tuple[EscalationEntry, ...] = Field(default=(), description="Steps, in order.")
    again: int = Field(
        default=0, ge=0, le=100, description="How often the steps are gone through again."
    )


class RouteEntry(Entry):
    """A node of the tree. What is not set is inherited, but for what stands first."""

    name: Name | None = Field(default=None, description="A name for logs and `why`.")
    matchers: tuple[Matchers, ...] = Field(default=(), description="All have to be met.")
    continues: StrictBool = Field(
        default=False, alias="continue", description="Try later siblings though this one matched."
    )
    mute_time_intervals: tuple[Name, ...] = Field(
        default=(), description="Time intervals in which nothing is told."
    )
    active_time_intervals: tuple[Name, ...] = Field(
        default=(), description="Time intervals outside which nothing is told."
    )
    receiver: Name | None = Field(default=None, description="Who hears of it.")
    group_by: tuple[LabelName, ...] | None = Field(
        default=None,
        description="Labels that split groups; `...` is every label. None: one group per route.",
        examples=[["alertname", "cluster"], ["..."]],
    )
    group_wait: Wait | None = Field(
        default=None, description="From a group's first alert to its first notice (30s)."
    )
    group_interval: Duration | None = Field(
        default=None, description="Between looks at a living group (5m)."
    )
    repeat_interval: Duration | None = Field(
        default=None, description="After this, an unchanged group is told again (4h)."
    )
    reopen_window: Wait | None = Field(
        default=None, description="What fires again within this keeps its thread (30m)."
    )
    priority: Priority | None = Field(default=None, description="Instead of the receiver's.")
    template: Name | None = Field(default=None, description="A text of `templates`.")
    ack: AckEntry | None = Field(default=None, description="What happens while nobody answers.")
    routes: tuple["RouteEntry", ...] = Field(default=(), description="Tried in order.")


class TimesEntry(Entry):
    """Part of a day; the start is included, the end is not, and it cannot pass midnight."""

    start_time: MinuteOfDay = Field(description="When it begins; this minute is included.")
    end_time: MinuteOfDay = Field(description="When it ends; this minute is not included.")

    @model_validator(mode="after")
    def _runs_forwards(self) -> Self:
        if self.start_time >= self.end_time:
            raise mistake("ends before it begins; a night is two entries, before and after 24:00")
        return self


class IntervalEntry(Entry):
    """Times at which every field agrees."""

    times: tuple[TimesEntry, ...] = Field(default=(), description="Parts of the day.")
    weekdays: tuple[Weekdays, ...] = Field(default=(), description="The week begins on Sunday.")
    days_of_month: tuple[DaysOfMonth, ...] = Field(
        default=(), description="Negative days count from the month's end."
    )
    months: tuple[Months, ...] = Field(default=(), description="By name or number.")
    years: tuple[Years, ...] = Field(default=(), description="Years or ranges of them.")
    location: Zone | None = Field(default=None, description="Time zone (UTC).")


class TimeIntervalEntry(Entry):
    """A name for times: any of the intervals."""

    name: Name = Field(description="What routes call it.")
    time_intervals: tuple[IntervalEntry, ...] = Field(min_length=1, description="Any of these.")


class InhibitEntry(Entry):
    """While a source fires, targets that agree with it in `equal` are not told."""

    name: Name | None = Field(default=None, description="A name for `why`.")
    source_matchers: tuple[Matchers, ...] = Field(min_length=1, description="The cause.")
    target_matchers: tuple[Matchers, ...] = Field(min_length=1, description="The consequences.")
    equal: tuple[LabelName, ...] = Field(default=(), description="Labels that have to agree.")


class SilenceEntry(Entry):
    """A silence that is there from the start."""

    matchers: tuple[Matchers, ...] = Field(min_length=1, description="All have to be met.")
    begin: Moment = Field(alias="from", description="Muted from then on.")
    until: Moment = Field(description="Up to then.")
    author: Name = Field(description="Who wants it.")
    comment: Name = Field(description="Why.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.until <= self.begin:
            raise mistake("ends before it begins")
        if check_matchers([matcher for each in self.matchers for matcher in each]):
            raise mistake("silences everything; one matcher has to ask for a label to be there")
        return self


class RotationEntry(Entry):
    """People who take turns."""

    people: tuple[Target, ...] = Field(min_length=1, description="In this order.")
    starts: WallTime = Field(description="When the first one's first turn begins.")
    every: Duration = Field(description="How long a turn is.", examples=["1w", "12h"])
    during: tuple[Name, ...] = Field(
        default=(), description="Time intervals in which the turn holds; none is always."
    )


class OverrideEntry(Entry):
    """Somebody stands in."""

    people: tuple[Target, ...] = Field(min_length=1, description="Who is on call instead.")
    begin: WallTime = Field(alias="from", description="From then on.")
    until: WallTime = Field(description="Up to then.")

    @model_validator(mode="after")
    def _runs_forwards(self) -> Self:
        if self.until <= self.begin:
            raise mistake("ends before it begins")
        return self


class ScheduleEntry(Entry):
    """Who is on call. Later rotations go before earlier ones, overrides before all."""

    name: Name = Field(description="What receivers page.")
    location: Zone | None = Field(default=None, description="Time zone (UTC).")
    rotations: tuple[RotationEntry, ...] = Field(default=(), description="Layers, in order.")
    ical: Name | None = Field(
        default=None, description="A calendar file beside this one; its events are turns."
    )
    overrides: tuple[OverrideEntry, ...] = Field(default=(), description="Exceptions.")

    @model_validator(mode="after")
    def _has_turns(self) -> Self:
        if not self.rotations and not self.ical:
            raise mistake("needs `rotations` or `ical`: nobody would ever be on call")
        return self


class HeartbeatEntry(Entry):
    """An alert that must keep coming; when it stays away, that is the alert."""

    source: Name = Field(description="The alert source.")
    matchers: tuple[Matchers, ...] = Field(min_length=1, description="What it looks like.")
    every: Duration = Field(description="How often it comes.")
    grace: Wait = Field(description="How late it may be.")


class PolicyEntry(Entry):
    """Who may do what to whom; the first rule whose conditions are met decides."""

    name: Name = Field(description="A name for explanations.")
    allow: StrictBool = Field(description="Whether it may be done.")
    acts: tuple[Act, ...] = Field(
        default=(), description="`page`, `reply`, `answer` (alerts); none is all of them."
    )
    to: tuple[Target, ...] = Field(
        default=(), description="Departments, people and aliases; none is everybody."
    )
    users: tuple[Name, ...] = Field(
        default=(), description="Slack users, by id.", examples=[["U0DANA"]]
    )
    groups: tuple[Name, ...] = Field(
        default=(), description="Slack user groups, by handle or id.", examples=[["charge-nurses"]]
    )
    channels: tuple[Name, ...] = Field(default=(), description="Where it is typed, by id.")
    during: tuple[Name, ...] = Field(default=(), description="Time intervals.")


class FlappingEntry(Entry):
    """When an alert counts as flapping: so many changes within so long."""

    changes: int | None = Field(
        default=None, ge=2, description="Changes between firing and resolved (3)."
    )
    within: Duration | None = Field(
        default=None, description="Within this time; stable after as long without one (30m)."
    )


class RoutesFile(Entry):
    """Where alerts go."""

    receivers: tuple[ReceiverEntry, ...] = Field(min_length=1, description="Who can be told.")
    route: RouteEntry = Field(description="The tree. Its root takes what no other route claims.")
    time_intervals: tuple[TimeIntervalEntry, ...] = Field(default=(), description="Named times.")
    inhibit_rules: tuple[InhibitEntry, ...] = Field(
        default=(), description="Causes that mute consequences."
    )
    silences: tuple[SilenceEntry, ...] = Field(default=(), description="Silences at the start.")
    aliases: dict[Name, tuple[Target, ...]] = Field(
        default_factory=dict, description="Names for sets of departments and people."
    )
    schedules: tuple[ScheduleEntry, ...] = Field(default=(), description="Who is on call.")
    templates: dict[Name, Text] = Field(
        default_factory=dict, description="Texts of pages, with labels in braces."
    )
    heartbeats: tuple[HeartbeatEntry, ...] = Field(
        default=(), description="Alerts that must keep coming."
    )
    policies: tuple[PolicyEntry, ...] = Field(
        default=(),
        description="Who may page whom. Without any, whoever may page at all may page everybody.",
    )
    flapping: FlappingEntry = Field(
        default_factory=FlappingEntry, description="What counts as flapping."
    )
