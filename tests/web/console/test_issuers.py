"""Signing in at somebody else's page: a company's issuer, and Slack's."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from gateway.bootstrap.identity import make_issuer
from gateway.settings import load_settings
from gateway.web.console.doorman import Doorman
from gateway.web.console.issuer_entrance import IssuerEntrance
from gateway.web.console.sessions import Departures
from tests.services.acme import Acme
from tests.web.console.issuing import (
    CLIENT,
    SECRET,
    TrialIssuer,
    by_hand,
    by_key,
    key,
    running_issuer,
)
from tests.web.console.trial import Browser, Trial, running_console

LEAVE = "/console/sign-in/leave"
ROLES = '{ "u-1" = "operator", "ada@example.com" = "admin", "dba" = "operator", "U0ADA" = "admin" }'
SLACK_USER, SLACK_TEAM = "https://slack.com/user_id", "https://slack.com/team_id"


@pytest.fixture
async def issuer(acme: Acme) -> AsyncIterator[TrialIssuer]:
    async with running_issuer(acme.clock) as issuer:
        yield issuer


@pytest.fixture
async def company(acme: Acme, issuer: TrialIssuer, tmp_path: Path) -> AsyncIterator[Trial]:
    async with signing_in(acme, issuer, tmp_path) as console:
        yield console


@pytest.fixture
async def slack(acme: Acme, issuer: TrialIssuer, tmp_path: Path) -> AsyncIterator[Trial]:
    issuer.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    issuer.person = {"sub": "U0ADA", SLACK_USER: "U0ADA", SLACK_TEAM: "T0ACME"}
    async with signing_in(acme, issuer, tmp_path, "slack") as console:
        yield console


@asynccontextmanager
async def signing_in(
    acme: Acme, issuer: TrialIssuer, folder: Path, way: str = "oidc", address: str = ""
) -> AsyncIterator[Trial]:
    """Serve a console that is set to this issuer."""
    file = folder / "gateway.toml"
    file.write_text(
        '[slack]\nteam = "T0ACME"\nbot_token = "xoxb-1"\nsigning_secret = "s"\n[console]\n'
        f'sign_in = "{way}"\nissuer = "{issuer.url}"\nclient_id = "{CLIENT}"\n'
        f"client_secret = '{SECRET}'\nroles = {ROLES}\npublic_url = \"https://ops.example\"\n",
        encoding="utf-8",
    )
    settings = load_settings(file)
    known = make_issuer(settings, acme.clock, acme.ears)
    assert known is not None

    def entrance(doorman: Doorman) -> IssuerEntrance:
        departures = Departures(acme.clock, acme.ids)
        return IssuerEntrance(way, known, departures, doorman, settings.console.roles)

    async with running_console(acme, by=entrance, address=address) as console:
        yield console


async def travel(browser: Browser) -> str:
    """Leave, and sign in there; gives the way back, which is not taken yet."""
    left = await browser.ask("GET", LEAVE, allow_redirects=False)
    assert left.status == 303, left.text
    async with (
        ClientSession() as http,
        http.get(URL(left.headers["Location"], encoded=True), allow_redirects=False) as answer,
    ):
        return URL(answer.headers["Location"]).raw_path_qs


def heard(acme: Acme, event: str) -> list[object]:
    """List what the log says of that."""
    return [facts.get("error_code") for facts in acme.ears.events(event)]


# --- coming in -----------------------------------------------------------------------------------


async def test_a_company_signs_its_people_in(acme: Acme, company: Trial) -> None:
    """By a link on the page; the session is new, and who came by which way is on record."""
    async with company.browser() as browser:
        page = await browser.get()
        assert "Sign in with 127.0.0.1" in page.words
        assert f'href="{LEAVE}"' in page.text
        assert "As u-1 , operator" in (await browser.get(LEAVE)).words
        assert "u-1 operator" in (await browser.get()).words
    (record,) = await acme.store.audit_newest(1)
    assert (record.act, record.who, record.origin) == ("console.signed_in", "u-1", "console")
    assert json.loads(record.facts) == {"role": "operator", "way": "oidc"}


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"sub": "x", "groups": ["staff", "dba"]}, "x operator"),
        ({"sub": "x", "groups": "dba"}, "x operator"),
        ({"sub": "x", "email": "ada@example.com", "email_verified": True}, "ada@example.com admin"),
        ({"sub": "u-1", "groups": ["ada@example.com"], "aud": [CLIENT]}, "u-1 admin"),
    ],
)
async def test_names_and_groups_give_the_role(
    company: Trial, issuer: TrialIssuer, claims: dict[str, object], told: str
) -> None:
    """The strongest counts."""
    issuer.person = claims
    async with company.browser() as browser:
        await browser.get(LEAVE)
        assert told in (await browser.get()).words


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "eve"},
        {"sub": "eve", "email": "ada@example.com"},
        {"sub": "eve", "email": "ada@example.com", "email_verified": "true"},
        {"sub": "eve", "name": "u-1", "preferred_username": "u-1", "roles": ["dba"]},
        {"sub": "eve", "groups": {"dba": True}},
        {"sub": "<b>eve", "groups": [["dba"], 7, None, ""]},
    ],
)
async def test_who_is_not_named_is_told_and_stays_out(
    company: Trial, issuer: TrialIssuer, claims: dict[str, object]
) -> None:
    """What people can say of themselves gives nobody a role."""
    issuer.person = claims
    async with company.browser() as browser:
        seen = await browser.get(LEAVE)
        assert seen.status == 403
        assert f"127.0.0.1 says that you are {claims['sub']}, and that name has no role" in (
            seen.words
        )
        assert browser.session() == ""
    assert company.frame.sessions.listed() == ()


async def test_slack_signs_in_people_of_the_workspace(acme: Acme, slack: Trial) -> None:
    """By their user ids."""
    async with slack.browser() as browser:
        assert "Sign in with Slack" in (await browser.get()).words
        await browser.get(LEAVE)
        assert "U0ADA admin" in (await browser.get()).words
    (record,) = await acme.store.audit_newest(1)
    assert (record.who, json.loads(record.facts)["way"]) == ("U0ADA", "slack")


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({SLACK_TEAM: "T0OTHER"}, "another workspace of Slack"),
        ({SLACK_TEAM: None}, "another workspace of Slack"),
        ({SLACK_USER: None}, "does not prove who you are"),
        ({SLACK_USER: "U0EVE", "email": "ada@example.com", "email_verified": True}, "are U0EVE,"),
    ],
)
async def test_slack_lets_nobody_else_in(
    slack: Trial, issuer: TrialIssuer, claims: dict[str, object], told: str
) -> None:
    """Other workspaces have user ids and mail addresses of their own."""
    issuer.also = claims
    async with slack.browser() as browser:
        seen = await browser.get(LEAVE)
        assert (seen.status, browser.session()) == (403, "")
        assert told in seen.words


async def test_the_code_is_bound_to_us_where_the_issuer_knows_how(
    acme: Acme, issuer: TrialIssuer, tmp_path: Path
) -> None:
    """PKCE with S256, unless the document says otherwise; Slack's says nothing, and gets none."""
    expected: list[tuple[str, object, bool]] = [
        ("oidc", None, True),
        ("oidc", ["plain", "S256"], True),
        ("oidc", ["plain"], False),
        ("slack", None, False),
        ("slack", ["S256"], True),
    ]
    for way, methods, wanted in expected:
        issuer.document = {"code_challenge_methods_supported": methods} if methods else {}
        async with signing_in(acme, issuer, tmp_path, way) as console, console.browser() as browser:
            left = await browser.ask("GET", LEAVE, allow_redirects=False)
        query = URL(left.headers["Location"]).query
        assert (query.get("code_challenge_method") == "S256") is wanted, (way, methods)


