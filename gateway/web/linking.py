"""The two pages a browser sees on its way to RingCentral and back.

`/ringcentral/oauth/start/{ticket}` shows for whom it is; only its button goes on, so a program
that fetches links, or a click too many, uses nothing up. `/ringcentral/oauth/callback` takes the
browser back. Neither shows a secret, and no address with one leaves as a referrer.
"""

from collections.abc import Iterator

from aiohttp import web

from gateway.services.linking.requests import REQUEST_LIFE
from gateway.services.linking.signing_in import Arrival, SignIn, Verdict
from gateway.text.words import Words
from gateway.web.leaving_cookie import LeavingCookie
from gateway.web.plain_page import plain_page, short

_START, _CALLBACK = "/ringcentral/oauth/start/{ticket}", "/ringcentral/oauth/callback"
_STATUS = {
    Verdict.ASKED_IN_CHAT: 200,
    Verdict.DECLINED: 200,
    Verdict.OVER: 400,
    Verdict.FOREIGN: 403,
    Verdict.UNAVAILABLE: 503,
}


class LinkDoor:
    """Behind the two addresses."""

    def __init__(self, sign_in: SignIn, words: Words) -> None:
        self._sign_in = sign_in
        self._words = words

    def routes(self) -> Iterator[web.RouteDef]:
        """List the routes."""
        yield web.get(_START, self.show)
        yield web.post(_START, self.go)
        yield web.get(_CALLBACK, self.back)

    async def show(self, request: web.Request) -> web.Response:
        """Say whose account is about to be connected."""
        asked = await self._sign_in.asked(short(request.match_info["ticket"]))
        if asked is None:
            return self._told(Verdict.OVER)
        name = asked.user_name
        lines = (
            self._words.sentence("link_page.start", author_name=name),
            self._words.sentence("link_page.start_warning", author_name=name),
        )
        title = self._words.sentence("link_page.start_title")
        button = self._words.sentence("link_page.start_button")
        return plain_page(
            title, lines, button=button, leads_to=self._sign_in.accounts.sign_in_page("", "")
        )

    async def go(self, request: web.Request) -> web.Response:
        """Set the cookie that the way back needs, and send the browser to RingCentral."""
        departure = await self._sign_in.depart(short(request.match_info["ticket"]))
        if departure is None:
            return self._told(Verdict.OVER)
        response = web.Response(status=303, headers={"Location": departure.address})
        self._cookie().give(response, departure.browser)
        return response

    async def back(self, request: web.Request) -> web.Response:
        """Take the browser back; the chat asks the rest."""
        cookie = self._cookie()
        arrival = await self._sign_in.come_back(
            short(request.query.get("state", "")),
            short(request.query.get("code", "")),
            short(cookie.read(request)),
        )
        response = self._told(arrival.verdict, **_both_sides(arrival))
        cookie.take(response)
        return response

    def _cookie(self) -> LeavingCookie:
        """Make it for the way browsers reach us: by TLS, but on loopback, for a trial."""
        is_https = str(self._sign_in.accounts.start_page("")).startswith("https://")
        return LeavingCookie("page-link", REQUEST_LIFE, is_https)

    def _told(self, verdict: Verdict, **facts: str) -> web.Response:
        title = self._words.sentence(f"link_page.{verdict.value}_title")
        line = self._words.sentence(f"link_page.{verdict.value}", **facts)
        return plain_page(title, (line,), status=_STATUS[verdict])


def _both_sides(arrival: Arrival) -> dict[str, str]:
    """Name who signed in and who is asked: they should be one."""
    if arrival.grant is None:
        return {}
    grant = arrival.grant
    return {"name": grant.name, "number": grant.extension, "author_name": arrival.user_name}
