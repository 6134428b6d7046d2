"""Who may page, and whom. Unknown kinds of people may not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import ChannelId, ExtensionNumber
from gateway.domain.outbound import Notice
from gateway.domain.pages import Fault, Person
from gateway.domain.policy import Act, Decision
from gateway.services.people import People
from gateway.services.policies import Policies


class Unlinked(StrEnum):
    """What happens to pages of people without an extension of their own."""

    SHARED = "shared"
    DENY = "deny"


@dataclass(frozen=True)
class Permission:
    """The company's rules. Guests, people of other companies and bots page nobody by default."""

    people: People
    company: str = ""
    unlinked: Unlinked = Unlinked.SHARED
    guests: bool = False
    strangers: bool = False
    bots: bool = False
    policies: Policies | None = None

    async def to_reach(
        self,
        act: Act,
        person: Person,
        to: tuple[ExtensionNumber, ...],
        *,
        channel: ChannelId | None,
        at: datetime,
    ) -> Fault | None:
        """Say what the table, where there is one, has against it; see `Policies.denies`."""
        if self.policies is None:
            return None
        return await self.policies.denies(act, person, to, channel=channel, at=at)

    async def decide(
        self,
        act: Act,
        person: Person,
        to: tuple[ExtensionNumber, ...],
        *,
        channel: ChannelId,
        at: datetime,
    ) -> dict[ExtensionNumber, Decision]:
        """Decide by the company's table, with every rule that was tried."""
        if self.policies is None:
            return {number: Decision(allowed=True) for number in to}
        return await self.policies.decide(act, person, to, channel=channel, at=at)

    async def explain(
        self,
        person: Person,
        to: tuple[ExtensionNumber, ...],
        *,
        channel: ChannelId,
        at: datetime,
    ) -> Notice:
        """Tell whether somebody may page all of these, and why."""
        denied = self.to_reply(person)
        if denied:
            return Notice(denied.code, denied.facts)
        if self.policies is None:
            return Notice("policy.may")
        return await self.policies.explain(person, to, channel=channel, at=at)

    def to_ask(self, person: Person) -> Fault | None:
        """Say why a person may not even look somebody up; `None` when they may."""
        barred = (
            ("unknown", not person.active),
            ("bot", person.bot and not self.bots),
            ("stranger", person.stranger and not self.strangers),
            ("guest", person.guest and not self.guests),
        )
        for rule, applies in barred:
            if applies:
                return Fault("policy.denied", {"rule": rule, "company": self.company})
        return None

    def to_reply(self, person: Person) -> Fault | None:
        """Say why a person may not speak on the pager; `None` when they may."""
        denied = self.to_ask(person)
        if denied:
            return denied
        if self.unlinked is Unlinked.DENY and not self.people.extension_of(person.user):
            return Fault("author.unlinked")
        return None

    def to_send_as(self, person: Person, sender: ExtensionNumber) -> Fault | None:
        """Say why a person may not choose this sender: one's own and the shared one are free."""
        own = self.people.extension_of(person.user)
        if sender in {own, self.people.shared}:
            return None
        return Fault("policy.denied", {"rule": "sender"})
