"""Why an alert paged, or did not: the routes tried again, and what was written down on the way."""

from dataclasses import dataclass

from gateway.domain.alerts import Alert, AlertStatus, item_ref
from gateway.domain.explanations import (
    DeliveryWhy,
    FlappingWhy,
    IncidentWhy,
    ItemWhy,
    RequestWhy,
    RouteWhy,
    WayWhy,
)
from gateway.domain.ids import Ref
from gateway.domain.incidents import Incident
from gateway.domain.routing.alerts import badness
from gateway.domain.routing.fates import Fate, strongest
from gateway.ports.clock import Clock
from gateway.ports.store import ItemFate, Store
from gateway.services.alerts.desk import Desk
from gateway.services.alerts.records import LEFT, RECORDS, Left, Record
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.silencing import Silencing
from gateway.services.alerts.tracing import (
    alert_facts,
    covering_silences,
    group_facts,
    interval_facts,
    routes_tried,
)

_MOST_WAYS = 50
_MOST_EVENTS = 5000


@dataclass(frozen=True)
class AlertExplaining:
    """Explains incidents, and requests of alert sources."""

    store: Store
    clock: Clock
    book: RuleBook
    desk: Desk
    silencing: Silencing

    async def incident(self, ref: Ref, deliveries: tuple[DeliveryWhy, ...]) -> IncidentWhy | None:
        """Explain an incident; `None` when nobody knows it."""
        found = await self.desk.read(ref)
        if found is None:
            return None
        incident, group = found.incident, found.incident.grouping
        rules, now = self.book.rules, self.clock.now()
        route = rules.tree.route(incident.route)
        firing = group.firing if group else ()
        return IncidentWhy(
            ref=ref,
            title=incident.title,
            severity=incident.severity.value,
            state=incident.state.value,
            opened_at=incident.opened_at,
            route=route.name or route.key if route else incident.route,
            receiver=incident.receiver,
            routes_changed=bool(incident.routes) and incident.routes != rules.hash,
            tried=await self._tried(incident),
            group=group_facts(group, route) if group and route else None,
            intervals=tuple(interval_facts(rules, route, now)) if route else (),
            alerts=tuple(alert_facts(incident, rules.flapping, now)),
            silences=covering_silences(firing, await self.silencing.in_force(), now),
            flapping=FlappingWhy(rules.flapping.changes, rules.flapping.within.total_seconds()),
            history=incident.history,
            deliveries=deliveries,
        )

    async def _tried(self, incident: Incident) -> tuple[RouteWhy, ...]:
        """Try the routes for the worst alert that fires, else for the last that did."""
        members = incident.grouping.members.values() if incident.grouping else ()
        alerts = [member.alert for member in members]
        if alerts:
            worst = max(alerts, key=lambda alert: (alert.firing, badness(alert.severity)))
            return routes_tried(self.book.rules, worst.labels)
        events = await self.store.alert_events(incident.group, 0, _MOST_EVENTS)
        said = (RECORDS.validate_json(e.facts) for e in events if e.id <= incident.cursor)
        fired = [each.alert for each in said if each.alert.status is AlertStatus.FIRING]
        return self._tried_for(fired[-1] if fired else None)

    async def request(self, ref: Ref, place: int | None) -> RequestWhy | None:
        """Explain a request, or its item at a place (from 0); `None` when nobody knows it."""
        items = await self.store.items_of(ref)
        if items is None or (place is not None and not 0 <= place < len(items)):
            return None
        places = range(len(items)) if place is None else (place,)
        return RequestWhy(
            ref, tuple([await self._item(item_ref(ref, each), items[each]) for each in places])
        )

    async def _item(self, ref: Ref, fates: tuple[ItemFate, ...]) -> ItemWhy:
        if not fates:
            return ItemWhy(ref, "", "", Fate.SETTLED.value, "forgotten", None, (), ())
        left, records = await self._entries(fates)
        alert = records[-1][1].alert if records else None
        return ItemWhy(
            ref=ref,
            key=alert.dedup_key if alert else left.key,
            title=alert.title if alert else "",
            fate=strongest(each.fate for each in fates).value,
            why=left.why,
            at=fates[0].at,
            ways=tuple([await self._way(fate, record) for fate, record in records]),
            tried=self._tried_for(alert),
        )

    async def _entries(
        self, fates: tuple[ItemFate, ...]
    ) -> tuple[Left, tuple[tuple[Fate, Record], ...]]:
        """Read what was written down; what is said again is what was said before."""
        first = fates[0]
        if first.group:
            return Left(""), tuple((f.fate, RECORDS.validate_json(f.facts)) for f in fates)
        left = LEFT.validate_json(first.facts) if first.facts else Left("")
        if first.fate is not Fate.DUPLICATE:
            return left, ()
        known = await self.store.records_of_alerts((left.key,), _MOST_WAYS)
        records = map(RECORDS.validate_json, known.get(left.key, ()))
        return left, tuple((Fate.DUPLICATE, record) for record in records)

    async def _way(self, fate: Fate, record: Record) -> WayWhy:
        found = await self.desk.of_group(record.group) if record.group else None
        return WayWhy(record.route, record.group, fate.value, found.incident.ref if found else None)

    def _tried_for(self, alert: Alert | None) -> tuple[RouteWhy, ...]:
        return routes_tried(self.book.rules, alert.labels) if alert else ()
