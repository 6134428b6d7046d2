"""The consent page: choose whose phone to sign in as, then go back with an authorization code.

A person signs in with the `pin` of the directory file; with development credentials on, choosing a
name is enough. The redirect address must be registered, or (where the app allows it) be a loopback
address, as RFC 8252 recommends for programs on the same machine.
"""

import html
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from adapters.pager.embedded.directory import App, Extension
from adapters.pager.embedded.errors import OAuthError, refuse_login
from adapters.pager.embedded.keys import challenge_of, new_name, same
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.pager import CompanyPager, Consent
from adapters.pager.embedded.reading import Form, is_loopback, read_form

CODE_LIFE_S = 60
MOST_CODES = 1000
CARRIED = ("client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method")
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f3f5f8;color:#1b2733}
main{max-width:26rem;margin:12vh auto;padding:2rem;background:#fff;border-radius:.75rem;
box-shadow:0 1px 4px #0002}
h1{font-size:1.25rem;margin:0 0 .5rem}
label{display:block;margin-top:1rem;font-weight:600}
select,input,button{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;margin-top:.25rem;
border:1px solid #8a97a6;border-radius:.4rem;background:#fff}
button{margin-top:1.25rem;background:#0b5cad;border-color:#0b5cad;color:#fff;font-weight:600}
.problem{color:#a3161a;font-weight:600}
@media(prefers-color-scheme:dark){body{background:#10161d;color:#e6ebf0}main{background:#1a232d}
select,input{background:#10161d;color:inherit}.problem{color:#ff9a9a}}
"""


async def show_consent(pager: CompanyPager, request: web.Request) -> web.Response:
    """Show the page for a well-formed authorization request."""
    app = _asking_app(pager, request.query)
    return _page(pager, app, request.query)


async def give_consent(pager: CompanyPager, request: web.Request) -> web.Response:
    """Sign the chosen person in and redirect with `code`, `state` and `expires_in`."""
    form = await read_form(request)
    app = _asking_app(pager, form)
    number = form.get("extension", "")
    person = pager.directory.by_number.get(number)
    if person is None or not person.is_person or not person.is_active:
        return _page(pager, app, form, problem="There is no such extension, or it is switched off.")
    if not _proved(pager, person, form.get("pin", "")):
        return _page(pager, app, form, problem="Extension and PIN do not match.")
    code = _issue(pager, app, person, form)
    answer = {"code": code, "state": form.get("state", ""), "expires_in": str(CODE_LIFE_S)}
    address = form["redirect_uri"]
    joint = "&" if urlsplit(address).query else "?"
    location = f"{address}{joint}{urlencode(answer)}"
    return web.Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})


def redeem(pager: CompanyPager, app: App, form: Form) -> int:
    """Exchange an authorization code, once, for the extension id that consented.

    Raises:
        OAuthError: unknown or used, expired, another app's, other redirect, wrong PKCE verifier.
    """
    consent = pager.codes.pop(form.get("code", ""), None)
    if consent is None or pager.clock.now_ms() >= consent.expires_ms:
        raise refuse_login("invalid_grant", "OAU-108")
    if consent.client_id != app.client_id:
        raise refuse_login("invalid_grant", "OAU-110")
    if form.get("redirect_uri", "") != consent.redirect_uri:
        raise refuse_login("invalid_grant", "OAU-109")
    verifier = form.get("code_verifier", "")
    shown = challenge_of(verifier) if consent.challenge_method == "S256" else verifier
    if not same(shown if verifier else "", consent.challenge):
        raise refuse_login("invalid_grant", "OAU-108", "Code verifier does not match")
    return consent.extension_id


def _asking_app(pager: CompanyPager, query: Form) -> App:
    """Check an authorization request; an unregistered redirect address is never followed."""
    app = pager.directory.apps.get(query.get("client_id", ""))
    if app is None:
        raise refuse_login("invalid_client", "OAU-146", "Unknown client_id")
    if not _may_redirect(app, query.get("redirect_uri", "")):
        raise refuse_login("invalid_request", "OAU-109")
    if query.get("response_type", "code") != "code":
        raise refuse_login("unsupported_response_type", "OAU-250", "Unsupported response type")
    if query.get("code_challenge_method", "plain") not in {"S256", "plain"}:
        raise refuse_login("invalid_request", "OAU-250", "Unsupported challenge method")
    if app.client_secret is None and not query.get("code_challenge"):
        raise refuse_login("invalid_request", "OAU-250", "A public app needs a code challenge")
    return app


def _may_redirect(app: App, address: str) -> bool:
    if address in app.redirect_uris:
        return True
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and not parts.fragment
    return (
        app.loopback_redirects
        and plain
        and parts.scheme == "http"
        and is_loopback(parts.hostname or "")
        and "@" not in parts.netloc
    )


def _proved(pager: CompanyPager, person: Extension, pin: str) -> bool:
    """Check the PIN, at most five times a minute for one extension."""
    if pager.config.dev_credentials:
        return True
    admission = pager.limiter.admit(f"pin:{person.id}", "", Group.AUTH)
    if admission is not None and admission.retry_after_s is not None:
        return False
    return bool(person.pin) and same(pin, person.pin)


def _issue(pager: CompanyPager, app: App, person: Extension, form: Form) -> str:
    now_ms = pager.clock.now_ms()
    pager.codes = {key: each for key, each in pager.codes.items() if each.expires_ms > now_ms}
    if len(pager.codes) >= MOST_CODES:
        raise OAuthError(400, "OAU-108", "Too many sign-ins at once", error="invalid_request")
    code = new_name()
    pager.codes[code] = Consent(
        client_id=app.client_id,
        extension_id=person.id,
        redirect_uri=form["redirect_uri"],
        challenge=form.get("code_challenge", ""),
        challenge_method=form.get("code_challenge_method", "plain"),
        expires_ms=now_ms + CODE_LIFE_S * 1000,
    )
    return code


def _page(pager: CompanyPager, app: App, query: Form, problem: str = "") -> web.Response:
    nonce = new_name()
    back = urlsplit(query["redirect_uri"])
    body = _html(pager, app, query, problem, nonce)
    headers = {
        # Browsers apply form-action to the redirect that follows, so its origin is named as well.
        "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}';"
        f" form-action 'self' {back.scheme}://{back.netloc}; frame-ancestors 'none';"
        " base-uri 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    status = 400 if problem else 200
    return web.Response(text=body, content_type="text/html", headers=headers, status=status)


def _html(pager: CompanyPager, app: App, query: Form, problem: str, nonce: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(query[name])}">'
        for name in CARRIED
        if name in query
    )
    pin = (
        ""
        if pager.config.dev_credentials
        else '<label>PIN<input name="pin" type="password" autocomplete="current-password"></label>'
    )
    warning = f'<p class="problem" role="alert">{html.escape(problem)}</p>' if problem else ""
    company = html.escape(pager.directory.company)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>Sign in to {company}</title><style nonce="{nonce}">{STYLE}</style></head><body>'
        f"<main><h1>Sign in to {company}</h1>"
        f"<p>{html.escape(app.name)} will send and read pages as you.</p>{warning}"
        f'<form method="post" action="/restapi/oauth/authorize">{hidden}'
        f'<label>Extension<select name="extension">{_choices(pager)}</select></label>{pin}'
        "<button>Allow</button></form></main></body></html>"
    )


def _choices(pager: CompanyPager) -> str:
    people = [
        each for each in pager.directory.by_number.values() if each.is_person and each.is_active
    ]
    return "".join(
        f'<option value="{each.number}">{html.escape(each.name)} · {each.number}</option>'
        for each in sorted(people, key=lambda each: each.name)
    )
