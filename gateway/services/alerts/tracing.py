"""How alerts went through the routes, as facts that can be told."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from gateway.domain.explanations import (
    AlertWhy,
    GroupWhy,
    HeldWhy,
    IntervalWhy,
    MatcherWhy,
    RouteWhy,
    SilenceWhy,
)
from gateway.domain.incidents import Incident
from gateway.domain.routing.alerts import RoutedAlert
from gateway.domain.routing.flapping import NEVER, FlapPolicy
from gateway.domain.routing.grouping import AlertGroup
from gateway.domain.routing.intervals import any_contains
from gateway.domain.routing.matchers import Labels, readable
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.silences import Silence, silences_of
from gateway.domain.routing.tree import Route, RouteTried


def routes_tried(rules: Routes, labels: Labels) -> tuple[RouteWhy, ...]:
    """Try every route again, and tell how each condition was met."""
    return tuple(map(_tried, rules.tree.explain(labels).tried))


def _tried(tried: RouteTried) -> RouteWhy:
    return RouteWhy(
        route=tried.route.name or tried.route.key,
        receiver=tried.route.settings.receiver,
        depth=len(tried.route.path),
        matched=tried.matched,
        taken=tried.answers,
        matchers=tuple(
            MatcherWhy(
                each.matcher.name,
                each.matcher.operator.value,
                each.matcher.value,
                each.value,
                each.met,
            )
            for each in tried.matchers
        ),
    )


def group_facts(group: AlertGroup, route: Route) -> GroupWhy:
    """Tell how a group stands."""
    settings = route.settings
    return GroupWhy(
        key=group.key,
        labels=dict(group.labels),
        opened_at=group.opened_at,
        told_at=group.told.at if group.told else None,
        closed_at=group.closed_at,
        next_look_at=group.due_at,
        group_wait_s=settings.group_wait.total_seconds(),
        group_interval_s=settings.group_interval.total_seconds(),
        repeat_interval_s=settings.repeat_interval.total_seconds(),
    )


def interval_facts(rules: Routes, route: Route, now: datetime) -> Iterator[IntervalWhy]:
    """Tell which times a route keeps, and whether it is one of them."""
    for names, mutes in ((route.mute_time_intervals, True), (route.active_time_intervals, False)):
        yield from (IntervalWhy(name, mutes, _inside(rules, name, now)) for name in names)


def _inside(rules: Routes, name: str, now: datetime) -> bool:
    return any_contains(rules.time_intervals.get(name, ()), now)


def alert_facts(incident: Incident, policy: FlapPolicy, now: datetime) -> Iterator[AlertWhy]:
    """Tell of every alert what is known of it, those that fire first."""
    group = incident.grouping
    titles = {firing.key: firing.title for firing in incident.firing}
    members = group.members.values() if group else ()
    for member in sorted(members, key=lambda m: (not m.alert.firing, m.alert.starts_at)):
        alert, held = member.alert, member.held
        flaps = group.flaps.get(alert.key, NEVER) if group else NEVER
        yield AlertWhy(
            key=alert.key,
            title=titles.get(alert.key, ""),
            firing=alert.firing,
            since=alert.starts_at,
            labels=dict(alert.labels),
            held=HeldWhy(held.cause.value, held.by, held.source) if held else None,
            changes=len(flaps.changes),
            flapping=flaps.flaps(now, policy),
        )


def covering_silences(
    alerts: Sequence[RoutedAlert], silences: Sequence[Silence], now: datetime
) -> tuple[SilenceWhy, ...]:
    """List the silences that cover any of these alerts now, each once."""
    found = {s.id: s for alert in alerts for s in silences_of(alert.labels, silences, now)}
    return tuple(
        SilenceWhy(each.id, readable(each.matchers), each.author, each.comment, each.ends_at)
        for each in found.values()
    )
