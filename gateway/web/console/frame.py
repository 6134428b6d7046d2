"""What every page of the console shares: who may come, what is checked, how it is drawn.

A module of pages gives a list of `Way`s; `gateway.web.console.views` lists the modules.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from aiohttp import web

from gateway.domain.audit import Actor
from gateway.domain.ids import Ref
from gateway.web.app import Health
from gateway.web.console.doorman import Doorman
from gateway.web.console.drawing import Drawing
from gateway.web.console.sessions import Role, Session, Sessions, Visitor
from gateway.web.errors import RefusedError

HOME = "/console"
SIGN_IN = f"{HOME}/sign-in"
PLACE = "/workspaces/{workspace}"
"""Before each address of a view, where there are several workspaces."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Visit:
    """One request of somebody who may make it."""

    request: web.Request
    session: Session
    frame: "Frame"
    form: Mapping[str, str] = field(default_factory=dict)
    place: "Place | None" = None
    """The workspace it is about; `None` where there is only one."""

    @property
    def home(self) -> str:
        """Where the addresses of the views begin."""
        return self.place.home if self.place else HOME

    @property
    def view(self) -> "View | None":
        """The view in which this is."""
        below = self.request.path.removeprefix(self.home)
        return next((each for each in self.frame.views if each.holds(below)), None)

    @property
    def actor(self) -> Actor:
        """Who acts, as the audit trail names them."""
        return Actor(self.session.visitor.who, "console")

    @property
    def ref(self) -> Ref:
        """What an address with `{ref}` is about; no more of it than a reference can be long."""
        return Ref(self.request.match_info["ref"][:100])

    def may(self, role: Role) -> bool:
        """Whether their role goes so far."""
        return self.session.visitor.role.includes(role)

    def asked(self, name: str) -> str:
        """Read what the address asks for."""
        return self.request.query.get(name, "").strip()

    def page(self, template: str, /, **facts: object) -> web.Response:
        """Answer with a page."""
        told: tuple[str, ...] = ()
        if "HX-Request" not in self.request.headers:  # a part that is drawn anew would swallow it
            told, self.session.told[:] = tuple(self.session.told), ()
        around = {
            "visit": self,
            "home": self.home,
            "views": self.frame.views,
            "places": self.frame.places(),
            "told": told,
            "Role": Role,
        }
        text = self.frame.drawing.page(template, {**around, **facts})
        return web.Response(text=text, content_type="text/html")

    def head(self, response: web.StreamResponse) -> None:
        """Give an answer that is sent piece by piece the headers of all others."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)

    async def leave(self) -> web.Response:
        """Sign out."""
        await self.frame.doorman.dismiss(self.session, self.actor)
        response = web.Response(status=303, headers={"Location": SIGN_IN})
        self.frame.forget(response)
        return response

    def back(self, path: str, told: str = "") -> web.Response:
        """Answer a deed: lead to a page, which says what came of it."""
        if told:
            self.session.told.append(told)
        return web.Response(status=303, headers={"Location": f"{self.home}{path}"})


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Way:
    """An address below `/console`, and who may take it."""

    method: str
    path: str
    handler: Handler
    needs: Role


def shows(path: str, handler: Handler, needs: Role = Role.VIEWER) -> Way:
    """Make a way that changes nothing; one that asks before a deed needs what the deed needs."""
    return Way("GET", path, handler, needs)


def does(path: str, handler: Handler, needs: Role = Role.OPERATOR) -> Way:
    """Make a way that acts."""
    return Way("POST", path, handler, needs)


@dataclass(frozen=True)
class View:
    """An entry of the console's menu; `key` is what leads there after `g`."""

    title: str
    path: str
    key: str
    ways: tuple[Way, ...]

    def holds(self, path: str) -> bool:
        """Whether an address is in this view."""
        return path == self.path or bool(self.path and path.startswith(f"{self.path}/"))


@dataclass(frozen=True)
class Place:
    """One of several workspaces. One that is not open says why: `trouble`; and shows nothing else.

    `name` is what Slack calls it, as soon as that is known.
    """

    team: str
    name: str = ""
    views: tuple[View, ...] = ()
    health: Health | None = None
    trouble: str = ""

    @property
    def home(self) -> str:
        """Where the addresses of its views begin."""
        return HOME + PLACE.format(workspace=self.team)

    def handler(self, way: Way) -> Handler | None:
        """Find what stands here at an address that every workspace has."""
        ways = (each for view in self.views for each in view.ways)
        same = (each for each in ways if (each.method, each.path) == (way.method, way.path))
        return next((each.handler for each in same), None)


class Entrance(Protocol):
    """How people come in: one of the sign-in modes."""

    template: str
    """What is shown to whoever is not signed in."""

    def visitor(self, request: web.Request) -> Visitor | None:
        """Tell who comes already known; `None` when people sign in here.

        Raises:
            RefusedError: somebody known who may not come in.
        """
        ...

    def ways(self, frame: "Frame") -> tuple[web.RouteDef, ...]:
        """List the routes on which people sign in; they guard themselves."""
        ...


