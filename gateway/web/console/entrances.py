"""The ways into the console: by a single-use link, by a proxy that signs people in, or by none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web
from typing_extensions import override

from gateway.web.console.doorman import Doorman
from gateway.web.console.frame import Entrance, Frame, check_origin
from gateway.web.console.sessions import Role, Tickets, Visitor
from gateway.web.errors import RefusedError

Network = IPv4Network | IPv6Network
Roles = Mapping[str, Role]
"""People and groups, by the names their sign-in gives them, and what they may do."""

EVERYBODY = "*"
_LONGEST = 256


@dataclass(frozen=True)
class LinkEntrance(Entrance):
    """By a link that `gateway console login` printed.

    Opening it shows for whom it is; only its button uses it up, so a program that looks ahead into
    links cannot. The page presses the button itself where scripts run.
    """

    tickets: Tickets
    doorman: Doorman
    template: str = field(default="sign_in_link.html", init=False)

    @override
    def visitor(self, request: web.Request) -> Visitor | None:
        return None

    @override
    def ways(self, frame: Frame) -> tuple[web.RouteDef, ...]:
        async def show(request: web.Request) -> web.Response:
            visitor = self.tickets.shown(_ticket(request))
            if visitor is None:
                raise RefusedError("console.link", _OVER, 403)
            text = frame.drawing.page("sign_in_now.html", {"visitor": visitor})
            return web.Response(text=text, content_type="text/html")

        async def use(request: web.Request) -> web.Response:
            check_origin(request)
            visitor = self.tickets.use(_ticket(request))
            if visitor is None:
                raise RefusedError("console.link", _OVER, 403)
            return await admit(frame, self.doorman, visitor, request)

        path = "/sign-in/{ticket}"
        return (web.get(path, show), web.post(path, use))


@dataclass(frozen=True)
class OpenEntrance(Entrance):
    """Everybody who reaches the listener comes in, as administrator; on loopback only."""

    template: str = field(default="sign_in_link.html", init=False)

    @override
    def visitor(self, request: web.Request) -> Visitor | None:
        return Visitor("anybody", Role.ADMIN)

    @override
    def ways(self, frame: Frame) -> tuple[web.RouteDef, ...]:
        return ()


@dataclass(frozen=True)
class ProxyEntrance(Entrance):
    """Whoever a trusted proxy names comes in; from other addresses its headers are forgeries."""

    networks: tuple[Network, ...]
    user_header: str
    groups_header: str
    roles: Roles
    template: str = field(default="sign_in_proxy.html", init=False)

    @override
    def visitor(self, request: web.Request) -> Visitor | None:
        who = self._one(request, self.user_header)
        if not who or not self._is_proxy(request):
            raise RefusedError("console.proxy", _NOT_BY_PROXY, 403)
        groups = self._one(request, self.groups_header).split(",")
        role = strongest(self.roles, (who, *(group.strip() for group in groups)))
        if role is None:
            raise RefusedError("console.role", _NO_ROLE, 403)
        return Visitor(who, role)

    @override
    def ways(self, frame: Frame) -> tuple[web.RouteDef, ...]:
        return ()

    def _is_proxy(self, request: web.Request) -> bool:
        try:
            peer = ip_address(request.remote or "")
        except ValueError:
            return False
        return any(peer in network for network in self.networks)

    def _one(self, request: web.Request, name: str) -> str:
        """Read a header that stands there once; a second one was smuggled past the proxy."""
        given = request.headers.getall(name, [])
        return given[0].strip() if len(given) == 1 and len(given[0]) <= _LONGEST else ""


async def admit(
    frame: Frame, doorman: Doorman, visitor: Visitor, request: web.Request
) -> web.Response:
    """Sign somebody in, whoever was signed in in that browser before; lead to the first page.

    Raises:
        StoreUnavailableError: nobody was signed in.
    """
    secret = await doorman.admit(visitor, "link", instead_of=request.cookies.get(frame.cookie, ""))
    home = frame.home_of(request.query.get("workspace", ""))
    response = web.Response(status=303, headers={"Location": home})
    frame.remember(response, secret)
    return response


def strongest(roles: Roles, names: tuple[str, ...]) -> Role | None:
    """Find the strongest role that somebody's name and groups give them."""
    given = [roles[name] for name in (*names, EVERYBODY) if name in roles]
    return max(given, key=list(Role).index, default=None)


_OVER = (
    "This link was used already, or is older than five minutes. "
    "On the command line, “gateway console login” makes another."
)
_NOT_BY_PROXY = "Come through the proxy that signs you in."
_NO_ROLE = "You are signed in, but no role is given to you; ask whoever runs the gateway."


def _ticket(request: web.Request) -> str:
    """Look at no more than a ticket of ours can be long."""
    given = request.match_info["ticket"]
    return given if len(given) <= _LONGEST else ""
