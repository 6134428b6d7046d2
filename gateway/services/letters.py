"""Dead letters: what the pager or the chat refused, and what waits for a person to decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.errors import FactValue
from gateway.domain.ids import DeliveryId
from gateway.domain.outbound import SendPage
from gateway.domain.pages import PageState
from gateway.ports.changes import Audit, Change, MovePage, Release
from gateway.ports.clock import Clock
from gateway.ports.store import Committed, Store, Unit
from gateway.services.showing import update_status

DEAD = (DeliveryState.REFUSED, DeliveryState.HELD)
_MOST = 10_000


class Fate(StrEnum):
    """What became of a letter somebody wanted retried or discarded."""

    RETRIED = "retried"
    DISCARDED = "discarded"
    GONE = "gone"
    """It is no dead letter any more: somebody else decided, or retention removed it."""
    IN_PARTS = "in_parts"
    """A part of a longer page: those after it were taken back, so it makes no sense alone."""


class Why(StrEnum):
    """Why an operator gave letters up; on record, and a code, lest somebody's words be."""

    OUT_OF_DATE = "out_of_date"
    TOLD_OTHERWISE = "told_otherwise"
    MISTAKE = "mistake"
    TRIAL = "trial"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sorting:
    """Which letters are meant; empty means any."""

    states: tuple[DeliveryState, ...] = DEAD
    reason: str = ""


@dataclass(frozen=True)
class DeadLetters:
    """Lists them, and does with them what an operator decides."""

    store: Store
    clock: Clock

    async def listed(self, sorting: Sorting, limit: int = _MOST) -> tuple[Delivery, ...]:
        """List letters, the newest first.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        found = await self.store.dead_letters(_MOST)
        return tuple(each for each in found if _is_meant(each, sorting))[:limit]

    async def retry(self, ids: Iterable[int], by: Actor) -> dict[int, Fate]:
        """Send letters again; one that was held may have been sent already.

        Raises:
            StoreUnavailableError: those before the failure are retried.
        """
        return await self._decide(ids, by, Fate.RETRIED, {})

    async def discard(self, ids: Iterable[int], by: Actor, why: Why = Why.OTHER) -> dict[int, Fate]:
        """Give letters up; a page that was held is cancelled, and shown as such.

        Raises:
            StoreUnavailableError: those before the failure are discarded.
        """
        return await self._decide(ids, by, Fate.DISCARDED, {"why": why.value})

    async def _decide(
        self, ids: Iterable[int], by: Actor, wanted: Fate, noted: Mapping[str, FactValue]
    ) -> dict[int, Fate]:
        letters = {each.id: each for each in await self.store.dead_letters(_MOST)}
        fates: dict[int, Fate] = {}
        for number in ids:
            letter = letters.get(DeliveryId(number))
            fates[number] = await self._one(letter, by, wanted, noted) if letter else Fate.GONE
        return fates

    async def _one(
        self, letter: Delivery, by: Actor, wanted: Fate, noted: Mapping[str, FactValue]
    ) -> Fate:
        again = wanted is Fate.RETRIED
        if again and _in_parts(letter):
            return Fate.IN_PARTS
        now = self.clock.now()
        act = Act.DEAD_LETTER_RETRIED if again else Act.DEAD_LETTER_DISCARDED
        state = DeliveryState.READY if again else DeliveryState.CANCELLED
        facts = {"delivery": letter.id, "was": letter.state, **noted}
        changes = (
            Release(letter.id, state, now, (letter.state,)),
            *await self._of_page(letter, wanted),
            Audit(AuditEntry(act, letter.ref, by, now, facts)),
        )
        committed = await self.store.commit(Unit(changes))
        return wanted if committed is Committed.DONE else Fate.GONE

    async def _of_page(self, letter: Delivery, wanted: Fate) -> tuple[Change, ...]:
        """Show how the page stands now; one that was refused stays so when it is discarded."""
        over = wanted is Fate.DISCARDED and letter.state is DeliveryState.REFUSED
        page = await self.store.page(letter.ref)
        if over or page is None or not isinstance(letter.outbound, SendPage):
            return ()
        state = PageState.WAITING if wanted is Fate.RETRIED else PageState.CANCELLED
        now = self.clock.now()
        return (MovePage(page.ref, state, now), *await update_status(self.store, page, now))


def _is_meant(letter: Delivery, sorting: Sorting) -> bool:
    code = letter.fault.code if letter.fault else ""
    return letter.state in sorting.states and sorting.reason in {"", code}


def _in_parts(letter: Delivery) -> bool:
    match letter.outbound, letter.state:
        case SendPage(parts=parts), DeliveryState.REFUSED:
            return parts > 1
        case _:
            return False
