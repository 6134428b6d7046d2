"""OAuth: grants, sessions, refreshing, consent. Source: RingCentral, "Authentication"."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.pager.embedded import Dialect, RateLimits, ServerClock
from adapters.pager.embedded.keys import challenge_of, sign_jwt
from tests.adapters.pager_embedded.conftest import JWT_BEARER, MONDAY_MS, Answer, Office, OpenOffice

TOKEN = "/restapi/oauth/token"
AUTHORIZE = "/restapi/oauth/authorize"
BACK = "http://127.0.0.1:5000/callback"
PEOPLE = [
    {"number": "101", "name": "Avery Kim", "pin": "2468"},
    {"number": "104", "name": "Dana Lee"},
    {"number": "119", "name": "Lee Park", "status": "Disabled"},
    {"number": "9001", "name": "Main menu", "type": "IvrMenu"},
]
APPS = [
    {"client_id": "console", "client_secret": "hush", "refresh_tokens": False},
    {"client_id": "public", "redirect_uris": ["https://gw.example.com/back?x=1"]},
]


async def refresh(office: Office, token: str) -> Answer:
    return await office.token(grant_type="refresh_token", refresh_token=token)


async def works(office: Office, tokens: dict[str, Any]) -> bool:
    headers = {"Authorization": f"bearer {tokens['access_token']}"}
    path = "/restapi/v1.0/account/~/extension/~"
    return (await office.call("GET", path, headers=headers)).status == 200


async def test_a_jwt_credential_buys_tokens(office: Office) -> None:
    """The answer has what the schema demands, in RingCentral's spelling."""
    dana = await office.phone("104", endpoint_id="gw-1")
    assert dana.tokens["token_type"] == "bearer"
    assert dana.tokens["owner_id"] == str(office.id_of("104"))
    assert dana.tokens["endpoint_id"] == "gw-1"
    assert (dana.tokens["expires_in"], dana.tokens["refresh_token_expires_in"]) == (3600, 604_800)
    assert "InternalMessages" in dana.tokens["scope"].split()
    assert await works(office, dana.tokens)


@pytest.mark.parametrize(
    ("asked", "given"), [("60", 600), ("600", 600), ("900", 900), ("99999", 3600)]
)
async def test_lifetimes_are_clamped(office: Office, asked: str, given: int) -> None:
    """Access tokens live 10 to 60 minutes, refresh tokens at most 30 days."""
    wishes = {"access_token_ttl": asked, "refresh_token_ttl": "99999999"}
    tokens = (await office.phone("104", **wishes)).tokens
    assert (tokens["expires_in"], tokens["refresh_token_expires_in"]) == (given, 2_592_000)


async def test_an_access_token_expires(office: Office, clock: ServerClock) -> None:
    """401 OAU-128 from its last second on."""
    dana = await office.phone("104", access_token_ttl="600")
    clock.advance(599)
    assert await works(office, dana.tokens)
    clock.advance(1)
    expired = await dana.get("message-store")
    assert (expired.status, expired.code) == (401, "OAU-128")


async def test_refreshing_ends_the_old_pair(office: Office, clock: ServerClock) -> None:
    """The old access token dies at once, its refresh token ten seconds after the new is used."""
    dana = await office.phone("104")
    new = (await refresh(office, dana.tokens["refresh_token"])).body
    assert (await dana.get("message-store")).code == "OAU-213"
    assert await works(office, new)
    clock.advance(10)
    again = (await refresh(office, dana.tokens["refresh_token"])).body
    assert again["access_token"] == new["access_token"]
    assert again["refresh_token"] == new["refresh_token"]
    clock.advance(1)
    refused = await refresh(office, dana.tokens["refresh_token"])
    assert (refused.status, refused.code, refused.body["error"]) == (
        400,
        "OAU-213",
        "invalid_grant",
    )
    assert await works(office, new)


async def test_an_unused_new_pair_can_be_fetched_again_for_an_hour(
    office: Office, clock: ServerClock
) -> None:
    """Who lost the answer of a refresh gets the same pair from the old token."""
    dana = await office.phone("104")
    old = dana.tokens["refresh_token"]
    new = (await refresh(office, old)).body
    clock.advance(3600)
    again = (await refresh(office, old)).body
    assert again["refresh_token"] == new["refresh_token"]
    clock.advance(1)
    assert (await refresh(office, old)).code == "OAU-213"
    assert (await refresh(office, new["refresh_token"])).status == 200


async def test_a_refresh_token_expires(office: Office, clock: ServerClock) -> None:
    """After its own lifetime, seven days unless asked otherwise."""
    dana = await office.phone("104")
    clock.advance(604_800)
    assert (await refresh(office, dana.tokens["refresh_token"])).code == "OAU-213"


