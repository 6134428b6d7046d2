"""Whether a message is SNS's: RSA over a list of its members, by a certificate of Amazon's.

The topic is looked at first: a stranger's message causes no visit anywhere.
Source: AWS, "Verifying the signatures of Amazon SNS messages".
"""

import base64
from collections import OrderedDict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate
from typing_extensions import override

from adapters.alerts.authentication.credentials import Authenticator
from adapters.alerts.authentication.signatures import FUTURE_S
from adapters.alerts.body import NODES_OF_STRANGERS_MOST, read_json
from adapters.alerts.fields import Record, moment, record, text
from adapters.alerts.sns.auth import SnsAuth
from adapters.alerts.sns.fetching import Fetch, UnreachableError, is_amazon, is_certificate
from gateway.ports.alerts import AlertRequest, Checked, Trust, UnreadableDeliveryError
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer

PAST_S = 3900
"""SNS keeps a message's time while it tries again, up to an hour by a subscription's policy."""
CERTIFICATES_MOST = 16

SUBSCRIPTION = "SubscriptionConfirmation"
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": _NOTIFICATION,
    SUBSCRIPTION: _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_OPTIONAL = frozenset({"Subject"})


class SnsSignature(Authenticator):
    """Verifies envelopes, and confirms subscriptions of expected topics."""

    def __init__(self, auth: SnsAuth, fetch: Fetch, clock: Clock, observer: Observer) -> None:
        self._auth = auth
        self._fetch = fetch
        self._clock = clock
        self._observer = observer
        self._certificates: OrderedDict[str, Certificate] = OrderedDict()

    @override
    async def check(self, request: AlertRequest) -> Checked:
        try:
            envelope = record(read_json(request.body, NODES_OF_STRANGERS_MOST))
        except UnreadableDeliveryError:
            return Checked(Trust.CREDENTIAL)
        refused = self._refused(envelope)
        if refused:
            return Checked(refused)
        try:
            genuine = await self._is_signed(envelope)
            if genuine and envelope["Type"] == SUBSCRIPTION:
                await self._confirm(text(envelope.get("SubscribeURL")))
        except UnreachableError:
            return Checked(Trust.UNDECIDED)
        name = text(envelope.get("MessageId"))
        return Checked(Trust.GENUINE, name) if genuine else Checked(Trust.CREDENTIAL)

    def _refused(self, envelope: Record) -> Trust | None:
        """Judge what can be judged before anybody is visited."""
        if envelope.get("TopicArn") not in self._auth.topics:
            return Trust.TOPIC
        sent = moment(envelope.get("Timestamp"))
        age_s = (self._clock.now() - sent).total_seconds() if sent else None
        if age_s is None or not -FUTURE_S <= age_s <= PAST_S:
            return Trust.TIME
        return None if _content(envelope) and self._hash(envelope) else Trust.HEADERS

    def _hash(self, envelope: Record) -> SHA1 | SHA256 | None:
        match envelope.get("SignatureVersion"):
            case "2":
                return SHA256()
            case "1" if self._auth.sha1:
                return SHA1()  # noqa: S303 - version 1 is SHA-1, and may be switched off
            case _:
                return None

    async def _is_signed(self, envelope: Record) -> bool:
        address = text(envelope.get("SigningCertURL"))
        if not is_certificate(address):
            return False
        key = (await self._certificate(address)).public_key()
        digest = self._hash(envelope)
        if not isinstance(key, RSAPublicKey) or digest is None:
            return False
        try:
            signature = base64.b64decode(text(envelope.get("Signature")), validate=True)
            key.verify(signature, _content(envelope), PKCS1v15(), digest)
        except (ValueError, InvalidSignature):
            return False
        return True

    async def _certificate(self, address: str) -> Certificate:
        """Get a certificate that is in force; the same for all messages of some weeks.

        Raises:
            UnreachableError: it did not come, or is none, or its time is over.
        """
        certificate = self._certificates.get(address)
        if certificate is None:
            try:
                certificate = load_pem_x509_certificate(await self._fetch.get(address))
            except ValueError as error:
                raise UnreachableError from error
        since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not since <= self._clock.now() < until:
            raise UnreachableError
        self._certificates[address] = certificate
        if len(self._certificates) > CERTIFICATES_MOST:
            self._certificates.popitem(last=False)
        return certificate

    async def _confirm(self, address: str) -> None:
        """Visit the address once the message is known to be genuine; its topic is expected."""
        if not self._auth.confirm or not is_amazon(address):
            self._observer.saw("alerts.subscription_left")
            return
        await self._fetch.get(address)
        self._observer.saw("alerts.subscription_confirmed")


def _content(envelope: Record) -> bytes:
    """Write down what is signed; empty when a member is missing or the type is unknown."""
    names = _SIGNED.get(text(envelope.get("Type")), ())
    lines = []
    for name in names:
        value = envelope.get(name)
        if isinstance(value, str):
            lines.append(f"{name}\n{value}\n")
        elif name not in _OPTIONAL:
            return b""
    return "".join(lines).encode(errors="surrogatepass")
