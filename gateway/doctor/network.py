"""NETWORK: our ports, our certificate, and whether the world reaches us under our own address."""

import json
import os
import resource
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from cryptography.x509 import load_pem_x509_certificate

from adapters.chat.slack.edge import PATH
from adapters.chat.slack.signature import signed
from adapters.listening import LONGEST_PATH, Listener
from gateway.bootstrap.tls import TlsError, tls_context
from gateway.doctor.findings import Finding, Findings, fail, ok, warn
from gateway.doctor.site import Site
from gateway.settings import LOOPBACK, control_socket

_ANSWER_WITHIN_S = 10.0
_SOON = timedelta(days=14)
_UNAUTHORIZED = 401
_FILES = 1024
_REFUSED = 'gateway_auth_failures_total{door="slack"}'


async def examine(site: Site) -> list[Finding]:
    """Look at everything between us and the world."""
    tls, context = _certificate(site)
    found = [*tls, *_address(site)]
    busy = [] if site.status else [*_ports(site), *_limits(site)]
    if any(each.code == "network.port_taken" for each in busy):
        return [*found, *busy]
    async with _answering(site, context) as nonce:
        found += [*busy, *await _reached(site, nonce)]
    return [*found, *await _refusals(site)]


# --- the certificate -----------------------------------------------------------------------------


def _certificate(site: Site) -> tuple[list[Finding], ssl.SSLContext | None]:
    server = site.settings.server
    if server.tls_certificate is None:
        return [], None
    try:
        context = tls_context(server)
    except TlsError as error:
        fix = "Name a certificate (PEM) and its own key; docs/how-to/tls.md tells how."
        return [fail("network.tls_unusable", str(error), fix)], None
    certificate = load_pem_x509_certificate(server.tls_certificate.read_bytes())
    ends, now = certificate.not_valid_after_utc, site.tools.clock.now()
    fix = f"Renew it and put it into {server.tls_certificate}; a running gateway takes it up."
    if ends <= now:
        return [
            fail("network.tls_expired", f"our certificate ended on {ends:%Y-%m-%d}", fix)
        ], context
    if ends - now < _SOON:
        return [
            warn("network.tls_ending", f"our certificate ends on {ends:%Y-%m-%d}", fix)
        ], context
    return [ok("network.tls", f"our certificate holds until {ends:%Y-%m-%d}")], context


# --- the ports -----------------------------------------------------------------------------------


def _ports(site: Site) -> Iterator[Finding]:
    """Try to listen where the next start will; only asked while no gateway runs."""
    server, admin = site.settings.server, site.settings.admin
    wanted = (("server", server.host, server.port), ("admin", admin.host, admin.port))
    for name, host, port in wanted:
        problem = _taken(host, port)
        if problem:
            yield fail(
                "network.port_taken",
                f"{name}: {host}:{port} cannot be listened on ({problem})",
                f"See who has it: ss -ltnp 'sport = :{port}'; or set {name}.port.",
            )
        elif port:
            yield ok("network.port", f"{name}: {host}:{port} is free")


def _limits(site: Site) -> Iterator[Finding]:
    """See whether the control socket can be made, and whether there is room for connections."""
    path = control_socket(site.settings)
    if len(os.fsencode(path)) > LONGEST_PATH:
        yield fail(
            "network.socket_path",
            f"the control socket's path is longer than {LONGEST_PATH} bytes: {path}",
            "Set admin.socket to a shorter one.",
        )
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < _FILES:
        yield warn(
            "network.few_files",
            f"a gateway started here may open {files} files and connections; a storm needs more",
            f"Raise the limit: LimitNOFILE={_FILES} in the unit, or ulimit -n {_FILES}.",
        )


