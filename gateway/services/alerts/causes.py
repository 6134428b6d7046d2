"""The alerts that hold others back while they fire, in every open incident, as they stand now.

Asked at every flush. Only what changed is read again: each write of an incident raises its version,
so this is true after a restart and beside other processes, and costs a list of versions.
"""

import asyncio
from dataclasses import dataclass, field

from gateway.domain.ids import Ref
from gateway.domain.routing.grouping import AlertGroup
from gateway.domain.routing.inhibition import FiringSources, InhibitRule
from gateway.domain.routing.matchers import Labels, all_match
from gateway.ports.store import Store, StoredIncident
from gateway.services.alerts.desk import filed
from gateway.services.alerts.rules import RuleBook

_FEW = 50
"""Beyond so many, all are read at once."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What one version of an incident holds of causes."""

    version: int
    group: str
    causes: tuple[tuple[str, Labels], ...]


@dataclass
class Causes:
    """Remembers causes by incident."""

    store: Store
    book: RuleBook
    _rules: tuple[InhibitRule, ...] = field(default=(), init=False)
    _known: dict[Ref, _Known] = field(default_factory=dict, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def around(self, group: AlertGroup) -> FiringSources:
        """List what fires anywhere, with this group as it is about to be written.

        Nothing is read where no rule asks for it.

        Raises:
            StoreUnavailableError: it could not be read.
        """
        rules = self.book.rules.inhibit_rules
        if not rules:
            return FiringSources(())
        async with self._turn:
            await self._catch_up(rules)
            others = [each for each in self._known.values() if each.group != group.key]
        causes = (*(c for each in others for c in each.causes), *_causes(group, rules))
        return FiringSources(rules, causes)

    async def _catch_up(self, rules: tuple[InhibitRule, ...]) -> None:
        if rules != self._rules:
            self._rules, self._known = rules, {}
        versions = await self.store.open_versions()
        for gone in self._known.keys() - versions.keys():
            del self._known[gone]
        for stored in await self._changed(versions):
            grouping = filed(stored).incident.grouping
            causes = _causes(grouping, rules) if grouping else ()
            self._known[stored.ref] = _Known(stored.version, stored.group, causes)

    async def _changed(self, versions: dict[Ref, int]) -> tuple[StoredIncident, ...]:
        news = [
            r for r, v in versions.items() if r not in self._known or self._known[r].version < v
        ]
        if len(news) > _FEW:
            return await self.store.open_incidents(len(versions) + _FEW)
        read = [await self.store.incident(ref) for ref in news]
        return tuple(stored for stored in read if stored)


def _causes(group: AlertGroup, rules: tuple[InhibitRule, ...]) -> tuple[tuple[str, Labels], ...]:
    return tuple(
        (alert.key, alert.labels)
        for alert in group.firing
        if any(all_match(rule.source_matchers, alert.labels) for rule in rules)
    )
