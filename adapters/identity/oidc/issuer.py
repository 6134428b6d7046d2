"""The authorization code flow with one issuer."""

import re
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote_plus, urlencode

from typing_extensions import override

from adapters.identity.oidc.asking import AwayError, Json, ask
from adapters.identity.oidc.discovery import Discovered, Keys, discover, read_keys
from adapters.identity.oidc.people import Person
from adapters.identity.oidc.proof import UnprovedError, key_id, proved
from gateway.ports.clock import Clock
from gateway.ports.identity import Doubt, Errand, Identity, Issuer
from gateway.ports.observer import Observer

_KEPT = timedelta(hours=1)
_OK = 200


@dataclass(frozen=True, slots=True)
class Registration:
    """How an issuer knows us, and we it.

    `methods` are those of PKCE it is taken to know where its document names none.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    person: Person
    scopes: str = "openid profile email"
    methods: tuple[str, ...] = ("S256",)


@dataclass(frozen=True, slots=True)
class _Known:
    discovered: Discovered
    keys: Keys
    until: datetime


class OidcIssuer(Issuer):
    """Asks the issuer's document first, and remembers it and the keys for an hour."""

    def __init__(self, name: str, ours: Registration, clock: Clock, observer: Observer) -> None:
        self.name = name
        self._ours = ours
        self._clock = clock
        self._observer = observer
        self._known: _Known | None = None

    @override
    async def page(self, state: str, errand: Errand) -> str | None:
        try:
            known = await self._knowledge()
        except AwayError:
            self._observer.saw("identity.unavailable")
            return None
        query = {
            "response_type": "code",
            "client_id": self._ours.client_id,
            "scope": self._ours.scopes,
            "redirect_uri": errand.back,
            "state": state,
            "nonce": errand.nonce,
            **self._challenge(known.discovered, errand),
        }
        address = known.discovered.authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    @override
    async def redeem(self, code: str, errand: Errand) -> Identity | Doubt:
        try:
            token = await self._exchange(code, errand)
            if token is None:
                return Doubt.REFUSED
            return self._ours.person(await self._claims(token, errand.nonce))
        except AwayError:
            self._observer.saw("identity.unavailable")
            return Doubt.AWAY
        except UnprovedError as error:
            self._observer.saw("identity.unproved", error_code=str(error))
            return Doubt.UNPROVED

    async def _exchange(self, code: str, errand: Errand) -> str | None:
        """Exchange the code for an ID token; `None` when the issuer gives none for it."""
        discovered = (await self._knowledge()).discovered
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": errand.back}
        if self._challenge(discovered, errand):
            form["code_verifier"] = errand.verifier
        ours, headers = self._ours, {}
        if discovered.takes_secret_in_form:
            form |= {"client_id": ours.client_id, "client_secret": ours.client_secret}
        else:
            headers["Authorization"] = _basic(ours.client_id, ours.client_secret)
        status, said = await ask(discovered.token, form, headers=headers)
        token = said.get("id_token")
        if status == _OK and isinstance(token, str):
            return token
        self._refused(status, said)
        return None

    def _refused(self, status: int, said: Json) -> None:
        """Note a refusal, whose code says whether our registration is to blame."""
        if status >= 500:  # noqa: PLR2004 - HTTP's own boundary
            raise AwayError
        code = str(said.get("error", ""))
        told = code if re.fullmatch(r"[a-z_]{1,64}", code) else "unknown"
        self._observer.saw("identity.refused", error_code=told)

    async def _claims(self, token: str, nonce: str) -> Json:
        """Read a token; keys that changed meanwhile are read again, once."""
        before, kid = self._known, key_id(token)
        known = await self._knowledge()
        if kid not in known.keys and known is before:
            self._known = None
            known = await self._knowledge()
        return proved(
            token,
            known.keys,
            issuer=self._ours.issuer,
            client_id=self._ours.client_id,
            nonce=nonce,
            now=self._clock.now(),
        )

    async def _knowledge(self) -> _Known:
        if self._known is None or self._known.until <= self._clock.now():
            discovered = await discover(self._ours.issuer)
            keys = await read_keys(discovered.keys)
            self._known = _Known(discovered, keys, self._clock.now() + _KEPT)
        return self._known

    def _challenge(self, discovered: Discovered, errand: Errand) -> dict[str, str]:
        """Make PKCE's part; the nonce guards the code where an issuer does not know it."""
        methods = self._ours.methods if discovered.methods is None else discovered.methods
        if "S256" not in methods:
            return {}
        digest = sha256(errand.verifier.encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return {"code_challenge": challenge, "code_challenge_method": "S256"}


def _basic(user: str, secret: str) -> str:
    """Write credentials as OAuth wants them: each encoded, then joined (RFC 6749, 2.3.1)."""
    joined = f"{quote_plus(user)}:{quote_plus(secret)}"
    return f"Basic {b64encode(joined.encode()).decode()}"