def _taken(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen()
        except OSError as error:
            return error.strerror or type(error).__name__
    return ""


# --- our own address -----------------------------------------------------------------------------


def _address(site: Site) -> Findings:
    """Judge the address itself."""
    url, slack = site.settings.server.public_url, site.settings.slack
    if url is None:
        local = urlsplit(slack.api_url).hostname in LOOPBACK
        if slack.mode == "http" and not local:
            yield warn(
                "network.no_public_url",
                "whether Slack reaches us is not known: server.public_url is not set",
                'Set it to our public HTTPS address, or slack.mode to "socket".',
            )
    elif not url.startswith("https://") and urlsplit(url).hostname not in LOOPBACK:
        fix = "Put a proxy with a certificate in front, and write https:// into server.public_url."
        yield fail("network.not_https", f"{url}: Slack and RingCentral call https:// only", fix)


@asynccontextmanager
async def _answering(site: Site, tls: ssl.SSLContext | None) -> AsyncIterator[str]:
    """Listen in place of a gateway that does not run; gives what comes back if we are reached."""
    server, nonce = site.settings.server, secrets.token_hex(16)
    if site.status or server.public_url is None or not server.port:
        yield nonce
        return

    async def answer(request: web.Request) -> web.Response:
        if nonce.encode() in await request.read():
            return web.Response(text=nonce)
        # Slack or RingCentral, who must come again: nobody is here to take what they bring.
        return web.Response(status=503)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    listener = Listener(app, access_log=None, shutdown_timeout=1.0)
    await listener.setup()
    try:
        await listener.listen(server.host, server.port, tls)
        yield nonce
    finally:
        await listener.cleanup()


async def _reached(site: Site, nonce: str) -> Findings:
    """Call ourselves from outside, as Slack would when it verifies an address."""
    server = site.settings.server
    if server.public_url is None or not server.port:
        return []
    url = server.public_url + PATH
    body = json.dumps({"type": "url_verification", "challenge": nonce}).encode()
    given = site.settings.slack.secrets()
    headers = signed(given[0] if given else "", body, site.tools.clock.now())
    patience = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S)
    headers["Content-Type"] = "application/json"
    try:
        async with (
            aiohttp.ClientSession(timeout=patience) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            said = await answer.content.read(len(nonce) + 1)
            return [_judged(site, answer.status, said == nonce.encode())]
    except aiohttp.ClientConnectorCertificateError as error:
        what = f"{server.public_url}: its certificate is not trusted"
        fix = f"Renew the certificate there ({error.certificate_error})."
        return [fail("network.untrusted", what, fix)]
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        what = f"nobody answers at {server.public_url} ({type(error).__name__})"
        return [fail("network.unreached", what, _passed_on(site))]


def _judged(site: Site, status: int, ours: bool) -> Finding:  # noqa: FBT001 - what was seen
    url, mode = site.settings.server.public_url, site.settings.slack.mode
    if ours:
        return ok("network.reached", f"{url} leads to us")
    if status == _UNAUTHORIZED and mode == "socket":
        # Without Slack at that door, all requests there are strangers'.
        return ok("network.reached", f"{url} leads to us")
    if status == _UNAUTHORIZED:
        return fail(
            "network.signature_refused",
            f"{url} leads to a gateway that refuses our signing secret",
            "Restart the gateway: it runs with another slack.signing_secret. If it does not, the "
            "proxy changes bodies.",
        )
    what = f"{url} answers {status}, and it is not us"
    return fail("network.unreached", what, _passed_on(site))


def _passed_on(site: Site) -> str:
    server = site.settings.server
    return (
        f"Have the proxy or tunnel behind that address pass everything to {server.host}:"
        f"{server.port}, bodies unchanged; docs/how-to/deploy.md has one."
    )


# --- what came in --------------------------------------------------------------------------------


async def _refusals(site: Site) -> Findings:
    """Ask the running gateway whether it refuses requests that claim to be Slack's."""
    admin = site.settings.admin
    if not site.status or not admin.port:
        return []
    patience = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=patience) as session,
            session.get(f"http://{admin.host}:{admin.port}/metrics") as answer,
        ):
            lines = (await answer.text()).splitlines()
    except (aiohttp.ClientError, OSError, TimeoutError):
        return []
    times = sum(float(line.split()[-1]) for line in lines if line.startswith(_REFUSED))
    if not times:
        return []
    return [
        warn(
            "network.slack_refused",
            f"requests in Slack's name were refused {times:.0f} times since the start",
            "If commands fail in Slack, slack.signing_secret is not the app's: copy it from the "
            "app's Basic Information page and run `gateway setup slack`. Else they were strangers.",
        )
    ]