async def test_a_refused_refresh_does_not_use_the_token_up(office: Office) -> None:
    """A frozen extension cannot refresh, and can once it is thawed."""
    dana = await office.phone("104")
    await office.set_status("104", "Frozen")
    assert (await refresh(office, dana.tokens["refresh_token"])).code == "OAU-141"
    await office.set_status("104", "Enabled")
    assert (await refresh(office, dana.tokens["refresh_token"])).status == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("place", ["body", "query"])
async def test_revoking_ends_the_whole_session(office: Office, which: str, place: str) -> None:
    """By either token, in body or query; other sessions go on."""
    dana, other = await office.phone("104"), await office.phone("104")
    token = {"token": dana.tokens[which]}
    login = aiohttp.encode_basic_auth(office.running.client_id, office.running.client_secret)
    options: dict[str, Any] = {"data": token} if place == "body" else {"params": token}
    path = "/restapi/oauth/revoke"
    answer = await office.call("POST", path, headers={"Authorization": login}, **options)
    assert answer.status == 200
    assert not await works(office, dana.tokens)
    assert (await refresh(office, dana.tokens["refresh_token"])).status == 400
    assert await works(office, other.tokens)


async def test_a_sixth_session_ends_the_oldest(office: Office, clock: ServerClock) -> None:
    """Five per user and app; another user's do not count."""
    sessions = []
    for _ in range(6):
        sessions.append((await office.phone("104")).tokens)
        await office.phone("101")
        clock.advance(1)
    assert [await works(office, each) for each in sessions] == [False, *[True] * 5]


async def test_an_endpoint_may_keep_its_session(open_office: OpenOffice) -> None:
    """Whether a stable `endpoint_id` replaces its own session is unknown: a switch."""
    office = await open_office(dialect=Dialect(endpoint_id_keeps_session=True))
    other = await office.phone("104", endpoint_id="b")
    first = await office.phone("104", endpoint_id="a")
    last = [await office.phone("104", endpoint_id="a") for _ in range(6)][-1]
    assert not await works(office, first.tokens)
    assert await works(office, other.tokens)
    assert await works(office, last.tokens)


@pytest.mark.parametrize(
    ("number", "code"), [("119", "OAU-141"), ("103", "OAU-141"), ("9001", "OAU-105")]
)
async def test_who_may_not_sign_in(office: Office, number: str, code: str) -> None:
    """Disabled and frozen people, and numbers that are not people."""
    answer = await office.token(grant_type=JWT_BEARER, assertion=office.running.jwt[number])
    assert (answer.status, answer.code) == (400, code)


async def test_a_token_of_someone_frozen_later_stops_working(office: Office) -> None:
    """401 OAU-141 while it lasts."""
    dana = await office.phone("104")
    await office.set_status("104", "Frozen")
    stopped = await dana.page("101")
    assert (stopped.status, stopped.code) == (401, "OAU-141")
    await office.set_status("104", "Enabled")
    assert (await dana.page("101")).status == 200


