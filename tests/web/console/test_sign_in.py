"""Coming in and going out: links, sessions, and the modes in which nobody signs in here."""

from ipaddress import ip_network

import pytest

from gateway.web.console.entrances import OpenEntrance, ProxyEntrance
from gateway.web.console.sessions import Role, Visitor
from tests.services.acme import Acme
from tests.web.console.trial import OWN_FORM, Trial, running_console

ADA = Visitor("ada", Role.OPERATOR)


async def test_a_link_signs_in_once(console: Trial) -> None:
    """Who opens it first is signed in; the second is told to make another."""
    link = console.link(ADA)
    async with console.browser() as first, console.browser() as second:
        shown = await first.get(link)
        assert "signs in ada as operator, once" in shown.words
        entered = await first.post(link)
        assert (entered.status, entered.path) == (200, "/console")
        late = await second.post(link)
        assert late.status == 403
        assert "used already" in late.words
        assert (await second.get()).path == "/console/sign-in"


async def test_looking_at_a_link_uses_nothing_up(console: Trial) -> None:
    """A program that looks ahead into links signs nobody in and breaks nothing."""
    link = console.link(ADA)
    async with console.browser() as browser:
        for _ in range(3):
            await browser.get(link)
        assert browser.session() == ""
        assert (await browser.post(link)).path == "/console"


async def test_a_link_is_over_after_five_minutes(console: Trial) -> None:
    """A moment before, it works; then it does not."""
    early, late = console.link(ADA), console.link(ADA)
    async with console.browser() as browser:
        console.acme.clock.move(299)
        assert (await browser.post(early)).path == "/console"
        console.acme.clock.move(1)
        assert (await browser.get(late)).status == 403
        assert (await browser.post(late)).status == 403


async def test_signing_in_never_takes_up_a_session_that_was_there(console: Trial) -> None:
    """The id is new whatever the browser brought, and what it brought opens nothing any more."""
    async with console.browser() as browser, console.browser(Role.VIEWER) as other:
        planted = other.session()
        browser.keep(planted)
        await browser.post(console.link(ADA))
        assert browser.session() not in {"", planted}
        assert (await other.get()).path == "/console/sign-in"


async def test_a_session_ends_after_its_time(console: Trial) -> None:
    """Twelve hours, whatever was done meanwhile."""
    async with console.browser(Role.VIEWER) as browser:
        console.acme.clock.move(12 * 3600 - 1)
        assert (await browser.get()).path == "/console"
        console.acme.clock.move(1)
        assert (await browser.get()).path == "/console/sign-in"


async def test_who_signs_out_is_out_and_on_record(console: Trial) -> None:
    """The cookie is taken back, and its value opens nothing."""
    async with console.browser(Role.VIEWER) as browser:
        await browser.get()
        kept = browser.session()
        assert (await browser.post("/console/sign-out")).path == "/console/sign-in"
        assert browser.session() == ""
        seen = await browser.get(Cookie=f"console={kept}")
        assert seen.path == "/console/sign-in"
    records = await console.acme.store.audit_newest(2)
    assert [(each.act, each.who, each.origin) for each in records] == [
        ("console.signed_out", "ada", "console"),
        ("console.signed_in", "ada", "console"),
    ]


async def test_an_administrator_signs_others_out(console: Trial) -> None:
    """Sessions are held here, so they can be ended here."""
    async with console.browser(Role.ADMIN) as ada, console.browser(Role.VIEWER, "bo") as bo:
        accounts = await ada.get("/console/accounts")
        assert "bo viewer" in accounts.words
        (session,) = (s for s in console.frame.sessions.listed() if s.visitor.who == "bo")
        told = await ada.post(f"/console/accounts/sessions/{session.handle}/end")
        assert "bo is signed out." in told.words
        assert (await bo.get()).path == "/console/sign-in"
    (record, *_) = await console.acme.store.audit_newest(1)
    assert (record.act, record.who) == ("console.session_ended", "ada")


