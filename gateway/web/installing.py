"""The two addresses a browser passes when a workspace installs the app.

`/slack/install` sends it to Slack's consent page with a cookie; `/slack/oauth_redirect` takes it
back and says how it went. Neither shows a secret, and no address with one leaves as a referrer.
"""

from collections.abc import Iterator

from aiohttp import web

from gateway.services.installing import STATE_LIFE, Arrival, Installing, Verdict
from gateway.text.words import Words
from gateway.web.leaving_cookie import LeavingCookie
from gateway.web.plain_page import plain_page, short

START = "/slack/install"
BACK = "/slack/oauth_redirect"
_STATUS = {
    Verdict.INSTALLED: 200,
    Verdict.KNOWN: 200,
    Verdict.DECLINED: 200,
    Verdict.OVER: 400,
    Verdict.FOREIGN: 403,
    Verdict.UNAVAILABLE: 503,
}


class InstallDoor:
    """Behind the two addresses. Over TLS the cookie is of this host alone."""

    def __init__(self, installing: Installing, words: Words, *, secure: bool) -> None:
        self._installing = installing
        self._words = words
        self._cookie = LeavingCookie("slack-install", STATE_LIFE, secure)

    def routes(self) -> Iterator[web.RouteDef]:
        """List the routes."""
        yield web.get(START, self.go)
        yield web.get(BACK, self.back)

    async def go(self, _: web.Request) -> web.Response:
        """Set the cookie that the way back needs, and send the browser to Slack."""
        departure = self._installing.depart()
        response = web.Response(status=303, headers={"Location": departure.address})
        self._cookie.give(response, departure.browser)
        return response

    async def back(self, request: web.Request) -> web.Response:
        """Take the browser back."""
        arrival = await self._installing.come_back(
            short(request.query.get("state", "")),
            short(request.query.get("code", "")),
            short(self._cookie.read(request)),
        )
        response = self._told(arrival)
        self._cookie.take(response)
        return response

    def _told(self, arrival: Arrival) -> web.Response:
        key = f"install_page.{arrival.verdict.value}"
        facts = {"name": arrival.name} if arrival.name else {}
        title = self._words.sentence(f"{key}_title", **facts)
        line = self._words.sentence(key, **facts)
        return plain_page(title, (line,), status=_STATUS[arrival.verdict])