async def test_behind_https_people_come_back_to_the_public_address(
    acme: Acme, issuer: TrialIssuer, tmp_path: Path
) -> None:
    """The cookie that waits for them is of this host alone, and comes along from other sites."""
    address = "https://ops.example"
    async with (
        signing_in(acme, issuer, tmp_path, address=address) as console,
        console.browser() as browser,
    ):
        headers = {"Host": "ops.example"}
        left = await browser.ask("GET", LEAVE, headers=headers, allow_redirects=False)
    back = URL(left.headers["Location"]).query["redirect_uri"]
    assert back == "https://ops.example/console/sign-in/back"
    cookie = left.headers["Set-Cookie"]
    assert cookie.startswith("__Host-console-leaving=")
    assert cookie.endswith("HttpOnly; Max-Age=600; Path=/; SameSite=Lax; Secure")


async def test_the_session_before_ends_although_its_cookie_does_not_come_along(
    company: Trial,
) -> None:
    """Browsers keep it back when another site leads here."""
    async with company.browser() as browser, company.browser() as other:
        await browser.get(LEAVE)
        before = browser.session()
        back = await travel(browser)
        leaving = next(c.value for c in browser.http.cookie_jar if c.key == "console-leaving")
        other.http.cookie_jar.update_cookies({"console-leaving": leaving}, URL(other.url))
        assert (await other.get(back)).status == 200
        assert other.session() not in {"", before}
        assert (await browser.get()).path == "/console/sign-in"


# --- coming back ---------------------------------------------------------------------------------


async def test_a_way_back_is_taken_once(company: Trial, issuer: TrialIssuer) -> None:
    """The second time it leads nowhere, and the issuer is not even asked."""
    async with company.browser() as browser:
        back = await travel(browser)
        assert (await browser.get(back)).status == 200
        asked = len(issuer.asked)
        again = await browser.get(back)
        assert again.status == 403
        assert "is over" in again.words
        assert len(issuer.asked) == asked
    assert len(company.frame.sessions.listed()) == 1


async def test_a_way_back_is_open_for_ten_minutes(company: Trial) -> None:
    """A moment before, it works; then it does not."""
    async with company.browser() as early, company.browser() as late:
        ways = await travel(early), await travel(late)
        company.acme.clock.move(599)
        assert (await early.get(ways[0])).status == 200
        company.acme.clock.move(1)
        assert (await late.get(ways[1])).status == 403
        assert late.session() == ""


async def test_a_way_back_leads_nobody_else_in(company: Trial) -> None:
    """Neither a browser that never left, nor one that left for a sign-in of its own."""
    async with company.browser() as ada, company.browser() as stranger, company.browser() as eve:
        back = await travel(ada)
        await travel(eve)
        for other in (stranger, eve):
            assert (await other.get(back)).status == 403
            assert other.session() == ""
        assert (await ada.get(back)).status == 200


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x&code=y", "?state=&code=", "?state=%00"])
async def test_made_up_ways_back_lead_nowhere(
    company: Trial, issuer: TrialIssuer, query: str
) -> None:
    """The issuer is not asked."""
    async with company.browser() as browser:
        assert (await browser.get(f"/console/sign-in/back{query}")).status == 403
    assert issuer.asked == []


async def test_who_says_no_at_the_issuer_is_not_signed_in(company: Trial) -> None:
    """What it says about that is not shown."""
    async with company.browser() as browser:
        back = URL(await travel(browser))
        state = back.query["state"]
        seen = await browser.get(f"{back.path}?error=access_denied&state={state}")
        assert (seen.status, browser.session()) == (403, "")
        assert "127.0.0.1 did not sign you in" in seen.words
        assert "access_denied" not in seen.text


# --- what a token has to prove -------------------------------------------------------------------

NOW = 1772366400
"""When the tests' clock stands."""
PEM = key("one").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("claims", "wrong"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": ["x"]}, "nonce"),
        ({"aud": "another"}, "audience"),
        ({"aud": [CLIENT, "another"]}, "audience"),
        ({"aud": None}, "audience"),
        ({"azp": "another"}, "party"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"exp": NOW - 60}, "time"),
        ({"exp": None}, "time"),
        ({"exp": True}, "time"),
        ({"exp": "9999999999"}, "time"),
        ({"exp": 10**400}, "time"),
        ({"exp": float("nan")}, "time"),
        ({"iat": NOW + 61}, "time"),
        ({"iat": None}, "time"),
        ({"nbf": NOW + 61}, "time"),
        ({"sub": None}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": "x" * 257}, "subject"),
    ],
)
async def test_a_token_that_is_not_for_this_sign_in_is_refused(
    acme: Acme, company: Trial, issuer: TrialIssuer, claims: dict[str, object], wrong: str
) -> None:
    """In words that say nothing of it; the log says in one word what was wrong."""
    assert acme.clock.now().timestamp() == NOW
    issuer.also = claims
    issuer.sign = by_key("one")
    async with company.browser() as browser:
        seen = await browser.get(LEAVE)
        assert (seen.status, browser.session()) == (403, "")
    assert "does not prove who you are" in seen.words
    assert wrong not in seen.words
    assert heard(acme, "identity.unproved") == [wrong]