@pytest.mark.parametrize("given", ["", "x", "é" * 40, "%00", "a" * 4000])
async def test_made_up_cookies_open_nothing(console: Trial, given: str) -> None:
    """Whatever they look like."""
    async with console.browser() as browser:
        seen = await browser.ask("GET", "/console", headers={"Cookie": f"console={given}"})
        assert seen.path == "/console/sign-in"


async def test_the_session_cookie_is_out_of_reach(acme: Acme) -> None:
    """Scripts and other sites do not get it; behind HTTPS no other host can set it."""
    async with running_console(acme) as plain, plain.browser() as browser:
        link = plain.link(ADA)
        seen = await browser.ask("POST", link, headers=OWN_FORM, allow_redirects=False)
        assert seen.headers["Set-Cookie"].startswith("console=")
        assert seen.headers["Set-Cookie"].endswith("HttpOnly; Path=/; SameSite=Strict")
    async with running_console(acme, address="https://ops.example") as secure:
        async with secure.browser() as browser:
            headers = {**OWN_FORM, "Host": "ops.example"}
            link = secure.link(ADA)
            seen = await browser.ask("POST", link, headers=headers, allow_redirects=False)
        cookie = seen.headers["Set-Cookie"]
        assert cookie.startswith("__Host-console=")
        assert cookie.endswith("HttpOnly; Path=/; SameSite=Strict; Secure")


# --- modes in which nobody signs in here ---------------------------------------------------------


async def test_an_open_console_takes_everybody_on_this_computer(acme: Acme) -> None:
    """No link is needed; a form still needs its token."""
    async with running_console(acme, OpenEntrance()) as console, console.browser() as browser:
        assert "anybody admin" in (await browser.get()).words
        assert (await browser.post("/console/sign-out", token="")).status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""])
async def test_names_pointed_at_this_computer_open_nothing(acme: Acme, host: str) -> None:
    """A web site whose name was pointed at the loopback address is not answered."""
    async with running_console(acme, OpenEntrance()) as console, console.browser() as browser:
        assert (await browser.get(Host=host)).status in {400, 421}


def proxy(networks: str = "127.0.0.1/32") -> ProxyEntrance:
    roles = {"dba": Role.OPERATOR, "ada": Role.VIEWER, "root": Role.ADMIN}
    return ProxyEntrance((ip_network(networks),), "X-User", "X-Groups", roles)


@pytest.mark.parametrize(
    ("headers", "role"),
    [
        ({"X-User": "ada"}, "viewer"),
        ({"X-User": "ada", "X-Groups": "x, dba"}, "operator"),
        ({"X-User": "bo", "X-Groups": "dba,root"}, "admin"),
    ],
)
async def test_a_proxy_names_who_comes_and_their_groups_give_the_role(
    acme: Acme, headers: dict[str, str], role: str
) -> None:
    """The strongest role counts."""
    async with running_console(acme, proxy()) as console, console.browser() as browser:
        seen = await browser.get(**headers)
        assert seen.status == 200
        assert f"{headers['X-User']} {role}" in seen.words


async def test_who_has_no_role_stays_out(acme: Acme) -> None:
    """Signed in at the proxy, but nobody here."""
    async with running_console(acme, proxy()) as console, console.browser() as browser:
        assert (await browser.get(**{"X-User": "eve", "X-Groups": "guests"})).status == 403
        assert (await browser.get()).status == 403


async def test_headers_from_elsewhere_are_forgeries(acme: Acme) -> None:
    """Only the proxy's network is believed."""
    async with (
        running_console(acme, proxy("10.9.0.0/16")) as console,
        console.browser() as browser,
    ):
        assert (await browser.get(**{"X-User": "root"})).status == 403


async def test_another_person_at_the_proxy_is_another_session(acme: Acme) -> None:
    """A browser that changes hands keeps nothing of the one before."""
    async with running_console(acme, proxy()) as console, console.browser() as browser:
        await browser.get(**{"X-User": "root"})
        kept = browser.session()
        assert "ada viewer" in (await browser.get(**{"X-User": "ada"})).words
        assert browser.session() != kept
