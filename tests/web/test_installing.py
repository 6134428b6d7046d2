"""The two addresses of an installation: the cookie, the state, and what a browser is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from typing_extensions import override

from adapters.storage import open_store
from gateway.domain.errors import ChatError, ChatRefusedError, ChatUnavailableError
from gateway.domain.ids import ChatUserId, WorkspaceId
from gateway.ports.installs import ChatApp, Installed
from gateway.services.installing import Installing, Verdict
from gateway.system import SystemIds
from gateway.text.words import Words
from gateway.web.app import PublicDoors, public_app
from gateway.web.installing import InstallDoor
from tests.adapters.slack.desk import Log
from tests.fakes.clock import MovedClock
from tests.web.api_doors import serving

BACK = "/slack/oauth_redirect"


@dataclass
class App(ChatApp):
    """Slack's side of it: codes are good once."""

    codes: set[str] = field(default_factory=lambda: {"code-1"})
    failure: ChatError | None = None
    returned: list[Installed] = field(default_factory=list)

    @override
    def consent_page(self, state: str) -> str:
        return f"https://slack.example/consent?state={state}"

    @override
    async def redeem(self, code: str) -> Installed:
        if self.failure:
            raise self.failure
        if code not in self.codes:
            raise ChatRefusedError("invalid_code")
        self.codes.remove(code)
        return Installed(WorkspaceId("T0NORTH"), "North <b>wind</b>", ChatUserId("U1"), "secret")

    @override
    async def give_back(self, installed: Installed) -> None:
        self.returned.append(installed)


@dataclass
class Door:
    """The gateway's side, and a browser."""

    url: str
    http: aiohttp.ClientSession
    app: App
    clock: MovedClock
    kept: list[Installed]

    async def begins(self) -> tuple[str, str, str]:
        """Open the link; gives the state, the cookie and how it was set."""
        async with self.http.get(f"{self.url}/slack/install", allow_redirects=False) as answer:
            assert answer.status == 303
            state = parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]
            jar: SimpleCookie = SimpleCookie(answer.headers["Set-Cookie"])
        ((name, morsel),) = jar.items()
        return state, f"{name}={morsel.value}", morsel.OutputString()

    async def comes_back(self, state: str, cookie: str, code: str = "code-1") -> tuple[int, str]:
        """Come back from the consent page."""
        headers = {"Cookie": cookie}
        query = {"state": state, "code": code}
        async with self.http.get(f"{self.url}{BACK}", params=query, headers=headers) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def door(verdict: Verdict = Verdict.INSTALLED, *, secure: bool = True) -> AsyncIterator[Door]:
    clock, app, kept, log = MovedClock(), App(), list[Installed](), Log()

    async def take_in(installed: Installed) -> Verdict:
        kept.append(installed)
        return verdict

    async with await open_store("sqlite://", migrate=True, clock=clock) as opened:
        installing = Installing(app, take_in, opened.store, clock, SystemIds(), log, b"key")
        routes = tuple(InstallDoor(installing, Words.load(), secure=secure).routes())
        served: web.Application = public_app(PublicDoors(installing=routes), log)
        jar = aiohttp.DummyCookieJar()
        async with serving(served) as url, aiohttp.ClientSession(cookie_jar=jar) as http:
            yield Door(url, http, app, clock, kept)


async def test_the_cookie_is_this_hosts_alone() -> None:
    """No script reads it, no other host sets it, and it lives as long as the state."""
    async with door() as at:
        state, _, said = await at.begins()
    assert said.startswith("__Host-slack-install=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=Lax", "Max-Age=600"} <= set(said.split("; "))
    assert len(state.partition(".")[0]) >= 43  # 256 bits


async def test_somebody_installs() -> None:
    """Once; what Slack calls the workspace is text and nothing else."""
    async with door() as at:
        state, cookie, _ = await at.begins()
        status, page = await at.comes_back(state, cookie)
        assert (status, "North &lt;b&gt;wind" in page) == (200, True)
        assert (await at.comes_back(state, cookie))[0] == 400
        assert len(at.kept) == 1


@pytest.mark.parametrize("spoil", ["cookie", "no cookie", "state", "no state", "seal", "late"])
async def test_what_does_not_belong_together_installs_nothing(spoil: str) -> None:
    """400; neither is the code used up."""
    async with door() as at:
        state, cookie, _ = await at.begins()
        other_state, other_cookie, _ = await at.begins()
        begun, _, seal = state.rpartition(".")
        if spoil == "late":
            at.clock.move(600)
        shown = {
            "cookie": (state, other_cookie),
            "no cookie": (state, ""),
            "state": (other_state, cookie),
            "no state": ("", cookie),
            "seal": (f"{begun}0.{seal}", cookie),
            "late": (state, cookie),
        }
        assert (await at.comes_back(*shown[spoil]))[0] == 400
        assert at.app.codes == {"code-1"}
        assert at.kept == []


async def test_a_workspace_nobody_expects_gets_its_token_back() -> None:
    """403, and it is given back at Slack."""
    async with door(Verdict.FOREIGN) as at:
        state, cookie, _ = await at.begins()
        assert (await at.comes_back(state, cookie))[0] == 403
        assert len(at.app.returned) == 1


@pytest.mark.parametrize(
    ("failure", "status"), [(ChatUnavailableError(), 503), (ChatRefusedError("invalid_code"), 400)]
)
async def test_slack_may_not_answer(failure: ChatError, status: int) -> None:
    """Then nothing is kept, and the page says how to begin again."""
    async with door() as at:
        at.app.failure = failure
        state, cookie, _ = await at.begins()
        got, page = await at.comes_back(state, cookie)
        assert (got, "begin again" in page, at.kept) == (status, True, [])
