"""SNS as a sender: a key and certificate of our own, and messages signed with it."""

import base64
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.adapters.alerts.surroundings import NOW

TOPIC = "arn:aws:sns:eu-west-1:111122223333:ops"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-x.pem"
SUBSCRIBE = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t%2F1"
SETTINGS: dict[str, Any] = {"kind": "sns", "auth": {"profile": "sns", "topics": [TOPIC]}}

NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@cache
def key(name: str = "amazon") -> RSAPrivateKey:
    """A key for each name; made once, because it takes a while."""
    del name
    return generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    name: str = "amazon", start: datetime = NOW - timedelta(days=1), days: int = 30
) -> bytes:
    """A certificate of a key, in PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(name).public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .sign(key(name), SHA256())
    )
    return built.public_bytes(Encoding.PEM)


def notification(**changed: Any) -> dict[str, Any]:
    """A message, not yet signed."""
    return {
        "Type": "Notification",
        "MessageId": "5d1c2f9e-0001",
        "TopicArn": TOPIC,
        "Subject": "Backup late",
        "Message": "The backup of db-7 is late.\nSomebody should look. 📟",
        "Timestamp": NOW.isoformat(),
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE,
        **changed,
    }


def confirmation(**changed: Any) -> dict[str, Any]:
    """A request to confirm a subscription, not yet signed."""
    asked = {"Type": "SubscriptionConfirmation", "Token": "t/1", "SubscribeURL": SUBSCRIBE}
    return {**notification(), **asked, **changed}


def signed(message: dict[str, Any], name: str = "amazon") -> dict[str, Any]:
    """Sign as AWS describes it."""
    names = NOTIFICATION if message["Type"] == "Notification" else CONFIRMATION
    present = [each for each in names if message.get(each) is not None]
    content = "".join(f"{each}\n{message[each]}\n" for each in present).encode()
    digest = SHA256() if message["SignatureVersion"] == "2" else SHA1()  # noqa: S303 - version 1
    signature = key(name).sign(content, PKCS1v15(), digest)
    return {**message, "Signature": base64.b64encode(signature).decode()}
