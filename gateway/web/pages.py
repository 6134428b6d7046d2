"""Everybody's pages over the control door: listed, shown, cancelled; never with what they say.

Under `/-/book`, because at `/-/pages` pages are sent (`gateway send`).
"""

from aiohttp import web

from gateway.domain.deliveries import Delivery
from gateway.domain.ids import Ref
from gateway.domain.pages import Page, PageState
from gateway.ports.store import Store
from gateway.services.decisions import Decisions
from gateway.text.words import Words
from gateway.web.errors import RefusedError
from gateway.web.operator import read_limit, read_operator

_MOST = 1000


def page_routes(store: Store, decisions: Decisions, words: Words) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def listed(request: web.Request) -> web.Response:
        state = request.query.get("state", "")
        limit = read_limit(request.query.get("limit", "50"), _MOST, "pages.limit")
        if state and state not in {each.value for each in PageState}:
            known = ", ".join(each.value for each in PageState)
            raise RefusedError("pages.state", f"`state` is one of {known}.", 400)
        found = await store.pages(limit, PageState(state) if state else None)
        return web.json_response({"pages": [_shown(each) for each in found]})

    async def show(request: web.Request) -> web.Response:
        page = await _found(request)
        deliveries = await store.deliveries(page.ref)
        return web.json_response(
            {"page": _shown(page), "deliveries": [_delivery(each) for each in deliveries]}
        )

    async def cancel(request: web.Request) -> web.Response:
        page = await _found(request)
        by = read_operator(await request.read(), "pages.request")
        told = await decisions.cancel(page, f"cancel:{page.ref}", by)
        after = await store.page(page.ref)
        if after is None or after.state is not PageState.CANCELLED:
            key = told.notice.key if told.notice else "page.too_late"
            message = words.content(told.notice).summary if told.notice else ""
            raise RefusedError(key, message, 409)
        return web.json_response({"page": _shown(after)})

    async def _found(request: web.Request) -> Page:
        ref = request.match_info["ref"]
        page = await store.page(Ref(ref))
        if page is None:
            raise RefusedError("pages.unknown", f"There is no page {ref}.", 404)
        return page

    return (
        web.get("/-/book", listed),
        web.get("/-/book/{ref}", show),
        web.post("/-/book/{ref}/cancel", cancel),
    )


def _shown(page: Page) -> dict[str, object]:
    return {
        "ref": page.ref,
        "state": page.state.value,
        "reason": page.fault.code if page.fault else "",
        "origin": page.origin.value,
        "author": page.author,
        "author_name": page.author_name,
        "sender": page.sender,
        "to": list(page.to),
        "parts": page.parts,
        "replies": page.replies,
        "created_at": page.created_at.isoformat(),
        "sent_at": page.sent_at.isoformat() if page.sent_at else None,
    }


def _delivery(each: Delivery) -> dict[str, object]:
    return {
        "id": each.id,
        "kind": type(each.outbound).__name__,
        "state": each.state.value,
        "reason": each.fault.code if each.fault else "",
        "attempts": each.attempt,
        "created_at": each.created_at.isoformat(),
        "due_at": each.due_at.isoformat(),
    }
