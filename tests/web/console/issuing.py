"""A small OpenID Connect issuer on loopback, which holds its visitors to the letter of the flow."""

import hmac
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import unquote_plus, urlencode

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import RSAAlgorithm

from adapters.listening import Listener
from gateway.ports.clock import Clock

CLIENT = "pager-console"
SECRET = "s3cret/with: odd+signs&="
Claims = dict[str, Any]
Sign = Callable[[Claims], str]
PAD = PKCS1v15()


@cache
def key(name: str, bits: int = 2048) -> RSAPrivateKey:
    """Make a key, once for all tests."""
    assert name
    return generate_private_key(public_exponent=65537, key_size=bits)


def by_key(name: str, kid: str = "", bits: int = 2048) -> Sign:
    """Sign as issuers do; `kid` says another key than it is."""

    def sign(claims: Claims) -> str:
        private = key(name, bits)
        return _token("RS256", kid or name, claims, lambda raw: private.sign(raw, PAD, SHA256()))

    return sign


def by_hand(algorithm: str, secret: bytes) -> Sign:
    """Sign as forgers do: with a word that everybody knows, or not at all."""

    def mac(raw: bytes) -> bytes:
        return hmac.digest(secret, raw, "sha256") if secret else b""

    return lambda claims: _token(algorithm, "one", claims, mac)


def _token(algorithm: str, kid: str, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    parts = [{"alg": algorithm, "kid": kid, "typ": "JWT"}, claims]
    signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_base64(sign(signed.encode()))}"


@dataclass
class TrialIssuer:
    """Signs in whoever comes, as `person`. What it does wrong is for a test to say."""

    clock: Clock
    url: str = ""
    person: Claims = field(default_factory=lambda: {"sub": "u-1"})
    also: Claims = field(default_factory=dict)
    """Claims beside those of the flow, or instead of them; `None` leaves one out."""
    document: Mapping[str, object] = field(default_factory=dict)
    keys: list[str] = field(default_factory=lambda: ["one"])
    bits: int = 2048
    sign: Sign = field(default_factory=lambda: by_key("one"))
    answers: dict[str, Callable[[str], web.Response]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The paths of all requests."""
    _codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """List where the issuer is asked."""
        told = {
            "/.well-known/openid-configuration": self._discovery,
            "/door": self._door,
            "/authorize": self._authorize,
            "/token": self._token,
            "/keys": self._jwks,
        }
        return [
            *(web.route("*", path, self._answered(path, each)) for path, each in told.items()),
            *(web.route("*", f"/moved{path}", each) for path, each in told.items()),
        ]

    def _answered(self, path: str, usual: Any) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            self.asked.append(path)
            if path in self.answers:
                return self.answers[path](path)
            response: web.StreamResponse = await usual(request)
            return response

        return answer

    async def _discovery(self, _: web.Request) -> web.Response:
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            **self.document,
        }
        return web.json_response(said)

    async def _jwks(self, _: web.Request) -> web.Response:
        made = [
            json.loads(RSAAlgorithm.to_jwk(key(name, self.bits).public_key())) | {"kid": name}
            for name in self.keys
        ]
        return web.json_response({"keys": [*made, {"kty": "EC", "kid": "x"}, "odd"]})

    async def _door(self, request: web.Request) -> web.Response:
        """Show a page that somebody leaves by pressing something, as real issuers do."""
        onward = escape(f"/authorize?{request.rel_url.raw_query_string}")
        page = f'<link rel="icon" href="data:,"><a id="yes" href="{onward}">Yes, I am</a>'
        return web.Response(text=page, content_type="text/html")

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = request.query
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["scope"] == "openid profile email"
        assert len(asked["state"]) >= 43
        code = f"code-{len(self._codes)}"
        self._codes[code] = dict(asked)
        back = urlencode({"code": code, "state": asked["state"]})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{back}")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        begun = self._codes.pop(str(form.get("code")), None)
        if not self._knows(request, form) or begun is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        assert form["grant_type"] == "authorization_code"
        assert form["redirect_uri"] == begun["redirect_uri"]
        if challenge := begun.get("code_challenge"):
            assert begun["code_challenge_method"] == "S256"
            assert challenge == _base64(sha256(str(form["code_verifier"]).encode()).digest())
        now = int(self.clock.now().timestamp())
        usual = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims = {**usual, "nonce": begun["nonce"], **self.person, **self.also}
        told = {name: value for name, value in claims.items() if value is not None}
        return web.json_response({"ok": True, "id_token": self.sign(told)})

    def _knows(self, request: web.Request, form: Mapping[str, object]) -> bool:
        ways = self.document.get("token_endpoint_auth_methods_supported", [])
        if "client_secret_post" in list(ways):  # type: ignore[call-overload]  # a test's own list
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        kind, _, given = request.headers["Authorization"].partition(" ")
        user, _, secret = b64decode(given).decode().partition(":")
        return (kind, unquote_plus(user), unquote_plus(secret)) == ("Basic", CLIENT, SECRET)


@asynccontextmanager
async def running_issuer(clock: Clock) -> AsyncIterator[TrialIssuer]:
    """Have an issuer listen."""
    issuer, app = TrialIssuer(clock), web.Application()
    app.add_routes(issuer.routes())
    listener = Listener(app, access_log=None, shutdown_timeout=1.0, lingering_time=0)
    await listener.setup()
    try:
        issuer.url = f"http://127.0.0.1:{await listener.listen('127.0.0.1', 0)}"
        yield issuer
    finally:
        await listener.cleanup()


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
