"""Signing in: `POST /restapi/oauth/token` and `/revoke`. The consent page is in `consent`."""

import base64
import binascii
from collections.abc import Awaitable, Callable

from aiohttp import web

from adapters.pager.embedded.calls import check_rate
from adapters.pager.embedded.consent import redeem
from adapters.pager.embedded.directory import App, Extension
from adapters.pager.embedded.errors import refuse_login
from adapters.pager.embedded.keys import read_jwt, same
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.pager import CompanyPager
from adapters.pager.embedded.reading import Form, read_form, whole_number
from adapters.pager.embedded.sessions import DEFAULT_REFRESH_TTL_S, Session, Wishes

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_TTL_S = 2**31 - 1

Grant = Callable[[CompanyPager, App, Form], Awaitable[Session]]


async def get_token(pager: CompanyPager, request: web.Request) -> web.Response:
    """Hand out tokens for a JWT credential, an authorization code or a refresh token."""
    form = await read_form(request)
    app = _client(pager, request, form)
    check_rate(pager, request, "", app.client_id, Group.AUTH)
    grant = GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        raise refuse_login("unsupported_grant_type", "OAU-250")
    session = await grant(pager, app, form)
    return web.json_response(_tokens(pager, session), headers={"Cache-Control": "no-store"})


async def revoke_token(pager: CompanyPager, request: web.Request) -> web.Response:
    """End the whole session of a token; an unknown one is fine (RFC 7009)."""
    form = await read_form(request)
    app = _client(pager, request, form)
    check_rate(pager, request, "", app.client_id, Group.AUTH)
    await pager.sessions.revoke(form.get("token", "") or request.query.get("token", ""))
    return web.Response()


def _client(pager: CompanyPager, request: web.Request, form: Form) -> App:
    """Find and authenticate the application: Basic, a signed assertion, or a public id."""
    client_id, secret = _basic(request.headers.get("Authorization", ""))
    app = pager.directory.apps.get(client_id or form.get("client_id", ""))
    if "client_assertion" in form:
        return _asserted_client(pager, form)
    if client_id is None and (app is None or app.client_secret is not None):
        raise refuse_login("invalid_client", "OAU-123")
    if app is None or not same(secret, app.client_secret or ""):
        raise refuse_login("invalid_client", "OAU-146")
    return app


def _basic(header: str) -> tuple[str | None, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None, ""
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise refuse_login("invalid_client", "OAU-123") from None
    return client_id, secret


def _asserted_client(pager: CompanyPager, form: Form) -> App:
    """Authenticate by `client_secret_jwt` (RFC 7523): issuer and subject are the client id."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise refuse_login("invalid_client", "OAU-123")
    for app in pager.directory.apps.values():
        if app.client_secret is None:
            continue
        claims = read_jwt(form["client_assertion"], app.client_secret.encode())
        if claims is None:
            continue
        expires = claims.get("exp")
        fresh = isinstance(expires, int) and expires * 1000 > pager.clock.now_ms()
        if fresh and claims.get("iss") == claims.get("sub") == app.client_id:
            return app
    raise refuse_login("invalid_client", "OAU-146")


async def _by_jwt(pager: CompanyPager, app: App, form: Form) -> Session:
    owner = pager.keys.credential_owner(form.get("assertion", ""))
    if owner is None:
        raise refuse_login("invalid_grant", "OAU-149", "Unparseable assertion")
    extension = pager.directory.extensions.get(owner)
    return await pager.sessions.sign_in(app, _may_sign_in(extension), _wishes(form))


async def _by_code(pager: CompanyPager, app: App, form: Form) -> Session:
    owner = redeem(pager, app, form)
    extension = pager.directory.extensions.get(owner)
    return await pager.sessions.sign_in(app, _may_sign_in(extension), _wishes(form))


async def _by_refresh(pager: CompanyPager, app: App, form: Form) -> Session:
    token = form.get("refresh_token", "")
    owner = pager.sessions.owner_of(app, token)
    _may_sign_in(pager.directory.extensions.get(owner))  # before the token is used up
    return await pager.sessions.refresh(token)


GRANTS: dict[str, Grant] = {
    JWT_BEARER: _by_jwt,
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
}


def _may_sign_in(extension: Extension | None) -> Extension:
    """Refuse menus and the like, and whoever is disabled or frozen."""
    if extension is None:
        raise refuse_login("invalid_grant", "OAU-140")
    if not (extension.is_person or extension.is_department):
        raise refuse_login("unauthorized_client", "OAU-105")
    if not extension.is_active:
        raise refuse_login("unauthorized_client", "OAU-141")
    return extension


def _wishes(form: Form) -> Wishes:
    scope = form.get("scope")
    return Wishes(
        access_ttl_s=_seconds(form, "access_token_ttl", 3600),
        refresh_ttl_s=_seconds(form, "refresh_token_ttl", DEFAULT_REFRESH_TTL_S),
        endpoint_id=form.get("endpoint_id", "")[:128],
        scope=tuple(scope.split()) if scope else None,
    )


def _seconds(form: Form, name: str, default: int) -> int:
    return whole_number(form[name], name, 0, MAX_TTL_S) if name in form else default


def _tokens(pager: CompanyPager, session: Session) -> dict[str, str | int]:
    now_ms = pager.clock.now_ms()
    answer: dict[str, str | int] = {
        "access_token": pager.sessions.access_token(session),
        "token_type": "bearer",
        "expires_in": max(0, (session.access_until_ms - now_ms) // 1000),
        "scope": " ".join(session.scope),
        "owner_id": str(session.extension_id),
        "endpoint_id": session.endpoint_id,
        "session_id": session.id,
    }
    if session.refresh_ttl_s is not None:
        answer["refresh_token"] = pager.sessions.refresh_token(session)
        answer["refresh_token_expires_in"] = max(0, (session.refresh_until_ms - now_ms) // 1000)
    return answer
