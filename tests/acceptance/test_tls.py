"""The service without a proxy: HTTPS, and alert sources that are known by their certificates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, by its name
from tests.web.authority import Issued, client_tls, issued

SERVERS, CLIENTS = issued("servers"), issued("clients")
SOURCE = """
[routing]
file = "{folder}/routes.yaml"

[[alerts.sources]]
name = "am"
kind = "alertmanager"
auth = {{profile = "mtls", subjects = ["CN=am,O=Acme"]}}
"""
TLS = """
[server]
tls_certificate = "{folder}/tls.crt"
tls_key = "{folder}/tls.key"
tls_client_ca = "{folder}/clients.crt"
"""
ALERT = {
    "status": "firing",
    "labels": {"alertname": "DiskFull"},
    "annotations": {},
    "startsAt": "2026-03-01T12:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "0123456789abcdef",
}
BODY = {"version": "4", "status": "firing", "groupKey": "{}", "alerts": [ALERT]}


@asynccontextmanager
async def secured(site: Site, folder: Path, *, client_ca: bool = True) -> AsyncIterator[str]:
    """Run the service under a certificate of `SERVERS`; gives its address."""
    own = issued("gateway", SERVERS)
    private = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tls.crt").write_text(own.certificate, encoding="ascii")
    (folder / "tls.key").write_bytes(private)
    (folder / "clients.crt").write_text(CLIENTS.certificate, encoding="ascii")
    routes = "receivers: [{name: lobby, channel: C0OPS}]\nroute: {receiver: lobby}\n"
    (folder / "routes.yaml").write_text(routes, encoding="utf-8")
    config = site.config.read_text(encoding="utf-8")
    tls = TLS.format(folder=folder)
    config = config.replace("\n[server]\n", tls if client_ca else tls.partition("tls_client")[0])
    site.config.write_text(config + SOURCE.format(folder=folder), encoding="utf-8")
    async with site.service() as service:
        if not client_ca:
            yield str(await service.ended())
            return
        started = await service.logged("gateway.started")
        yield started["public"].replace("127.0.0.1", "localhost")


async def send(url: str, own: Issued | None, folder: Path) -> int:
    """Post an alert as somebody, over a connection of their own."""
    connector = aiohttp.TCPConnector(ssl=client_tls(own, SERVERS, folder))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(f"{url}/alerts/am", json=BODY) as answer,
    ):
        return answer.status


async def test_a_source_is_known_by_its_certificate(site: Site, tmp_path: Path) -> None:
    """Who shows another one, none or a foreign one is not heard; nobody else needs one."""
    async with secured(site, tmp_path) as url:
        assert url.startswith("https://")
        assert await send(url, issued("am", CLIENTS), tmp_path) == 202
        assert await send(url, issued("grafana", CLIENTS), tmp_path) == 401
        assert await send(url, None, tmp_path) == 401
        with pytest.raises(aiohttp.ClientError):
            await send(url, issued("am", issued("elsewhere")), tmp_path)
        connector = aiohttp.TCPConnector(ssl=client_tls(None, SERVERS, tmp_path))
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.get(f"{url}/healthz") as answer:
                assert answer.status == 200
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"{url.replace('https', 'http')}/healthz")


async def test_a_certificate_nobody_would_verify_is_refused(site: Site, tmp_path: Path) -> None:
    """A source that shows one needs a listener that looks at it: said at the start."""
    async with secured(site, tmp_path, client_ca=False) as code:
        assert code == "3"