@dataclass(frozen=True)
class Frame:
    """Keeps the door. `address` is the console's own when it is reached by HTTPS.

    `views` are the menu, and what is shown. Of several workspaces, `places` lists all, the first
    one first, and each shows its own.
    """

    drawing: Drawing
    doorman: Doorman
    entrance: Entrance
    views: tuple[View, ...]
    address: str = ""
    places: Callable[[], tuple[Place, ...]] = tuple

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return self.doorman.sessions

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by TLS; on loopback they need not."""
        return self.address.startswith("https://")

    @property
    def cookie(self) -> str:
        """Name the cookie; browsers let no other host set one with this prefix."""
        return "__Host-console" if self.secure else "console"

    def routes(self) -> tuple[web.RouteDef, ...]:
        """Guard every way of the views; of several workspaces, each has all of them."""
        ways = [way for view in self.views for way in view.ways]
        before = ("", PLACE) if self.places() else ("",)
        return tuple(
            web.route(way.method, each + way.path, self._guarded(way))
            for each in before
            for way in ways
        )

    def home_of(self, team: str) -> str:
        """Tell where a workspace's pages begin; the console's own where it is none of several."""
        return next((each.home for each in self.places() if each.team == team), HOME)

    def _guarded(self, way: Way) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            found, fresh = self._session(request)
            if found is None:
                return _to_sign_in(request)
            form = await self.checked(request, found.token) if way.method == "POST" else {}
            if not found.visitor.role.includes(way.needs):
                raise RefusedError("console.role", _NOT_ALLOWED.format(way.needs.value), 403)
            place = self._place(request)
            visit = Visit(request, found, self, form, place)
            response = await (_of_place(way, place, request) if place else way.handler)(visit)
            if fresh:
                self.remember(response, fresh)
            return response

        return handle

    def _place(self, request: web.Request) -> Place | None:
        """Find the workspace of an address: the first where it says none, `None` for the only one.

        Raises:
            RefusedError: there is no such workspace.
        """
        places, team = self.places(), request.match_info.get("workspace")
        if team is None or not places:
            return places[0] if places else None
        found = next((each for each in places if each.team == team), None)
        if found is None:
            raise RefusedError("console.workspace", _NO_PLACE, 404)
        return found

    def _session(self, request: web.Request) -> tuple[Session | None, str]:
        """Find who this is; gives a new session's id too, if one had to begin."""
        found = self.sessions.of(request.cookies.get(self.cookie, ""))
        known = self.entrance.visitor(request)
        if known is None or (found and found.visitor == known):
            return found, ""
        fresh, session = self.sessions.begin(known)
        return session, fresh

    async def checked(self, request: web.Request, token: str) -> Mapping[str, str]:
        """Read a form that our own page sent.

        Raises:
            RefusedError: it came from elsewhere, or without the session's token.
        """
        check_origin(request)
        form = await request.post()
        read = {name: value for name, value in form.items() if isinstance(value, str)}
        if not compare_digest(read.get("token", "").encode(), token.encode()):
            raise RefusedError("console.token", _STALE, 403)
        return read

    def check_host(self, request: web.Request) -> None:
        """Answer under our own name only, whatever names point here.

        Raises:
            RefusedError: somebody else's name was pointed at us, or the way here is not encrypted.
        """
        host = urlsplit(f"//{request.host}").hostname or ""
        ours = request.host == urlsplit(self.address).netloc if self.secure else _is_loopback(host)
        if not ours:
            raise RefusedError("console.host", _WRONG_HOST, 421)

    def remember(self, response: web.StreamResponse, secret: str) -> None:
        """Leave a session's id with the browser."""
        response.set_cookie(
            self.cookie,
            secret,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Strict",
        )

    def forget(self, response: web.StreamResponse) -> None:
        """Take it back."""
        response.del_cookie(
            self.cookie, path="/", secure=self.secure, httponly=True, samesite="Strict"
        )


_NOT_ALLOWED = "This needs the role {}. Ask whoever runs the gateway."
_STALE = "This form is from before you signed in. Go back, load the page again, and repeat it."
_ELSEWHERE = "This was not sent by a page of the console, so nothing was done."
_NO_PLACE = "No workspace of this name is served here."
_NOT_OPEN = "This workspace is not open at the moment, so nothing was done."
_WRONG_HOST = (
    "The console answers on this computer only (http://127.0.0.1:…, or a tunnel that ends there), "
    "or under the https:// address in console.public_url."
)


def check_origin(request: web.Request) -> None:
    """Tell our own forms from those of other sites.

    Our `Referrer-Policy: no-referrer` makes browsers say `Origin: null` with our own forms; they
    all say `Sec-Fetch-Site` then. Who says neither is no browser in its right mind.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "")
    same = site == "same-origin" if site else urlsplit(origin).netloc == request.host
    if not same:
        raise RefusedError("console.origin", _ELSEWHERE, 403)


def _of_place(way: Way, place: Place, request: web.Request) -> Handler:
    """Find what answers for one of several workspaces.

    Raises:
        RefusedError: it is not open, so nothing can be done there.
    """
    if "workspace" not in request.match_info and way.method == "GET":
        return _lead_to_place
    if handler := place.handler(way):
        return handler
    if way.method == "POST":
        raise RefusedError("console.workspace", _NOT_OPEN, 409)
    return _lead_to_place if way.path else _show_trouble


async def _lead_to_place(visit: Visit) -> web.Response:
    """Lead from an address without a workspace to the first one's, from a closed one to its why."""
    said = "workspace" in visit.request.match_info
    below = "" if said else visit.request.path_qs.removeprefix(HOME)
    return web.Response(status=303, headers={"Location": f"{visit.home}{below}"})


async def _show_trouble(visit: Visit) -> web.Response:
    return visit.page("workspace_closed.html", place=visit.place)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _to_sign_in(request: web.Request) -> web.Response:
    """Lead to the page that says how to sign in; htmx follows a header of its own."""
    if "HX-Request" in request.headers:
        return web.Response(status=401, headers={"HX-Redirect": SIGN_IN})
    return web.Response(status=303, headers={"Location": SIGN_IN})
