"""What a group tells when it is due, and why the rest is held back.

The order is Alertmanager's: inhibition → active times → mute times → silences → anything new, or
time to repeat? Behind that stand ours: flapping alerts are told once, and an acknowledged incident
tells only what is worse than what was acknowledged, and its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gateway.domain.alerts import Severity
from gateway.domain.routing.alerts import RoutedAlert, badness
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.flapping import NEVER, USUAL, FlapPolicy, Flaps
from gateway.domain.routing.grouping import AlertGroup, Held, Member, Told, in_order, without
from gateway.domain.routing.inhibition import FiringSources
from gateway.domain.routing.intervals import TimeInterval, any_contains
from gateway.domain.routing.matchers import Labels
from gateway.domain.routing.silences import Silence, silences_of
from gateway.domain.routing.tree import Route


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What can hold alerts back. `sources` are the firing alerts that inhibit others."""

    sources: FiringSources = field(default_factory=lambda: FiringSources(()))
    silences: Sequence[Silence] = ()
    time_intervals: Mapping[str, tuple[TimeInterval, ...]] = field(default_factory=dict)
    flapping: FlapPolicy = USUAL


class Reason(StrEnum):
    """Why a group tells something now, the weightiest first.

    `REOPENED` means that something fires again where the receiver knows of nothing that does.
    """

    NEW = "new"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    GREW = "grew"
    FLAPPING = "flapping"
    STABLE = "stable"
    SHRANK = "shrank"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class GroupNotice:
    """What a receiver is to be told of a group; `group` and `opened_at` name the incident.

    `firing` and `resolved` are all that is not held back. `new`, `flapping` and `stable` are keys
    among them. `traces` are the events this tells of: their fate is decided by the page budget.
    """

    group: str
    opened_at: datetime
    route: str
    receiver: str
    reason: Reason
    firing: tuple[RoutedAlert, ...]
    resolved: tuple[RoutedAlert, ...]
    new: frozenset[str] = frozenset()
    flapping: frozenset[str] = frozenset()
    stable: frozenset[str] = frozenset()
    traces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flushed:
    """The group afterwards (`None`: forget it), what to tell, and fates known for certain now."""

    group: AlertGroup | None
    notice: GroupNotice | None = None
    fates: Mapping[str, Fate] = field(default_factory=dict)


def flush(group: AlertGroup, route: Route, around: Surroundings, at: datetime) -> Flushed:
    """Decide what a group tells; to be called at `due_at` or as soon after it as possible.

    What a notice holds counts as told from now on, so notice and group are to be stored together.
    """
    if at < group.due_at:
        return Flushed(group)
    if group.closed_at is not None:
        return Flushed(None)
    view = _look(group, route, around, at)
    reason = _reason(group, route, view, at)
    ack = _held_by_ack(group, view, reason)
    notice = None if reason is None or ack else _notice(group, route, view, reason)
    after = replace(
        group,
        members={k: _settled(m, view.held.get(k) or ack) for k, m in group.members.items()},
        flushed=True,
        told=Told(view.firing, view.resolved, at) if notice else group.told,
        flaps=_flaps(group, notice, around.flapping, at),
        due_at=at + route.settings.group_interval,
    )
    done = {k for k, m in group.members.items() if not m.alert.firing} - view.damped
    done -= notice.flapping if notice else frozenset()
    after = without(after, done, route, at, around.flapping)
    return Flushed(after, notice, _fates(group, view, ack, notice))


# --- what can be seen --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _View:
    """A group as its receiver may see it now; all but `held` are keys.

    `damped` were told to be flapping and still are, `flapping` are so now and nobody knows yet,
    `stable` were and are no longer. `urgent` are criticals that were never told: always new.
    """

    held: Mapping[str, Held]
    firing: frozenset[str]
    resolved: frozenset[str]
    damped: frozenset[str]
    flapping: frozenset[str]
    stable: frozenset[str]
    urgent: frozenset[str]

    @property
    def unsteady(self) -> frozenset[str]:
        """Those whose changes are told by a notice of their own, or not at all."""
        return (self.damped | self.flapping | self.stable) - self.urgent

    def new(self, told: Told | None) -> frozenset[str]:
        """Those firing that the receiver does not know of."""
        return self.firing - self.unsteady - (told.firing if told else frozenset())


def _look(group: AlertGroup, route: Route, around: Surroundings, at: datetime) -> _View:
    by_time = _held_by_time(route, around.time_intervals, at)
    held: dict[str, Held] = {}
    for key, member in group.members.items():
        if reason := _held(member.alert.labels, by_time, around, at):
            held[key] = reason
    seen = {key: member.alert for key, member in group.members.items() if key not in held}
    policy = around.flapping
    flaps = {key: group.flaps.get(key, NEVER) for key in group.members}
    known = group.told.firing if group.told else frozenset()
    flapping = frozenset(k for k in seen if not flaps[k].told and flaps[k].flaps(at, policy))
    return _View(
        held=held,
        firing=frozenset(key for key, alert in seen.items() if alert.firing),
        resolved=frozenset(key for key, alert in seen.items() if not alert.firing),
        damped=frozenset(
            k for k, each in flaps.items() if each.told and not each.quiet(at, policy)
        ),
        flapping=flapping,
        stable=frozenset(k for k in seen if flaps[k].told and flaps[k].quiet(at, policy)),
        urgent=frozenset(
            k for k in flapping - known if seen[k].firing and seen[k].severity is Severity.CRITICAL
        ),
    )


