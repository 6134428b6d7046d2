"""What happens while nobody answers, as data: reminders, and who is paged next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Page these, or tell that channel, `after` the first notice if nobody acknowledged.

    `during` names time intervals: outside of them the step is left out.
    """

    after: timedelta
    page: tuple[str, ...] = ()
    channel: str = ""
    during: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung:
    """A step in its turn: the `number`-th of all, so long `after` the first notice."""

    number: int
    step: EscalationStep
    after: timedelta


@dataclass(frozen=True, slots=True)
class AckPolicy:
    """How an incident asks for somebody.

    Who took it is reminded every `remind` while it stays open. An acknowledgement ends after
    `timeout`, and the escalation begins anew. The steps are gone through once, and `again` so many
    times while nobody answers. The default asks nobody.
    """

    remind: timedelta | None = None
    timeout: timedelta | None = None
    escalate: tuple[EscalationStep, ...] = ()
    again: int = 0

    def rungs(self, after: int) -> Iterator[Rung]:
        """Give the steps that are left when so many were taken or left out."""
        steps = self.escalate
        for number in range(after, len(steps) * (self.again + 1)):
            again, place = divmod(number, len(steps))
            yield Rung(number, steps[place], steps[-1].after * again + steps[place].after)


NOBODY_ASKED = AckPolicy()