@pytest.mark.parametrize(
    ("sign", "wrong"),
    [
        (by_hand("HS256", PEM), "algorithm"),
        (by_hand("HS256", SECRET.encode()), "algorithm"),
        (by_hand("none", b""), "algorithm"),
        (by_hand("RS256", b""), "signature"),
        (by_hand("RS256", PEM), "signature"),
        (by_key("forged", kid="one"), "signature"),
        (by_key("forged"), "key"),
        (lambda *_: "no token", "shape"),
        (lambda *_: "a.b.c", "shape"),
        (lambda *_: "", "shape"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
async def test_a_token_that_the_issuer_did_not_sign_is_refused(
    acme: Acme,
    company: Trial,
    issuer: TrialIssuer,
    sign: Callable[[dict[str, object]], str],
    wrong: str,
) -> None:
    """Nor one that is signed with what everybody knows."""
    issuer.sign = sign
    async with company.browser() as browser:
        seen = await browser.get(LEAVE)
        assert (seen.status, browser.session()) == (403, "")
    assert heard(acme, "identity.unproved") == [wrong]


async def test_a_short_key_signs_nothing(acme: Acme, company: Trial, issuer: TrialIssuer) -> None:
    """Fewer than 2048 bits prove nothing."""
    issuer.bits, issuer.sign = 1024, by_key("one", bits=1024)
    async with company.browser() as browser:
        assert (await browser.get(LEAVE)).status == 403
    assert heard(acme, "identity.unproved") == ["key"]


async def test_changed_keys_are_read_once(company: Trial, issuer: TrialIssuer) -> None:
    """Whoever signs in after the change sees nothing of it; an hour later all is read anew."""
    async with company.browser() as browser:
        for names, read in ((["one"], 1), (["one"], 1), (["two", "one"], 2), (["two"], 2)):
            issuer.keys, issuer.sign = names, by_key(names[0])
            assert (await browser.get(LEAVE)).status == 200
            assert issuer.asked.count("/keys") == read, names
        issuer.sign = by_key("unlisted")
        assert (await browser.get(LEAVE)).status == 403
        assert issuer.asked.count("/keys") == 3
        issuer.sign = by_key("two")
        company.acme.clock.move(3600)
        assert (await browser.get(LEAVE)).status == 200
        assert issuer.asked.count("/keys") == 4


# --- when the issuer is not well -----------------------------------------------------------------

DISCOVERY = "/.well-known/openid-configuration"
BROKEN: dict[str, Callable[[str], web.Response]] = {
    "an error": lambda _: web.json_response({}, status=503),
    "a page": lambda _: web.Response(text="<h1>Welcome</h1>", content_type="text/html"),
    "a list": lambda _: web.json_response([]),
    "beyond all depth": lambda _: web.Response(text="[" * 200_000),
    "no number": lambda _: web.Response(text='{"issuer": NaN}'),
    "no text": lambda _: web.Response(body=b"\xff\xfe{"),
    "without end": lambda _: web.Response(body=b" " * 1_100_000 + b"{}"),
    "a redirect": lambda path: web.Response(status=307, headers={"Location": f"/moved{path}"}),
}


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
@pytest.mark.parametrize("answer", list(BROKEN.values()), ids=list(BROKEN))
async def test_an_issuer_that_does_not_answer_well_is_said(
    acme: Acme,
    company: Trial,
    issuer: TrialIssuer,
    path: str,
    answer: Callable[[str], web.Response],
) -> None:
    """Nobody is signed in; when it is well again, so is signing in."""
    issuer.answers[path] = answer
    async with company.browser() as browser:
        seen = await browser.get(LEAVE)
        assert (seen.status, browser.session()) == (502, "")
        assert "127.0.0.1 does not answer as it should" in seen.words
        assert heard(acme, "identity.unavailable") == [None]
        assert issuer.asked.count(path) == 1
        issuer.answers.clear()
        assert (await browser.get(LEAVE)).status == 200


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"token_endpoint": "ftp://127.0.0.1/token"},
        {"jwks_uri": ["x"]},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_document_of_another_issuer_is_not_believed(
    company: Trial, issuer: TrialIssuer, document: dict[str, object]
) -> None:
    """Nor one that leads over ways that anybody can read."""
    issuer.document = document
    async with company.browser() as browser:
        assert (await browser.get(LEAVE)).status == 502


async def test_a_code_that_the_issuer_does_not_take_is_said(
    acme: Acme, company: Trial, issuer: TrialIssuer
) -> None:
    """With the issuer's reason in the log, for whoever set the registration up."""
    issuer.answers["/token"] = lambda _: web.json_response({"error": "invalid_client"}, status=401)
    async with company.browser() as browser:
        seen = await browser.get(LEAVE)
        assert (seen.status, browser.session()) == (403, "")
        assert "did not sign you in" in seen.words
    issuer.answers["/token"] = lambda _: web.json_response({"error": "Secret: x"})
    async with company.browser() as browser:
        assert (await browser.get(LEAVE)).status == 403
    assert heard(acme, "identity.refused") == ["invalid_client", "unknown"]


async def test_a_database_that_is_away_signs_nobody_in(acme: Acme, company: Trial) -> None:
    """What cannot be written down does not happen."""
    async with company.browser() as browser:
        back = await travel(browser)
        acme.disk.lost_writes = 1
        assert (await browser.get(back)).status == 503
        assert browser.session() == ""
    assert company.frame.sessions.listed() == ()
