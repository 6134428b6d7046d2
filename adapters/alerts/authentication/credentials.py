"""Senders that show a secret, a certificate, or nothing."""

import base64
import hmac
from typing import Protocol

from typing_extensions import override

from adapters.alerts.authentication.keyring import Keyring
from adapters.alerts.settings import TokenAuth
from gateway.ports.alerts import AlertRequest, Checked, Headers, Trust


class Authenticator(Protocol):
    """Judges requests of one source."""

    async def check(self, request: AlertRequest) -> Checked:
        """Judge a request by its raw bytes."""
        ...


def only(headers: Headers, name: str) -> bytes | None:
    """Read a header that must stand there exactly once: two readers must not see two values."""
    values = headers.getall(name, [])
    return values[0].encode(errors="surrogateescape") if len(values) == 1 else None


class Token(Authenticator):
    """A secret in a header or, where settings allow it, in the address."""

    def __init__(self, auth: TokenAuth, secrets: Keyring[bytes]) -> None:
        self._auth = auth
        self._secrets = secrets

    @override
    async def check(self, request: AlertRequest) -> Checked:
        given = self._given(request)
        if given is None:
            return Checked(Trust.HEADERS)
        fits = [hmac.compare_digest(self._shown(each), given) for each in self._secrets.active()]
        return Checked(Trust.GENUINE if any(fits) else Trust.CREDENTIAL)

    def _given(self, request: AlertRequest) -> bytes | None:
        auth = self._auth
        if auth.query and not request.headers.getall(auth.header, []):
            return request.query.get(auth.query, "").encode(errors="replace")
        value = only(request.headers, auth.header)
        if value is None or not auth.scheme:
            return value
        scheme, _, credentials = value.partition(b" ")
        return credentials.strip() if scheme.lower() == auth.scheme.lower().encode() else None

    def _shown(self, secret: bytes) -> bytes:
        return base64.b64encode(secret) if self._auth.scheme.lower() == "basic" else secret


class ClientCertificate(Authenticator):
    """A certificate that TLS verified; its subject must be one of those expected."""

    def __init__(self, subjects: tuple[str, ...]) -> None:
        self._subjects = frozenset(subjects)

    @override
    async def check(self, request: AlertRequest) -> Checked:
        known = request.client in self._subjects
        return Checked(Trust.GENUINE if known else Trust.CREDENTIAL)


class Everybody(Authenticator):
    """No credential at all, as an operator wrote out for a loopback listener."""

    @override
    async def check(self, request: AlertRequest) -> Checked:
        return Checked(Trust.GENUINE)
