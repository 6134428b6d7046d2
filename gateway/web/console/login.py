"""The console over the control door: a link to sign in with, for whoever may open the socket."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web

from gateway.web.console.frame import SIGN_IN
from gateway.web.console.sessions import Role, Tickets, Visitor
from gateway.web.errors import RefusedError


@dataclass(frozen=True)
class LoginDoor:
    """Makes links. Without `tickets` people sign in some other way."""

    tickets: Tickets | None
    address: Callable[[], str]

    def routes(self) -> tuple[web.RouteDef, ...]:
        """Make the route of the control door."""
        return (web.post("/-/console/links", self.issue),)

    async def issue(self, request: web.Request) -> web.Response:
        """Make a link for `{"by": "ada", "role": "operator"}`; `workspace` says where it leads."""
        if self.tickets is None:
            raise RefusedError("console.sign_in", f"{_OTHERWISE} {self.address()}/console.", 409)
        visitor, workspace = _asked(await request.read())
        url, ends_at = self.link(self.tickets, visitor, workspace)
        return web.json_response(
            {"url": url, "role": visitor.role.value, "ends_at": ends_at.isoformat()}
        )

    def link(self, tickets: Tickets, visitor: Visitor, workspace: str = "") -> tuple[str, datetime]:
        """Make a link; gives it and the time of its end."""
        ticket, ends_at = tickets.issue(visitor)
        leads = f"?{urlencode({'workspace': workspace})}" if workspace else ""
        return f"{self.address()}{SIGN_IN}/{ticket}{leads}", ends_at


_OTHERWISE = "Nobody signs in by link here (`console.sign_in`); open"


def _asked(raw: bytes) -> tuple[Visitor, str]:
    try:
        body = json.loads(raw)
        who, role = body["by"].strip(), Role(body["role"])
        workspace = str(body.get("workspace", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        who, role, workspace = "", Role.VIEWER, ""
    if not who:
        roles = ", ".join(role.value for role in Role)
        raise RefusedError("console.request", f"`by` says who signs in, `role` is {roles}.", 400)
    return Visitor(who, role), workspace
