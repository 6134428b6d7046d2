"""What was written in threads while nobody listened is read afterwards, by whatever clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from typing_extensions import override

from gateway.domain.pages import ChatThread
from gateway.ports.chat import Hindsight
from gateway.services.catching_up import CatchingUp
from tests.fakes.clock import SkippingClock
from tests.services.acme import Acme

AHEAD = timedelta(minutes=10)


@dataclass
class Asked(Hindsight):
    """Remembers since when threads were to be read again."""

    since: list[datetime] = field(default_factory=list)

    @override
    async def hear_again(self, thread: ChatThread, since: datetime) -> None:
        self.since.append(since)


async def test_a_clock_that_was_ahead_at_the_last_look_hides_nothing(acme: Acme) -> None:
    """What was written right after that look carries the chat's time, minutes before ours."""
    await acme.page("102 Disk is full")
    await acme.work()
    clock, hindsight = SkippingClock(), Asked()
    catching_up = CatchingUp(acme.store, acme.ports.vault, hindsight, clock, acme.ears)
    await catching_up.look()
    written_at = clock.now() - AHEAD
    await catching_up.look()
    assert hindsight.since[-1] < written_at
