"""A certificate authority of our own, for TLS with client certificates over loopback."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Issued:
    """A certificate with its key; `O=Acme` and a common name."""

    subject: x509.Name
    key: EllipticCurvePrivateKey
    certificate: str

    def chain(self, folder: Path) -> Path:
        """Write both where TLS wants them."""
        private = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = folder / "chain.pem"
        file.write_text(self.certificate + private.decode())
        return file


FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)


def issued(name: str, by: Issued | None = None, until: datetime = FOR_EVER) -> Issued:
    """Issue a certificate; without an issuer it is an authority."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(by.key if by else key, SHA256())
    )
    return Issued(subject, key, built.public_bytes(Encoding.PEM).decode())


def server_tls(own: Issued, authority: Issued, folder: Path) -> ssl.SSLContext:
    """A listener that asks for a client certificate and takes requests without one, too."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.certificate)
    made.load_cert_chain(own.chain(folder))
    made.verify_mode = ssl.CERT_OPTIONAL
    return made


def client_tls(own: Issued | None, authority: Issued, folder: Path) -> ssl.SSLContext:
    """A sender that shows its certificate, or none."""
    made = ssl.create_default_context(cadata=authority.certificate)
    if own:
        made.load_cert_chain(own.chain(folder))
    return made
