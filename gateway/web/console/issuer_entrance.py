"""The way in by somebody else's sign-in page: Slack's, or that of a company."""

from dataclasses import dataclass, field

from aiohttp import web
from typing_extensions import override

from gateway.ports.identity import Doubt, Errand, Identity, Issuer
from gateway.web.console.doorman import Doorman
from gateway.web.console.entrances import Roles, strongest
from gateway.web.console.frame import HOME, SIGN_IN, Entrance, Frame
from gateway.web.console.sessions import ERRAND_LIFE, Departures, Visitor
from gateway.web.errors import RefusedError
from gateway.web.leaving_cookie import LeavingCookie

_LONGEST = 4096


@dataclass(frozen=True)
class IssuerEntrance(Entrance):
    """People leave for the issuer's page, and come back with what it says of them.

    They come back from another site, so browsers show no `Strict` cookie with that request: one
    that is `Lax` proves that they left from here.
    """

    way: str
    issuer: Issuer
    departures: Departures
    doorman: Doorman
    roles: Roles
    template: str = field(default="sign_in_issuer.html", init=False)

    @override
    def visitor(self, request: web.Request) -> Visitor | None:
        return None

    @override
    def ways(self, frame: Frame) -> tuple[web.RouteDef, ...]:
        cookie = LeavingCookie("console-leaving", ERRAND_LIFE, frame.secure)

        async def leave(request: web.Request) -> web.Response:
            back = f"{frame.address or f'http://{request.host}'}{SIGN_IN}/back"
            departure = self.departures.begin(back, request.cookies.get(frame.cookie, ""))
            page = await self.issuer.page(departure.state, departure.errand)
            if page is None:
                raise RefusedError("console.issuer", self._told(Doubt.AWAY), 502)
            response = web.Response(status=303, headers={"Location": page})
            cookie.give(response, departure.browser)
            return response

        async def back(request: web.Request) -> web.Response:
            state = _asked(request, "state")
            found = self.departures.end(state, cookie.read(request))
            if found is None:
                raise RefusedError("console.sign_in", _OVER, 403)
            errand, instead_of = found
            visitor = await self._visitor(_asked(request, "code"), errand)
            secret = await self.doorman.admit(visitor, self.way, instead_of)
            text = frame.drawing.page("sign_in_done.html", {"visitor": visitor, "home": HOME})
            response = web.Response(text=text, content_type="text/html")
            frame.remember(response, secret)
            return response

        path = SIGN_IN.removeprefix(HOME)
        return (web.get(f"{path}/leave", leave), web.get(f"{path}/back", back))

    async def _visitor(self, code: str, errand: Errand) -> Visitor:
        """Ask the issuer who came back.

        Raises:
            RefusedError: it does not say, or they may not come in.
        """
        known = await self.issuer.redeem(code, errand) if code else Doubt.REFUSED
        if not isinstance(known, Identity):
            status = 502 if known is Doubt.AWAY else 403
            raise RefusedError("console.issuer", self._told(known), status)
        role = strongest(self.roles, known.names)
        if role is None:
            raise RefusedError("console.role", _NO_ROLE.format(self.issuer.name, known.who), 403)
        return Visitor(known.who, role)

    def _told(self, doubt: Doubt) -> str:
        return _DOUBTS[doubt].format(self.issuer.name)


_OVER = (
    "This sign-in was begun in another browser, is over, or took longer than ten minutes. "
    "Go to the console and begin again."
)
_NO_ROLE = (
    "{0} says that you are {1}, and that name has no role here. "
    "Ask whoever runs the gateway to add it to `console.roles`."
)
_DOUBTS = {
    Doubt.AWAY: "{0} does not answer as it should. Nobody was signed in; try again in a moment, or "
    "have whoever runs the gateway look at its log.",
    Doubt.REFUSED: "{0} did not sign you in. Go to the console and begin again; if that does not "
    "help, have whoever runs the gateway look at its log.",
    Doubt.UNPROVED: "What {0} sent does not prove who you are, so nobody was signed in. Begin "
    "again; if that does not help, have whoever runs the gateway look at its log.",
    Doubt.ELSEWHERE: "You are signed in to another workspace of {0}. Choose the one that this "
    "gateway is for.",
}


def _asked(request: web.Request, name: str) -> str:
    """Read what stands in the address once; look at no more than an issuer would send."""
    given = request.query.getall(name, [])
    return given[0] if len(given) == 1 and len(given[0]) <= _LONGEST else ""