@pytest.mark.parametrize("grant", ["password", "partner_jwt", "", "client_credentials"])
async def test_grants_that_are_gone(office: Office, grant: str) -> None:
    """OAU-250, among them `password`, which ended in 2024."""
    answer = await office.token(grant_type=grant, username="x", password="y")
    assert (answer.status, answer.code) == (400, "OAU-250")
    assert answer.body["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("assertion", ["", "x", "a.b.c", "a.b", "\udcff.é.ü", "a" * 10_000])
async def test_a_bad_assertion_is_unparseable(office: Office, assertion: str) -> None:
    """400 with RingCentral's words; a JWT of someone else's key is no better."""
    text = assertion.encode("utf-8", "replace").decode()
    forged = sign_jwt({"sub": str(office.id_of("104")), "iss": "company-pager"}, b"guess")
    for each in (text, forged, office.running.jwt["104"][:-2]):
        answer = await office.token(grant_type=JWT_BEARER, assertion=each)
        assert answer.status == 400
        assert "Unparseable assertion" in answer.body["error_description"]


async def test_clients_prove_who_they_are(open_office: OpenOffice) -> None:
    """Basic, `client_id` beside it, a signed assertion, or a public id; else OAU-123 or OAU-146."""
    office = await open_office(directory={"people": PEOPLE, "apps": APPS})
    grant = {"grant_type": JWT_BEARER, "assertion": office.running.jwt["104"]}

    async def token(secret: str | None = None, **form: str) -> Answer:
        headers = {"Authorization": aiohttp.encode_basic_auth("console", secret)} if secret else {}
        return await office.call("POST", TOKEN, data={**grant, **form}, headers=headers)

    assert (await token("hush")).status == 200
    assert (await token("hush", client_id="console")).status == 200
    assert (await token("wrong")).code == "OAU-146"
    assert (await token(client_id="public")).status == 200
    assert (await token(client_id="console")).code == "OAU-123"
    assert (await token()).code == "OAU-123"
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    later = MONDAY_MS // 1000 + 60
    cases: list[tuple[dict[str, Any], int]] = [
        ({"iss": "console", "sub": "console", "exp": later}, 200),
        ({"iss": "console", "sub": "console", "exp": later - 60}, 400),
        ({"iss": "console", "sub": "public", "exp": later}, 400),
        ({"iss": "console", "sub": "console"}, 400),
    ]
    for claims, status in cases:
        signed = sign_jwt(claims, b"hush")
        answer = await token(client_assertion_type=kind, client_assertion=signed)
        assert answer.status == status
    assert (await token(client_assertion=sign_jwt({}, b"hush"))).code == "OAU-123"


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic /w==", "Basic Og==", "Digest x"])
async def test_broken_client_authentication(office: Office, header: str) -> None:
    """Refused as a client, never as an accident of ours."""
    form = {"grant_type": JWT_BEARER, "assertion": office.running.jwt["104"]}
    answer = await office.call("POST", TOKEN, data=form, headers={"Authorization": header})
    assert (answer.status, answer.body["error"]) == (400, "invalid_client")


async def test_an_app_may_get_no_refresh_token(open_office: OpenOffice) -> None:
    """Only apps with "Issue refresh tokens" on have one."""
    office = await open_office(directory={"people": PEOPLE, "apps": APPS})
    assert "refresh_token" not in (await office.phone("104")).tokens


async def test_the_token_endpoint_allows_five_calls_a_minute(
    open_office: OpenOffice, clock: ServerClock
) -> None:
    """Per application, whoever signs in; the penalty restarts with every call."""
    office = await open_office(limits=RateLimits())
    for number in ("104", "101", "102", "110", "118"):
        await office.phone(number)
    refused = await office.token(grant_type=JWT_BEARER, assertion=office.running.jwt["104"])
    assert (refused.status, refused.code) == (429, "CMN-301")
    assert refused.headers["X-Rate-Limit-Group"] == "auth"
    clock.advance(60)
    await office.phone("104")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "CMN-405"),
        ("Bearer", "CMN-405"),
        ("Basic abc", "OAU-151"),
        ("Bearer x", "OAU-149"),
        ("Bearer a.b", "OAU-129"),
        ("bearer ü.é", "OAU-129"),
    ],
)
async def test_calls_without_a_good_token(office: Office, header: str | None, code: str) -> None:
    """401, each with its own code."""
    headers = {"Authorization": header} if header else {}
    answer = await office.call("GET", "/restapi/v1.0/account/~/extension/~", headers=headers)
    assert (answer.status, answer.code) == (401, code)


def question(**changes: str) -> dict[str, str]:
    usual = {"response_type": "code", "client_id": "public", "redirect_uri": BACK, "state": "s&1"}
    challenge = {"code_challenge": challenge_of("v" * 43), "code_challenge_method": "S256"}
    return {**usual, **challenge, **changes}


@pytest.fixture
async def public_office(open_office: OpenOffice) -> Office:
    return await open_office(
        directory={"people": PEOPLE, "apps": APPS}, dev_credentials=False, limits=RateLimits()
    )


async def consent(office: Office, **form: str) -> Answer:
    return await office.call("POST", AUTHORIZE, data=question(**form), allow_redirects=False)


async def test_the_consent_page_lets_one_choose_a_phone(public_office: Office) -> None:
    """Active people only, a strict policy, nothing of the request reflected unescaped."""
    page = await public_office.call("GET", AUTHORIZE, params=question(state='"><script>'))
    assert page.status == 200
    assert re.findall(r'<option value="(\d+)"', page.body) == ["101", "104"]
    assert "<script>" not in page.body
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:5000" in policy
    assert "unsafe" not in policy


async def test_consent_leads_back_with_a_code_that_buys_tokens_once(
    public_office: Office,
) -> None:
    """Code, state and lifetime in the redirect; PKCE verifier and redirect must match."""
    allowed = await consent(public_office, extension="101", pin="2468")
    assert allowed.status == 302
    back = urlsplit(allowed.headers["Location"])
    query = {key: values[0] for key, values in parse_qs(back.query).items()}
    assert allowed.headers["Location"].startswith(BACK)
    assert (query["state"], query["expires_in"]) == ("s&1", "60")
    grant = {
        "grant_type": "authorization_code",
        "client_id": "public",
        "code": query["code"],
        "redirect_uri": BACK,
        "code_verifier": "v" * 43,
    }
    tokens = await public_office.call("POST", TOKEN, data=grant)
    assert tokens.body["owner_id"] == str(public_office.id_of("101"))
    again = await public_office.call("POST", TOKEN, data=grant)
    assert (again.status, again.code) == (400, "OAU-108")


