"""What an issuer says of itself: where things are, and its keys.

Source: OpenID Connect Discovery 1.0, sections 3 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from adapters.identity.oidc.asking import AwayError, Json, ask

_OK = 200
_SHORTEST_KEY = 2048
Keys = Mapping[str, PyJWK]


@dataclass(frozen=True, slots=True)
class Discovered:
    """Addresses, and the ways the issuer knows. `methods` is `None` where it does not say."""

    authorization: str
    token: str
    keys: str
    methods: tuple[str, ...] | None
    takes_secret_in_form: bool


async def discover(issuer: str) -> Discovered:
    """Read the issuer's document.

    Raises:
        AwayError: it cannot be had, or is another's, or leads over ways that anybody can read.
    """
    said = await _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if said.get("issuer") != issuer:
        raise AwayError
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    authorization, token, keys = (_address(said.get(name), issuer) for name in names)
    methods = _words(said, "code_challenge_methods_supported")
    ways = _words(said, "token_endpoint_auth_methods_supported") or ()  # unsaid: basic only
    return Discovered(authorization, token, keys, methods, "client_secret_post" in ways)


async def read_keys(url: str) -> Keys:
    """Read the keys that tokens may be signed with, by their ids: RSA, for RS256, long enough.

    Raises:
        AwayError: they cannot be had.
    """
    listed = (await _get(url)).get("keys")
    keys = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    read = {str(each.get("kid", "")): _key(each) for each in keys}
    return {kid: key for kid, key in read.items() if key}


def _key(jwk: Json) -> PyJWK | None:
    if jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
        return None
    if jwk.get("alg", "RS256") != "RS256":
        return None
    try:
        key = PyJWK({"kty": "RSA", "n": jwk.get("n"), "e": jwk.get("e")}, "RS256")
    except (PyJWTError, ValueError, TypeError):
        return None
    public = isinstance(key.key, RSAPublicKey) and key.key.key_size >= _SHORTEST_KEY
    return key if public else None


async def _get(url: str) -> Json:
    status, said = await ask(url)
    if status != _OK:
        raise AwayError
    return said


def _address(given: object, issuer: str) -> str:
    """Take no way that is less safe than the one to the issuer itself."""
    own = f"{issuer.partition('://')[0]}://"
    if isinstance(given, str) and given.startswith(("https://", own)):
        return given
    raise AwayError


def _words(said: Json, name: str) -> tuple[str, ...] | None:
    listed = said.get(name)
    return tuple(map(str, listed)) if isinstance(listed, list) else None
