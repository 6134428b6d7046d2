"""What is checked before anything is done, and what every answer carries."""

import pytest
from aiohttp import ClientSession

from adapters.listening import Listener
from gateway.web.app import PublicDoors, public_app
from gateway.web.console.frame import HEADERS
from gateway.web.console.sessions import Role
from tests.fakes.observer import Ears
from tests.web.console.trial import OWN_FORM, Trial

UNSAFE = [
    ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, "another site"),
    ({"Sec-Fetch-Site": "same-site"}, "another port of this computer"),
    ({"Origin": "https://evil.example"}, "another site, in an old browser"),
    ({"Origin": "null"}, "a sandboxed frame"),
    ({}, "no browser"),
]


@pytest.mark.parametrize("headers", [each for each, _ in UNSAFE], ids=[name for _, name in UNSAFE])
async def test_forms_from_elsewhere_do_nothing(console: Trial, headers: dict[str, str]) -> None:
    """Even with the right token and cookie."""
    async with console.browser(Role.ADMIN) as browser:
        await browser.get()
        assert (await browser.post("/console/sign-out", headers)).status == 403
        assert (await browser.get()).path == "/console"
    assert {"error_code": "console.origin"} in console.acme.ears.events("console.refused")


async def test_our_own_forms_work_in_an_old_browser_too(console: Trial) -> None:
    """One that says where a form came from, but not how near that is."""
    async with console.browser(Role.VIEWER) as browser:
        await browser.get()
        seen = await browser.post("/console/sign-out", {"Origin": console.url})
        assert seen.path == "/console/sign-in"


@pytest.mark.parametrize("token", ["", "x", "ü"])
async def test_forms_without_the_token_do_nothing(console: Trial, token: str) -> None:
    """A missing or made-up token is refused, and somebody else's as well."""
    async with console.browser(Role.ADMIN) as browser, console.browser(Role.ADMIN) as other:
        await browser.get()
        assert (await browser.post("/console/sign-out", token=token)).status == 403
        theirs = (await other.get()).token
        assert theirs
        assert (await browser.post("/console/sign-out", token=theirs)).status == 403
        assert (await browser.get()).path == "/console"


PATHS = [
    "/console",
    "/console/sign-in",
    "/console/accounts",
    "/console/none",
    "/console/static/x/x",
]


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_has_the_headers(console: Trial, path: str) -> None:
    """Signed in or not, there or not."""
    async with console.browser() as stranger, console.browser(Role.VIEWER) as ada:
        for browser in (stranger, ada):
            seen = await browser.ask("GET", path, allow_redirects=False)
            assert {name: seen.headers.get(name) for name in HEADERS} == HEADERS


async def test_the_policy_is_the_strict_one() -> None:
    """Word for word; nothing inline, nothing from elsewhere, in nobody's frame."""
    assert HEADERS["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


async def test_pages_bring_no_style_or_script_of_their_own(console: Trial) -> None:
    """The policy would hold them back anyway."""
    async with console.browser(Role.ADMIN) as browser:
        for path in [f"/console{view.path}" for view in console.frame.views]:
            seen = await browser.get(path)
            assert seen.status == 200, path
            assert "<style" not in seen.text
            assert " style=" not in seen.text
            assert " onclick=" not in seen.text
            assert seen.text.count("<script") == seen.text.count("<script defer src=")


async def test_a_part_that_is_asked_for_when_signed_out_leads_to_signing_in(
    console: Trial,
) -> None:
    """A page that draws itself anew goes to the sign-in page, and does not swallow it."""
    async with console.browser() as browser:
        seen = await browser.get("/console", **{"HX-Request": "true"})
        assert (seen.status, seen.headers["HX-Redirect"]) == (401, "/console/sign-in")


async def test_the_public_listener_has_no_console() -> None:
    """Whatever is asked for there."""
    listener = Listener(public_app(PublicDoors(), Ears()), access_log=None)
    await listener.setup()
    try:
        url = f"http://127.0.0.1:{await listener.listen('127.0.0.1', 0)}"
        async with ClientSession(url) as http:
            for path in ("/console", "/console/sign-in", "/console/static/x/console.css"):
                async with http.get(path) as answer:
                    assert answer.status == 404
                async with http.post(path, headers=OWN_FORM) as answer:
                    assert answer.status == 404
    finally:
        await listener.cleanup()


async def test_a_database_that_is_away_is_said(console: Trial) -> None:
    """With 503, as a page, and nothing is claimed to be done."""
    async with console.browser(Role.ADMIN) as browser:
        console.acme.disk.lost_reads = 1
        seen = await browser.get()
        assert seen.status == 503
        assert "The database is away" in seen.words
