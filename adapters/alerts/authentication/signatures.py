"""Signed requests: one verifier, driven by a table of who signs what, and where it stands.

Works on raw bytes. Every security header stands there exactly once; every active secret and every
signature given is compared in full, and none ends the comparison early.
"""

import base64
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from typing_extensions import override

from adapters.alerts.authentication.credentials import Authenticator, only
from adapters.alerts.authentication.keyring import Keyring
from gateway.ports.alerts import AlertRequest, Checked, Trust
from gateway.ports.clock import Clock

PAST_S = 300
"""How old a signed request may be."""
FUTURE_S = 60
"""How far its sender's clock may be ahead of ours."""
SIGNATURES_MOST = 5
"""Senders give several while they rotate their secret."""
SECRET_BYTES = range(24, 65)

_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_ID_MOST = 255


class SigningKey(Protocol):
    """A secret or public key in force."""

    def signed(self, content: bytes, given: list[bytes]) -> bool:
        """Tell whether one of the signatures given is this key's."""
        ...


@dataclass(frozen=True, slots=True)
class HmacKey(SigningKey):
    """HMAC-SHA256; `write` is how the profile writes it down."""

    secret: bytes
    write: Callable[[bytes], bytes]

    @override
    def signed(self, content: bytes, given: list[bytes]) -> bool:
        right = self.write(hmac.digest(self.secret, content, sha256))
        fits = [hmac.compare_digest(right, each) for each in given]
        return any(fits)


@dataclass(frozen=True, slots=True)
class PublicKey(SigningKey):
    """Ed25519, `v1a,<base64>`."""

    key: Ed25519PublicKey

    @override
    def signed(self, content: bytes, given: list[bytes]) -> bool:
        fits = [self._verifies(content, each) for each in given]
        return any(fits)

    def _verifies(self, content: bytes, given: bytes) -> bool:
        version, _, written = given.partition(b",")
        try:
            self.key.verify(base64.b64decode(written, validate=True), content)
        except (ValueError, InvalidSignature):
            return False
        return version == b"v1a"


@dataclass(frozen=True, slots=True)
class Profile:
    """A row of the table. Header names are empty where there is no such header.

    `content` is what is signed, from `id`, `time` and `body`. An id inside of it names the request;
    one outside could be changed, and names it only together with the body.
    """

    signature: str
    key: Callable[[str], SigningKey]
    content: bytes = b"%(body)b"
    separator: bytes = b""
    time: str = ""
    id: str = ""

    @property
    def signs_id(self) -> bool:
        """Tell whether the id is part of what is signed."""
        return b"%(id)b" in self.content


def _hexadecimal(prefix: bytes) -> Callable[[str], SigningKey]:
    def key(secret: str) -> SigningKey:
        return HmacKey(secret.encode(), lambda digest: prefix + digest.hex().encode())

    return key


def _standard_key(secret: str) -> SigningKey:
    kind, _, written = secret.partition("_")
    known = base64.b64decode(written, validate=True)
    if kind == "whpk":
        return PublicKey(Ed25519PublicKey.from_public_bytes(known))
    if kind != "whsec" or len(known) not in SECRET_BYTES:
        raise ValueError
    return HmacKey(known, lambda digest: b"v1," + base64.b64encode(digest))


def _standard(prefix: str) -> Profile:
    return Profile(
        signature=f"{prefix}-signature",
        key=_standard_key,
        content=b"%(id)b.%(time)b.%(body)b",
        separator=b" ",
        time=f"{prefix}-timestamp",
        id=f"{prefix}-id",
    )


PROFILES = {
    "standard-webhooks": _standard("webhook"),
    "svix": _standard("svix"),
    "github": Profile("X-Hub-Signature-256", _hexadecimal(b"sha256="), id="X-GitHub-Delivery"),
    "sentry": Profile("Sentry-Hook-Signature", _hexadecimal(b""), id="Request-ID"),
    "pagerduty-v3": Profile("X-PagerDuty-Signature", _hexadecimal(b"v1="), separator=b","),
    "slack-v0": Profile(
        "X-Slack-Signature",
        _hexadecimal(b"v0="),
        content=b"v0:%(time)b:%(body)b",
        time="X-Slack-Request-Timestamp",
    ),
}
"""Sources: the vendors' pages on verifying webhooks, and standardwebhooks.com."""


def grafana(header: str, time: str) -> Profile:
    """Make Grafana's row, whose headers an operator may rename."""
    content = b"%(time)b:%(body)b" if time else b"%(body)b"
    return Profile(header, _hexadecimal(b""), content=content, time=time)


class Signature(Authenticator):
    """Verifies what one profile signs."""

    def __init__(self, profile: Profile, keys: Keyring[SigningKey], clock: Clock) -> None:
        self._profile = profile
        self._keys = keys
        self._clock = clock

    @override
    async def check(self, request: AlertRequest) -> Checked:
        profile, headers = self._profile, request.headers
        signature = only(headers, profile.signature)
        time = only(headers, profile.time) if profile.time else b""
        named = profile.id and (profile.signs_id or headers.getall(profile.id, []))
        name = only(headers, profile.id) if named else b""
        if signature is None or time is None or name is None or len(name) > _ID_MOST:
            return Checked(Trust.HEADERS)
        if profile.time and not self._is_recent(time):
            return Checked(Trust.TIME)
        content = profile.content % {b"id": name, b"time": time, b"body": request.body}
        given = signature.split(profile.separator) if profile.separator else [signature]
        if len(given) > SIGNATURES_MOST or not self._is_signed(content, given):
            return Checked(Trust.CREDENTIAL)
        return Checked(Trust.GENUINE, self._replay_key(name, signature, request.body))

    def _is_recent(self, time: bytes) -> bool:
        if not _TIMESTAMP.fullmatch(time):
            return False
        age_s = self._clock.now().timestamp() - int(time)
        return -FUTURE_S <= age_s <= PAST_S

    def _is_signed(self, content: bytes, given: list[bytes]) -> bool:
        fits = [key.signed(content, given) for key in self._keys.active()]
        return any(fits)

    def _replay_key(self, name: bytes, signature: bytes, body: bytes) -> str | None:
        """Name the request; without id and time, equal bodies may well be two requests."""
        if name:
            outside = b"" if self._profile.signs_id else body
            return sha256(name + b"\0" + outside).hexdigest()
        return sha256(signature).hexdigest() if self._profile.time else None
