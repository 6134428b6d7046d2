"""The public listener speaks TLS; certificates are renewed, what is wrong is said at the start."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import load_der_x509_certificate

from adapters.listening import Listener
from gateway.bootstrap.tls import Tls, TlsError, open_tls
from gateway.settings import ServerSettings
from tests.fakes.observer import Ears
from tests.web.authority import Issued, client_tls, issued

AUTHORITY = issued("authority")


def write(folder: Path, own: Issued) -> ServerSettings:
    """Put a certificate and its key where the settings say."""
    private = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tls.crt").write_text(own.certificate, encoding="ascii")
    (folder / "tls.key").write_bytes(private)
    return ServerSettings(tls_certificate=folder / "tls.crt", tls_key=folder / "tls.key")


def opened(settings: ServerSettings, ears: Ears | None = None) -> Tls:
    tls = open_tls(settings, ears or Ears())
    assert tls is not None
    return tls


@asynccontextmanager
async def listening(tls: Tls) -> AsyncIterator[int]:
    """Serve something under a certificate."""

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    listener = Listener(app, access_log=None, shutdown_timeout=1.0)
    await listener.setup()
    try:
        yield await listener.listen("127.0.0.1", 0, tls.context)
    finally:
        await listener.cleanup()


@dataclass
class Caller:
    """Somebody who trusts the authority, on one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def asks(self) -> str:
        """Make a request; the name on the certificate of the connection."""
        self.writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await self.reader.readuntil(b"hello")
        assert answer.startswith(b"HTTP/1.1 200")
        shown = self.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return load_der_x509_certificate(shown).subject.rfc4514_string()


@asynccontextmanager
async def calling(port: int, folder: Path) -> AsyncIterator[Caller]:
    """Connect."""
    tls = client_tls(None, AUTHORITY, folder)
    reader, writer = await asyncio.open_connection("localhost", port, ssl=tls)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_renewed_certificate_counts_for_new_connections(tmp_path: Path) -> None:
    """Open connections go on under the old one; nobody is hung up on."""
    ears = Ears()
    tls = opened(write(tmp_path, issued("old", AUTHORITY)), ears)
    async with listening(tls) as port, calling(port, tmp_path) as before:
        assert await before.asks() == "CN=old,O=Acme"
        tls.renew()
        assert ears.heard == []
        write(tmp_path, issued("new", AUTHORITY))
        tls.renew()
        assert await before.asks() == "CN=old,O=Acme"
        async with calling(port, tmp_path) as after:
            assert await after.asks() == "CN=new,O=Acme"
    assert ears.heard == [("tls.loaded", {"expires": "2100-01-01T00:00:00+00:00"})]


async def test_a_renewal_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    """Half of a renewal is on the disk for a moment; the other half is taken when it comes."""
    ears = Ears()
    settings, coming = write(tmp_path, issued("old", AUTHORITY)), issued("new", AUTHORITY)
    tls = opened(settings, ears)
    async with listening(tls) as port:
        (tmp_path / "tls.crt").write_text(coming.certificate, encoding="ascii")
        tls.renew()
        async with calling(port, tmp_path) as caller:
            assert await caller.asks() == "CN=old,O=Acme"
        (refused,) = ears.events("tls.refused")
        assert "is not the key of the certificate" in str(refused["problem"])
        write(tmp_path, coming)
        tls.renew()
        async with calling(port, tmp_path) as caller:
            assert await caller.asks() == "CN=new,O=Acme"


def test_old_protocols_are_not_spoken(tmp_path: Path) -> None:
    """TLS 1.2 is the least, and nobody may ask for a new handshake in the middle."""
    context = opened(write(tmp_path, issued("gateway", AUTHORITY))).context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_COMPRESSION
    assert {c["kea"] for c in context.get_ciphers()} <= {"kx-any", "kx-ecdhe", "kx-dhe"}


def spoil(folder: Path, kind: str) -> ServerSettings:
    """Make one thing wrong."""
    settings = write(folder, issued("gateway", AUTHORITY))
    certificate, key = folder / "tls.crt", folder / "tls.key"
    match kind:
        case "no certificate":
            certificate.unlink()
        case "no key":
            key.unlink()
        case "another key":
            write(folder, issued("other", AUTHORITY))
            certificate.write_text(AUTHORITY.certificate, encoding="ascii")
        case "text":
            certificate.write_text("hello", encoding="ascii")
        case "text as key":
            key.write_text("hello", encoding="ascii")
        case "locked":
            locked = BestAvailableEncryption(b"secret")
            own = issued("gateway", AUTHORITY)
            certificate.write_text(own.certificate, encoding="ascii")
            key.write_bytes(own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
        case "text as authority":
            (folder / "ca.crt").write_text("hello", encoding="ascii")
            return settings.model_copy(update={"tls_client_ca": folder / "ca.crt"})
        case "no authority":
            return settings.model_copy(update={"tls_client_ca": folder / "ca.crt"})
    return settings


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("no certificate", "server.tls_certificate: {0}/tls.crt cannot be read (No such file"),
        ("no key", "server.tls_key: {0}/tls.key cannot be read (No such file"),
        ("another key", "server.tls_key: {0}/tls.key is not the key of the certificate in {0}"),
        ("text", "server.tls_certificate: {0}/tls.crt holds no certificate (PEM)"),
        ("text as key", "server.tls_key: {0}/tls.key holds no private key (PEM)"),
        ("locked", "server.tls_key: the key is locked with a passphrase"),
        ("text as authority", "server.tls_client_ca: {0}/ca.crt holds no certificate (PEM)"),
        ("no authority", "server.tls_client_ca: {0}/ca.crt cannot be read (No such file"),
    ],
)
def test_what_is_wrong_is_said_in_words(kind: str, words: str, tmp_path: Path) -> None:
    """With the setting and the file, before anything listens."""
    with pytest.raises(TlsError) as wrong:
        open_tls(spoil(tmp_path, kind), Ears())
    assert str(wrong.value).startswith(words.format(tmp_path))
