"""Who may page. Unknown kinds of people may not."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.ids import ExtensionNumber
from gateway.domain.pages import Fault, Person
from gateway.services.people import People


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

    def to_ask(self, person: Person) -> Fault | None:
        """Say why a person may not even look somebody up; `None` when they may."""
        barred = (
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
