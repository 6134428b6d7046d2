"""Dead letters: what was refused or waits; sent again or given up, after a question."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web

from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.services.explaining import kind_of
from gateway.services.letters import DEAD, Fate, Sorting, Why
from gateway.web.console.desk import Desk
from gateway.web.console.frame import Visit, Way, does, shows
from gateway.web.console.sessions import Role
from gateway.web.console.wording import KINDS
from gateway.web.errors import RefusedError

PATH = "/dead-letters"
_SHOWN = 50
_PREVIEW = 160


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as a page shows it."""

    delivery: Delivery
    kind: str
    preview: str

    @property
    def may_repeat(self) -> bool:
        """Whether it may have been sent after all."""
        return self.delivery.state is DeliveryState.HELD


@dataclass(frozen=True, slots=True)
class Group:
    """Letters with one reason: the newest, and how many there are."""

    reason: str
    letters: tuple[Letter, ...]
    count: int
    repeats: int


def dead_letter_ways(desk: Desk) -> tuple[Way, ...]:
    """List the addresses of this view."""

    def letter(delivery: Delivery) -> Letter:
        text = desk.queries.preview(delivery)
        short = text if len(text) <= _PREVIEW else f"{text[: _PREVIEW - 1]}…"
        return Letter(delivery, KINDS[kind_of(delivery.outbound)], short)

    def group(reason: str, found: list[Delivery]) -> Group:
        repeats = sum(each.state is DeliveryState.HELD for each in found)
        return Group(reason, tuple(map(letter, found[:_SHOWN])), len(found), repeats)

    async def listed(visit: Visit) -> web.Response:
        groups: dict[str, list[Delivery]] = defaultdict(list)
        for each in await desk.letters.listed(Sorting(DEAD)):
            groups[_reason(each)].append(each)
        largest = sorted(groups.items(), key=lambda item: -len(item[1]))
        return visit.page("dead_letters.html", groups=[group(*item) for item in largest])

    def asking(deed: str) -> Way:
        async def ask(visit: Visit) -> web.Response:
            meant = await meant_by(visit.asked("ids"), visit.asked("reason"))
            if not meant:
                return visit.back(PATH, "These are no dead letters any more.")
            shown = group("", meant)
            ids = ",".join(str(each.id) for each in meant)
            return visit.page(f"dead_letters_{deed}.html", group=shown, ids=ids, whys=Why)

        return shows(f"{PATH}/{deed}", ask, Role.OPERATOR)

    async def meant_by(ids: str, reason: str) -> list[Delivery]:
        numbers = _numbers(ids)
        found = await desk.letters.listed(Sorting(DEAD, reason))
        return [each for each in found if each.id in numbers or (reason and not numbers)]

    async def retry(visit: Visit) -> web.Response:
        fates = await desk.letters.retry(_chosen(visit), visit.actor)
        return visit.back(PATH, _told(fates))

    async def discard(visit: Visit) -> web.Response:
        why = visit.form.get("why", "")
        if why not in set(Why):
            raise RefusedError("dead_letters.why", "Say why they are given up.", 400)
        fates = await desk.letters.discard(_chosen(visit), visit.actor, Why(why))
        return visit.back(PATH, _told(fates))

    return (
        shows(PATH, listed),
        asking("retry"),
        asking("discard"),
        does(f"{PATH}/retry", retry),
        does(f"{PATH}/discard", discard),
    )


def _reason(letter: Delivery) -> str:
    return letter.fault.code if letter.fault else ""


def _chosen(visit: Visit) -> Iterable[int]:
    """Read which letters were shown when it was asked: no other one slips in."""
    if not (numbers := _numbers(visit.form.get("ids", ""))):
        raise RefusedError("dead_letters.ids", "Choose at least one dead letter.", 400)
    return sorted(numbers)


def _numbers(typed: str) -> set[int]:
    return {int(each[:18]) for each in typed.split(",") if each.isascii() and each.isdigit()}


def _told(fates: Mapping[int, Fate]) -> str:
    said = []
    for fate, words in _SAID.items():
        if count := sum(each is fate for each in fates.values()):
            said.append(f"{count} {words}")
    return f"{'; '.join(said)}."


_SAID = {
    Fate.RETRIED: "will be sent again",
    Fate.DISCARDED: "given up",
    Fate.GONE: "were no dead letters any more",
    Fate.IN_PARTS: "not sent again: a part of a longer page makes no sense alone",
}
