"""Accounts: who is linked to which extension, and who is signed in here; never what with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from gateway.domain.ids import ExtensionNumber
from gateway.web.console.desk import Desk
from gateway.web.console.frame import Visit, Way, does, shows
from gateway.web.console.sessions import Role
from gateway.web.errors import RefusedError

PATH = "/accounts"


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody we send as: until when events come, and a credential of the settings is good."""

    name: str
    events_until: datetime | None
    signs_in_until: datetime | None


def account_ways(desk: Desk) -> tuple[Way, ...]:
    """List the addresses of this view."""

    async def show(visit: Visit) -> web.Response:
        status = await desk.health.status()
        return visit.page(
            "accounts.html",
            senders=_senders(status.get("pager")),
            workspace=desk.links.book.workspace,
            links=await desk.links.listed(),
            sessions=visit.frame.doorman.sessions.listed(),
        )

    async def ask(visit: Visit) -> web.Response:
        number = visit.request.match_info["extension"]
        link = next((each for each in await desk.links.listed() if each.extension == number), None)
        if link is None:
            raise RefusedError("link.unknown", _NO_LINK, 404)
        return visit.page("account_revoke.html", link=link)

    async def revoke(visit: Visit) -> web.Response:
        number = ExtensionNumber(visit.request.match_info["extension"])
        ended = await desk.links.revoke(number, visit.actor)
        if ended is None:
            raise RefusedError("link.unknown", _NO_LINK, 404)
        told = f"Extension {number} is no longer linked to {ended.user_name}; they are told."
        return visit.back(PATH, told)

    async def end(visit: Visit) -> web.Response:
        handle = visit.request.match_info["handle"]
        found = (each for each in visit.frame.doorman.sessions.listed() if each.handle == handle)
        if (session := next(found, None)) is None:
            raise RefusedError("console.session", _NO_SESSION, 404)
        if session is visit.session:
            return await visit.leave()
        await visit.frame.doorman.dismiss(session, visit.actor)
        return visit.back(PATH, f"{session.visitor.who} is signed out.")

    async def leave(visit: Visit) -> web.Response:
        return await visit.leave()

    return (
        shows(PATH, show),
        shows(f"{PATH}/links/{{extension}}/revoke", ask, Role.ADMIN),
        does(f"{PATH}/links/{{extension}}/revoke", revoke, Role.ADMIN),
        does(f"{PATH}/sessions/{{handle}}/end", end, Role.ADMIN),
        does("/sign-out", leave, Role.VIEWER),
    )


def _senders(pager: object) -> list[Sender]:
    """Read what is known of those we send as, by the names that logs have."""
    if not isinstance(pager, Mapping):
        return []
    events, signs_in = pager["subscribed_until"], pager["signs_in_until"]
    names = sorted({*events, *signs_in})
    return [Sender(name, _moment(events, name), _moment(signs_in, name)) for name in names]


def _moment(times: Mapping[str, str], name: str) -> datetime | None:
    return datetime.fromisoformat(times[name]) if name in times else None


_NO_LINK = "Nobody is linked to this extension (any more)."
_NO_SESSION = "This session is over already."
