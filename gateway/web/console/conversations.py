"""Conversations: threads in the chat and what they are on the pager."""

from aiohttp import web

from gateway.services.queries import Sorting
from gateway.web.console.desk import Desk
from gateway.web.console.frame import Visit, Way, shows
from gateway.web.console.lists import older_path, read_moment
from gateway.web.errors import RefusedError

PATH = "/conversations"
_SHOWN = 50


def conversation_ways(desk: Desk) -> tuple[Way, ...]:
    """List the addresses of this view."""

    async def listed(visit: Visit) -> web.Response:
        who, before = visit.asked("who")[:100], read_moment(visit.asked("before"))
        found = await desk.queries.pages(Sorting(who=who, threaded=True), before, _SHOWN)
        return visit.page(
            "conversations.html",
            found=found,
            who=who,
            older=older_path(visit, found.older),
            first=before is None,
            names=desk.queries.names,
        )

    async def show(visit: Visit) -> web.Response:
        found = await desk.queries.conversation(visit.ref)
        if found is None:
            raise RefusedError("conversations.unknown", f"{visit.ref} has no conversation.", 404)
        return visit.page("conversation.html", it=found, page=found.page)

    return (shows(PATH, listed), shows(f"{PATH}/{{ref}}", show))