@pytest.mark.parametrize(
    ("change", "wait_s", "code"),
    [
        ({"redirect_uri": BACK + "/"}, 0, "OAU-109"),
        ({"code_verifier": "w" * 43}, 0, "OAU-108"),
        ({"code_verifier": ""}, 0, "OAU-108"),
        ({}, 60, "OAU-108"),
        ({"code": "guess"}, 0, "OAU-108"),
    ],
)
async def test_codes_that_buy_nothing(
    public_office: Office, clock: ServerClock, change: dict[str, str], wait_s: int, code: str
) -> None:
    """Another redirect, a wrong or missing verifier, too late, never issued."""
    allowed = await consent(public_office, extension="101", pin="2468")
    issued = parse_qs(urlsplit(allowed.headers["Location"]).query)["code"][0]
    clock.advance(wait_s)
    grant = {
        "grant_type": "authorization_code",
        "client_id": "public",
        "code": issued,
        "redirect_uri": BACK,
        "code_verifier": "v" * 43,
    }
    refused = await public_office.call("POST", TOKEN, data={**grant, **change})
    assert (refused.status, refused.code) == (400, code)


async def test_a_code_belongs_to_the_app_that_asked(public_office: Office) -> None:
    """Another app's code is OAU-110; a plain challenge works too."""
    allowed = await consent(
        public_office,
        extension="101",
        pin="2468",
        code_challenge="p" * 43,
        code_challenge_method="plain",
    )
    issued = parse_qs(urlsplit(allowed.headers["Location"]).query)["code"][0]
    grant = {"grant_type": "authorization_code", "code": issued, "redirect_uri": BACK}
    login = {"Authorization": aiohttp.encode_basic_auth("console", "hush")}
    refused = await public_office.call("POST", TOKEN, data=grant, headers=login)
    assert refused.code == "OAU-110"


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.test/"},
        {"redirect_uri": "http://127.0.0.1@evil.test/"},
        {"redirect_uri": "http://127.0.0.1.evil.test/"},
        {"redirect_uri": "https://127.0.0.1/"},
        {"redirect_uri": "http://127.0.0.1/#x"},
        {"redirect_uri": "http://[::1"},
        {"redirect_uri": "http://127.0.0.1/\r\nX: y"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"code_challenge_method": "S1"},
        {"code_challenge": ""},
    ],
)
async def test_questions_that_are_refused_without_redirecting(
    public_office: Office, change: dict[str, str]
) -> None:
    """An unknown app, an address that is not registered, a public app without PKCE."""
    shown = await public_office.call("GET", AUTHORIZE, params=question(**change))
    posted = await public_office.call(
        "POST",
        AUTHORIZE,
        data=question(extension="101", pin="2468", **change),
        allow_redirects=False,
    )
    for answer in (shown, posted):
        assert answer.status == 400
        assert "Location" not in answer.headers


async def test_registered_addresses_keep_their_query(public_office: Office) -> None:
    """An exact match may be any address; the answer is appended."""
    address = "https://gw.example.com/back?x=1"
    allowed = await consent(public_office, extension="101", pin="2468", redirect_uri=address)
    assert allowed.headers["Location"].startswith(address + "&code=")


@pytest.mark.parametrize(
    ("extension", "pin"),
    [("101", "1357"), ("101", ""), ("104", ""), ("119", ""), ("9001", ""), ("777", ""), ("", "")],
)
async def test_people_must_prove_themselves(
    public_office: Office, extension: str, pin: str
) -> None:
    """Wrong PIN, none set, inactive, not a person: the page again, with a problem."""
    answer = await consent(public_office, extension=extension, pin=pin)
    assert answer.status == 400
    assert 'role="alert"' in answer.body


async def test_pins_cannot_be_tried_for_long(public_office: Office, clock: ServerClock) -> None:
    """Five tries a minute; then even the right one is refused for a while."""
    for _ in range(5):
        await consent(public_office, extension="101", pin="0000")
    assert (await consent(public_office, extension="101", pin="2468")).status == 400
    clock.advance(61)
    assert (await consent(public_office, extension="101", pin="2468")).status == 302


async def test_development_needs_no_pin(open_office: OpenOffice) -> None:
    """With development credentials on, choosing a name is enough."""
    office = await open_office(directory={"people": PEOPLE, "apps": APPS})
    assert (await consent(office, extension="104")).status == 302
