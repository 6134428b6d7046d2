"""What has to be settled with its author before a page goes: said before, to many, too long."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.domain.actions import Action
from gateway.domain.addressing import check_reach
from gateway.domain.errors import FactValue, PageTooLongError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.pages import Page, PageState
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.wishes import Question, Wish

_REPEAT_WITHIN = timedelta(seconds=60)
"""The same words to the same people within this time: probably Enter was pressed twice."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something has to be settled first; `actions` are the ways to settle it."""

    wish: Wish
    key: str
    actions: tuple[Action, ...]
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Asking:
    """Finds what stands in the way of a wish until its author says yes.

    A page is split into `max_parts` messages at most. More than `ask_above` people are asked about
    (0: never are), and whoever `ask_before` names, always.
    """

    store: Store
    clock: Clock
    directory: DirectoryKeeper
    max_parts: int
    ask_above: int
    ask_before: tuple[str, ...]

    async def about(self, wish: Wish) -> Asked | None:
        """Ask the first question about a wish that its author has not said yes to.

        Raises:
            StoreUnavailableError: nothing can be read.
        """
        if Question.REPEAT not in wish.agreed and (earlier := await self._said_before(wish)):
            return self._repeat(wish, earlier)
        flagged = self._flagged(wish)
        if Question.FLAGGED not in wish.agreed and flagged:
            return self._reach(wish, Question.FLAGGED, flagged)
        wide = 0 < self.ask_above < self._people(wish)
        if Question.SIZE not in wish.agreed and wide:
            return self._reach(wish, Question.SIZE, wish.to)
        return None

    def about_length(self, wish: Wish, error: PageTooLongError) -> Asked:
        """Ask about a page that does not fit, in the pager's own count: frame and all."""
        facts: dict[str, FactValue] = {
            "length": error.length,
            "limit": error.limit,
            "over": error.length - error.limit,
        }
        if error.parts > self.max_parts:
            return Asked(wish, Question.LENGTH, (Action.EDIT,), facts)
        actions = (Action.EDIT, Action.SPLIT_SEND)
        return Asked(wish, Question.LENGTH, actions, {**facts, "parts": error.parts})

    def most_parts(self, wish: Wish) -> int:
        """Tell into how many pager messages its author lets it be split."""
        return self.max_parts if Question.LENGTH in wish.agreed else 1

    async def _said_before(self, wish: Wish) -> Page | None:
        since = self.clock.now() - _REPEAT_WITHIN
        for page in await self.store.pages_of(wish.person.workspace, wish.person.user, 3):
            same = page.text == wish.text and set(page.to) == set(wish.to)
            told_off = page.state in {PageState.REFUSED, PageState.CANCELLED}
            if same and page.created_at >= since and not told_off:
                return page
        return None

    def _repeat(self, wish: Wish, earlier: Page) -> Asked:
        facts: dict[str, FactValue] = {
            "recipients": list(map(self.directory.current.name_of, wish.to)),
            "seconds": int((self.clock.now() - earlier.created_at).total_seconds()),
            "ref": earlier.ref,
        }
        if earlier.sent_at:
            facts["sent_at"] = earlier.sent_at.isoformat()
        return Asked(wish, Question.REPEAT, (Action.SEND_AGAIN, Action.DISCARD), facts)

    def _flagged(self, wish: Wish) -> tuple[ExtensionNumber, ...]:
        """Tell for whom the company wants every page to be asked about."""
        flagged = self.directory.current.meant(self.ask_before)
        return tuple(number for number in wish.to if number in flagged.numbers)

    def _people(self, wish: Wish) -> int:
        return len(check_reach(wish.to, self.directory.current).receivers)

    def _reach(self, wish: Wish, key: Question, named: tuple[ExtensionNumber, ...]) -> Asked:
        facts: dict[str, FactValue] = {
            "people": self._people(wish),
            "limit": self.ask_above,
            "recipients": list(map(self.directory.current.name_of, named)),
        }
        return Asked(wish, key, (Action.PAGE_ALL, Action.EDIT, Action.DISCARD), facts)
