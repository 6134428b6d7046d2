"""The company's table of who may page whom, applied to the people and names of today."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.errors import ChatError, FactValue
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber
from gateway.domain.outbound import Notice
from gateway.domain.pages import Fault, Person
from gateway.domain.policy import Act, Asking, Decision
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook

_REMEMBERED = timedelta(minutes=5)
_PATIENCE_S = 1.5
"""A command has to be answered within three seconds."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Who was in a user group, and when we asked."""

    users: frozenset[ChatUserId]
    at: datetime


@dataclass(frozen=True)
class Policies:
    """Judges people. In doubt about somebody's groups they are in none."""

    book: RuleBook
    reach: Reach
    chat: Chat
    clock: Clock
    _groups: dict[str, _Group] = field(default_factory=dict)

    async def denies(
        self,
        act: Act,
        person: Person,
        to: tuple[ExtensionNumber, ...],
        *,
        channel: ChannelId | None,
        at: datetime,
    ) -> Fault | None:
        """Say why somebody may not do this to all of these; `None` when they may.

        `channel` is `None` where it was judged before, when the wish was accepted at `at`.
        """
        decisions = await self.decide(act, person, to, channel=channel, at=at)
        denied = {number: each for number, each in decisions.items() if not each.allowed}
        if not denied:
            return None
        facts: dict[str, FactValue] = {
            "rule": "recipient",
            "recipients": list(self.reach.shown(tuple(denied))),
        }
        needed = [rule for each in denied.values() if (rule := each.would_need)]
        if len(needed) == len(denied):
            facts["group"] = needed[0].groups[0]
        return Fault("policy.denied", facts)

    async def explain(
        self,
        person: Person,
        to: tuple[ExtensionNumber, ...],
        *,
        channel: ChannelId,
        at: datetime,
    ) -> Notice:
        """Tell whether somebody may page all of these here and now, and by which rules."""
        decisions = await self.decide(Act.PAGE, person, to, channel=channel, at=at)
        denied = tuple(number for number, each in decisions.items() if not each.allowed)
        rules = (each.decided_by for n, each in decisions.items() if not denied or n in denied)
        names = dict.fromkeys(rule.name for rule in rules if rule)
        facts: dict[str, FactValue] = {"recipients": list(self.reach.shown(denied or to))}
        if names:
            facts["rules"] = list(names)
        return Notice("policy.may_not" if denied else "policy.may", facts)

    async def decide(
        self,
        act: Act,
        person: Person,
        to: Collection[ExtensionNumber],
        *,
        channel: ChannelId | None,
        at: datetime,
    ) -> dict[ExtensionNumber, Decision]:
        """Decide for each recipient, with every rule that was tried."""
        table = self.book.rules.policies
        groups = [group for group in table.groups if await self._is_in(person, group)]
        asking = Asking(act, person.user, channel, at, groups)
        meant = {name: self.reach.numbers((name,), at) for rule in table.rules for name in rule.to}
        return {number: table.decide(asking, number, meant) for number in to}

    async def _is_in(self, person: Person, group: str) -> bool:
        known = self._groups.get(group)
        if known is None or self.clock.now() - known.at > _REMEMBERED:
            known = await self._asked(person, group) or known
        return known is not None and person.user in known.users

    async def _asked(self, person: Person, group: str) -> _Group | None:
        """Ask the chat who is in a group; while nobody answers, what was known holds."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                users = await self.chat.group_members(person.workspace, group)
        except (ChatError, TimeoutError):
            return None
        self._groups[group] = found = _Group(frozenset(users), self.clock.now())
        for gone in self._groups.keys() - {*self.book.rules.policies.groups, group}:
            del self._groups[gone]
        return found
