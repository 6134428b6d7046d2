"""Secrets of one pager: signed tokens, JWT credentials, random names.

One random server key (kept in the data file) signs everything, so the pager stores no token: it
can always tell whether it made one, and can make the same one again.
"""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any


class Keyring:
    """Makes and recognises tokens under one server key."""

    def __init__(self, server_key: bytes) -> None:
        self._server_key = server_key

    def derive(self, purpose: str) -> str:
        """Make a secret that is always the same for one purpose."""
        return _base64url(self._mac("derive", purpose.encode()))

    def seal(self, purpose: str, content: list[Any] | dict[str, Any]) -> str:
        """Make a token that carries `content` readably and cannot be altered."""
        payload = json.dumps(content, separators=(",", ":")).encode()
        return f"{_base64url(payload)}.{_base64url(self._mac(purpose, payload))}"

    def unseal(self, purpose: str, token: str) -> Any | None:
        """Return what a token carries, or `None` if this pager did not make it for `purpose`."""
        payload, _, mac = token.partition(".")
        raw = _from_base64url(payload)
        given = _from_base64url(mac)
        if raw is None or given is None:
            return None
        if not hmac.compare_digest(self._mac(purpose, raw), given):
            return None
        return json.loads(raw)

    def credential(self, extension_id: int) -> str:
        """Make the JWT credential of one extension; it never expires."""
        return sign_jwt({"sub": str(extension_id), "iss": "company-pager"}, self._jwt_key())

    def credential_owner(self, assertion: str) -> int | None:
        """Return the extension id of a JWT credential, or `None` if it is not one of ours."""
        claims = read_jwt(assertion, self._jwt_key())
        subject = claims.get("sub") if claims else None
        return int(subject) if isinstance(subject, str) and subject.isascii() else None

    def _jwt_key(self) -> bytes:
        return self._mac("derive", b"jwt-credential")

    def _mac(self, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self._server_key, purpose.encode() + b"\0" + message, hashlib.sha256)


def new_server_key() -> bytes:
    """Draw a fresh server key."""
    return secrets.token_bytes(32)


def new_name() -> str:
    """Draw an unguessable name for a session, code, request or event."""
    return secrets.token_hex(16)


def new_uuid() -> str:
    """Draw a random name in the shape of a UUID."""
    name = secrets.token_hex(16)
    return "-".join((name[:8], name[8:12], f"4{name[13:16]}", f"a{name[17:20]}", name[20:]))


def same(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(_digest(given), _digest(expected))


def sign_jwt(claims: dict[str, Any], key: bytes) -> str:
    """Make an HS256 JSON Web Token."""
    head = _base64url(b'{"alg":"HS256","typ":"JWT"}')
    body = _base64url(json.dumps(claims, separators=(",", ":")).encode())
    return f"{head}.{body}.{_base64url(_jwt_mac(f'{head}.{body}', key))}"


def read_jwt(token: str, key: bytes) -> dict[str, Any] | None:
    """Return the claims of an HS256 token made with `key`, else `None`. Expiry is the caller's."""
    signed, _, mac = token.rpartition(".")
    given = _from_base64url(mac)
    if given is None or not hmac.compare_digest(_jwt_mac(signed, key), given):
        return None
    try:
        claims = json.loads(_from_base64url(signed.partition(".")[2]) or b"")
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def challenge_of(verifier: str) -> str:
    """Compute the PKCE S256 challenge of a code verifier (RFC 7636)."""
    return _base64url(_digest(verifier))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _jwt_mac(signed: str, key: bytes) -> bytes:
    return hmac.digest(key, signed.encode("utf-8", "surrogatepass"), hashlib.sha256)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes | None:
    if not text.isascii():
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
