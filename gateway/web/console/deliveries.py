"""Deliveries: everybody's pages, how each of them went, and what can still be done about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from gateway.domain.audit import Act
from gateway.domain.commands import read_ref
from gateway.domain.explanations import DeliveryWhy
from gateway.domain.ids import Ref
from gateway.domain.pages import Origin, PageState
from gateway.services.queries import Life, Sorting
from gateway.web.console.desk import Desk
from gateway.web.console.frame import Visit, Way, does, shows
from gateway.web.console.lists import older_path, read_moment
from gateway.web.console.sessions import Role
from gateway.web.console.wording import KINDS, as_told
from gateway.web.errors import RefusedError

PATH = "/deliveries"
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Step:
    """A point of a page's life: what happened, how it ended, and what else is known."""

    at: datetime
    title: str
    state: str = ""
    more: tuple[str, ...] = ()


def delivery_ways(desk: Desk) -> tuple[Way, ...]:
    """List the addresses of this view."""

    async def listed(visit: Visit) -> web.Response:
        sorting, before = _sorting(visit), read_moment(visit.asked("before"))
        ref = read_ref(sorting.who)
        if ref and await desk.queries.life(ref):
            return visit.back(f"{PATH}/{ref}")
        found = await desk.queries.pages(sorting, before, _SHOWN)
        return visit.page(
            "deliveries.html",
            found=found,
            sorting=sorting,
            states=PageState,
            origins=Origin,
            older=older_path(visit, found.older),
            first=before is None,
            names=desk.queries.names,
        )

    async def show(visit: Visit) -> web.Response:
        ref = visit.ref
        life = await desk.queries.life(ref)
        if life is None:
            return await explain(visit, ref)
        return visit.page(
            "delivery.html",
            life=life,
            page=life.told.page,
            steps=sorted(_steps(life), key=lambda step: step.at),
            sayings=[(each, as_told(each.content)) for each in life.sayings],
            names=desk.queries.names,
            may_cancel=_may_cancel(life) and visit.may(Role.OPERATOR),
        )

    async def explain(visit: Visit, ref: Ref) -> web.Response:
        why = await desk.queries.why(ref)
        if why is None:
            nobody = f"Workspace {visit.place.team} knows no" if visit.place else "Nobody knows"
            raise RefusedError("pages.unknown", f"{nobody} {ref}, or it was too long ago.", 404)
        return visit.page("explanation.html", ref=ref, told=as_told(desk.words.why(why)))

    async def ask_to_cancel(visit: Visit) -> web.Response:
        life = await desk.queries.life(visit.ref)
        if life is None:
            raise RefusedError("pages.unknown", "There is no such page.", 404)
        page = life.told.page
        return visit.page("delivery_cancel.html", page=page, names=desk.queries.names)

    async def cancel(visit: Visit) -> web.Response:
        life = await desk.queries.life(visit.ref)
        if life is None:
            raise RefusedError("pages.unknown", "There is no such page.", 404)
        page = life.told.page
        told = await desk.decisions.cancel(page, f"cancel:{page.ref}", visit.actor)
        said = desk.words.content(told.notice).summary if told.notice else "It is cancelled."
        return visit.back(f"{PATH}/{page.ref}", said)

    one = f"{PATH}/{{ref}}"
    return (
        shows(PATH, listed),
        shows(one, show),
        shows(f"{one}/cancel", ask_to_cancel, Role.OPERATOR),
        does(f"{one}/cancel", cancel),
    )


def _sorting(visit: Visit) -> Sorting:
    state, origin = visit.asked("state"), visit.asked("origin")
    return Sorting(
        PageState(state) if state in set(PageState) else None,
        Origin(origin) if origin in set(Origin) else None,
        visit.asked("who")[:100],
    )


def _may_cancel(life: Life) -> bool:
    return life.told.page.state in {PageState.SENDING, PageState.WAITING}


# --- a page's life -------------------------------------------------------------------------------


def _steps(life: Life) -> Iterator[Step]:
    page = life.told.page
    asked = f"Asked for by {page.author_name or 'nobody known'}"
    yield Step(page.created_at, asked, more=(f"by {page.origin.value}",))
    for delivery in life.why.deliveries:
        yield from _of_delivery(delivery)
    if page.last_reply_at:
        replied = f"Last of {page.replies} replies, from {page.last_reply_from}"
        yield Step(page.last_reply_at, replied, "good")
    for record in life.records:
        if record.act != Act.PAGE_ACCEPTED:
            done = record.act.replace(".", " ").replace("_", " ").capitalize()
            yield Step(record.moment, done, more=(f"{record.who}, by {record.origin}",))


def _of_delivery(delivery: DeliveryWhy) -> Iterator[Step]:
    names = f" to {', '.join(delivery.to)}" if delivery.to else ""
    what = f"{KINDS[delivery.kind]}{names}"
    details = tuple(_details(delivery))
    if not delivery.attempts:
        yield Step(delivery.created_at, what, delivery.state, details)
        return
    yield Step(delivery.created_at, f"{what} queued")
    at = delivery.started_at or delivery.created_at
    yield Step(at, f"{what}, attempt {delivery.attempts}", delivery.state, details)


def _details(delivery: DeliveryWhy) -> Iterator[str]:
    if delivery.budget:
        yield f"send budget: {delivery.budget}"
    if delivery.error:
        vendor = f" ({delivery.vendor_code})" if delivery.vendor_code else ""
        yield f"{delivery.error}{vendor}"
    if delivery.looks:
        yield f"looked for {delivery.looks} times"
    if delivery.trace:
        yield f"trace {delivery.trace}"
    if delivery.due_at and delivery.state != "held":
        yield f"next at {delivery.due_at:%H:%M:%S} UTC"