def _held(labels: Labels, by_time: Held | None, around: Surroundings, at: datetime) -> Held | None:
    if inhibition := around.sources.inhibition_of(labels):
        return Held(Fate.INHIBITED, inhibition.rule, inhibition.source)
    if by_time:
        return by_time
    silences = silences_of(labels, around.silences, at)
    return Held(Fate.SILENCED, silences[0].id) if silences else None


def _held_by_time(
    route: Route, intervals: Mapping[str, tuple[TimeInterval, ...]], at: datetime
) -> Held | None:
    def inside(name: str) -> bool:
        return any_contains(intervals.get(name, ()), at)

    if route.active_time_intervals and not any(map(inside, route.active_time_intervals)):
        return Held(Fate.INACTIVE, ", ".join(route.active_time_intervals))
    mute = next(filter(inside, route.mute_time_intervals), None)
    return Held(Fate.MUTED, mute) if mute else None


# --- whether to tell ---------------------------------------------------------------------------


def _reason(group: AlertGroup, route: Route, view: _View, at: datetime) -> Reason | None:
    """Find the weightiest reason to tell anything."""
    told = group.told
    if not view.firing | view.resolved:
        return None
    if view.new(told):
        if told is None:
            return Reason.NEW
        return Reason.GREW if told.firing else Reason.REOPENED
    if told and not view.firing and told.firing - view.unsteady:
        return Reason.RESOLVED
    if view.flapping:
        return Reason.FLAPPING
    if view.stable:
        return Reason.STABLE
    if told and view.firing:
        if view.resolved - view.unsteady - told.resolved:
            return Reason.SHRANK
        if told.at + route.settings.repeat_interval <= at:
            return Reason.REPEAT
    return None


def _held_by_ack(group: AlertGroup, view: _View, reason: Reason | None) -> Held | None:
    """Hold back what an acknowledgement covers: all but a new incident, worse alerts, the end."""
    if group.ack is None or reason in {None, Reason.NEW, Reason.REOPENED, Reason.RESOLVED}:
        return None
    covered = badness(group.ack.severity)
    new = (group.members[key].alert.severity for key in view.new(group.told))
    is_worse = any(badness(severity) > covered for severity in new)
    return None if is_worse else Held(Fate.ACKED, group.ack.by)


def _notice(group: AlertGroup, route: Route, view: _View, reason: Reason) -> GroupNotice:
    def alerts(keys: frozenset[str]) -> tuple[RoutedAlert, ...]:
        return in_order(group.members[key].alert for key in keys)

    return GroupNotice(
        group=group.key,
        opened_at=group.opened_at,
        route=route.key,
        receiver=route.settings.receiver,
        reason=reason,
        firing=alerts(view.firing),
        resolved=alerts(view.resolved),
        new=view.new(group.told),
        flapping=view.flapping,
        stable=view.stable,
        traces=tuple(t for k, m in group.members.items() if k not in view.held for t in m.traces),
    )


# --- what is remembered ------------------------------------------------------------------------


def _settled(member: Member, held: Held | None) -> Member:
    """Keep the events of what is held back: it may be told later."""
    return replace(member, held=held, traces=member.traces if held else ())


def _flaps(
    group: AlertGroup, notice: GroupNotice | None, policy: FlapPolicy, at: datetime
) -> dict[str, Flaps]:
    """Note who is known to be flapping; forget who is quiet and was told to be, or is gone."""
    told = notice.flapping if notice else frozenset()
    over = notice.stable if notice else frozenset()
    firing = {alert.key for alert in group.unsorted}
    return {
        key: replace(flaps, told=flaps.told or key in told)
        for key, flaps in group.flaps.items()
        if not flaps.quiet(at, policy) or (flaps.told and key in firing - over)
    }


def _fates(
    group: AlertGroup, view: _View, ack: Held | None, notice: GroupNotice | None
) -> dict[str, Fate]:
    """Tell what became of events that are not told now, as far as that is not known already."""
    fates: dict[str, Fate] = {}
    for key, member in group.members.items():
        held = view.held.get(key) or ack
        is_known = held and member.held and held.cause is member.held.cause
        if is_known or (notice and not held):
            continue
        seen = Fate.FLAPPING if key in view.damped else Fate.SETTLED
        fates.update(dict.fromkeys(member.traces, held.cause if held else seen))
    return fates
