"""What an ID token has to prove before anything in it is believed.

Source: OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725.
"""

from datetime import datetime
from hmac import compare_digest
from typing import Any

import jwt
from typing_extensions import TypeIs

from adapters.identity.oidc.asking import Json
from adapters.identity.oidc.discovery import Keys

_LEEWAY_S = 60.0
_LONGEST = 256
_END_OF_TIME = 1e12


class UnprovedError(Exception):
    """The token proves nothing; the text says what is wrong with it, in one word."""


def key_id(token: str) -> str:
    """Tell which key a token says it is signed with.

    Raises:
        UnprovedError: it is no token, or not signed as we want it.
    """
    try:
        head = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise UnprovedError("shape") from None
    if head.get("alg") != "RS256":
        raise UnprovedError("algorithm")
    return str(head.get("kid", ""))


def proved(
    token: str, keys: Keys, *, issuer: str, client_id: str, nonce: str, now: datetime
) -> Json:
    """Read what a token claims, if it is by this issuer, for us, for this sign-in, and fresh.

    Raises:
        UnprovedError: it is not.
    """
    claims = _signed(token, keys)
    wrong = {
        "issuer": claims.get("iss") != issuer,
        "audience": claims.get("aud") not in (client_id, [client_id]),
        "party": claims.get("azp", client_id) != client_id,
        "time": not _is_fresh(claims, now.timestamp()),
        "nonce": not _same(claims.get("nonce"), nonce),
        "subject": not is_name(claims.get("sub")),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise UnprovedError(name)
    return claims


def _signed(token: str, keys: Keys) -> dict[str, Any]:
    """Read the claims. Only the signature is the library's to check: time is our clock's."""
    kid = key_id(token)
    key = keys.get(kid) or (next(iter(keys.values())) if not kid and len(keys) == 1 else None)
    if key is None:
        raise UnprovedError("key")
    ours: Any = dict.fromkeys(("exp", "iat", "nbf", "aud", "iss", "sub", "jti"), False)
    options: Any = {f"verify_{name}": wanted for name, wanted in ours.items()}
    try:
        return jwt.decode(token, key, algorithms=["RS256"], options=options)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise UnprovedError("signature") from None


def _is_fresh(claims: Json, now: float) -> bool:
    ends, *begins = (_number(claims.get(name)) for name in ("exp", "iat", "nbf"))
    if ends is None or begins[0] is None:
        return False
    begun = all(each - _LEEWAY_S <= now for each in begins if each is not None)
    return begun and ends + _LEEWAY_S > now


def _number(value: object) -> float | None:
    """Read seconds since 1970; what is no number, or beyond all calendars, is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < _END_OF_TIME else None


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and compare_digest(given.encode(), wanted.encode())


def is_name(value: object) -> TypeIs[str]:
    """Tell whether something can be a name: not empty, and not endless."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST
