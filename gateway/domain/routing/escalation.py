"""What happens while nobody answers, as data: reminders, and who is paged next."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Page these, or tell that channel, `after` the first notice if nobody acknowledged."""

    after: timedelta
    page: tuple[str, ...] = ()
    channel: str = ""


@dataclass(frozen=True, slots=True)
class AckPolicy:
    """How an incident asks for somebody.

    Who took it is reminded every `remind` while it stays open. An acknowledgement ends after
    `timeout`, and the escalation begins anew. The default asks nobody.
    """

    remind: timedelta | None = None
    timeout: timedelta | None = None
    escalate: tuple[EscalationStep, ...] = ()


NOBODY_ASKED = AckPolicy()
