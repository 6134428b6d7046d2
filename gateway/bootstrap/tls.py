"""TLS of the public listener: TLS 1.2 and newer, and certificates that are renewed while it runs.

A renewed certificate counts for connections that begin afterwards; those that are open go on. The
authority of client certificates is read at the start: a session that was begun under one that is
taken away would outlive it otherwise.
"""

import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.settings import ServerSettings

_EVERY_S = 60.0


class TlsError(Exception):
    """A file of TLS cannot be used; the words name the setting and the file, for the operator."""


@dataclass
class Tls:
    """What the listener shows; `context` is in force for every connection that begins."""

    certificate: Path
    key: Path | None
    context: ssl.SSLContext
    observer: Observer
    _known: str = field(default="", init=False)

    def __post_init__(self) -> None:
        """Remember what was read."""
        self._known = self._digest()

    def renew(self, *, anyway: bool = False) -> Mapping[str, str]:
        """Take up files that have changed; those that cannot be used leave the old ones in force.

        `anyway` reads them although they are the same. Tells what came of it: until when the
        certificate holds, or the problem.
        """
        now = self._digest()
        if now == self._known and not anyway:
            return {}
        self._known = now
        # Tried elsewhere first: a certificate without its key would spoil the one in force.
        found = self._tried()
        if "problem" in found:
            self.observer.saw("tls.refused", problem=found["problem"])
            return found
        _load(self.context, self.certificate, self.key)
        self.observer.saw("tls.loaded", expires=found["expires"])
        return found

    async def run(self, clock: Clock) -> None:
        """Follow the files until cancelled."""
        while True:
            await clock.sleep(_EVERY_S)
            self.renew()

    def _tried(self) -> Mapping[str, str]:
        try:
            _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.certificate, self.key)
        except TlsError as error:
            return {"problem": str(error)}
        return {"expires": expires(self.certificate)}

    def _digest(self) -> str:
        """Tell contents apart; a file out of reach is one of them."""
        digest = hashlib.sha256()
        for file in (self.certificate, self.key):
            try:
                digest.update(file.read_bytes() if file else b"")
            except OSError:
                digest.update(b"-")
        return digest.hexdigest()


def open_tls(settings: ServerSettings, observer: Observer) -> Tls | None:
    """Read the files of the settings; `None` where the listener speaks plain HTTP.

    Raises:
        TlsError: one of them cannot be used.
    """
    context = tls_context(settings)
    if context is None or settings.tls_certificate is None:
        return None
    return Tls(settings.tls_certificate, settings.tls_key, context, observer)


def tls_context(settings: ServerSettings) -> ssl.SSLContext | None:
    """Make what connections are secured by, as `open_tls` does."""
    if settings.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    _load(context, settings.tls_certificate, settings.tls_key)
    if settings.tls_client_ca:
        _trust(context, settings.tls_client_ca)
    return context


def expires(certificate: Path) -> str:
    """Tell until when the certificate of a file holds; `ValueError` if there is none in it."""
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - with TLS only

    return load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc.isoformat()


def _trust(context: ssl.SSLContext, authority: Path) -> None:
    """Verify whoever shows a certificate, and let in who shows none: Slack does not have one."""
    _readable("server.tls_client_ca", authority)
    try:
        context.load_verify_locations(cafile=authority)
    except ssl.SSLError:
        raise TlsError(f"server.tls_client_ca: {authority} holds no certificate (PEM)") from None
    context.verify_mode = ssl.CERT_OPTIONAL


def _load(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    _readable("server.tls_certificate", certificate)
    where = "server.tls_certificate"
    if key:
        where = "server.tls_key"
        _readable(where, key)
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except ssl.SSLError as error:
        raise TlsError(_explained(error, where, certificate, key or certificate)) from None
    except OSError as error:
        raise TlsError(f"{where}: {key or certificate} cannot be read ({error.strerror})") from None


def _readable(setting: str, file: Path) -> None:
    try:
        file.read_bytes()
    except OSError as error:
        raise TlsError(f"{setting}: {file} cannot be read ({error.strerror})") from None


def _explained(error: ssl.SSLError, where: str, certificate: Path, key: Path) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"{where}: {key} is not the key of the certificate in {certificate}"
    try:
        expires(certificate)
    except ValueError:
        return f"server.tls_certificate: {certificate} holds no certificate (PEM)"
    return f"{where}: {key} holds no private key (PEM)"


def _no_passphrase() -> NoReturn:
    raise TlsError(
        "server.tls_key: the key is locked with a passphrase; store it without one, readable by "
        "the gateway's user only"
    )
