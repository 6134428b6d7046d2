"""NETWORK and CLOCK: ports, certificates, the way to us from outside, and the time."""

import re
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.listening import Listener
from gateway.bootstrap import RunningGateway, Seams, running_gateway
from gateway.demo.clock import MovableClock
from gateway.demo.world import free_port
from gateway.doctor import clock
from gateway.doctor import running as about_running
from gateway.doctor.site import Site, Tools
from gateway.settings import Places, load_settings
from gateway.system import SystemClock
from tests.doctor.office import Office
from tests.web.authority import issued

AUTHORITY = issued("authority")


def moved(seconds: float) -> Tools:
    """Look at a clock that is wrong by so much."""
    wrong = MovableClock(SystemClock())
    wrong.advance(seconds)
    return Tools(wrong)


@asynccontextmanager
async def running(office: Office) -> AsyncIterator[RunningGateway]:
    """Run the gateway of an office."""
    office.write()
    async with running_gateway(load_settings(office.file)) as gateway:
        yield gateway


@asynccontextmanager
async def somebody_else(status: int) -> AsyncIterator[str]:
    """Serve another application, as a proxy that leads elsewhere would."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text="welcome")

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    listener = Listener(app, access_log=None, shutdown_timeout=1.0)
    await listener.setup()
    try:
        yield f"http://127.0.0.1:{await listener.listen('127.0.0.1', 0)}"
    finally:
        await listener.cleanup()


async def test_a_port_that_is_taken(office: Office) -> None:
    """Told before the start fails, with how to find out by whom."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        office.tables["server"] = {"port": port}
        found = await office.examined()
    found.failed("network.port_taken", f"127.0.0.1:{port}", f"sport = :{port}")


async def test_a_public_address_that_leads_nowhere(office: Office) -> None:
    """Slack would see nothing there."""
    office.tables["server"]["public_url"] = f"http://127.0.0.1:{free_port()}"
    found = await office.examined()
    found.failed("network.unreached", "nobody answers", "proxy or tunnel")


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_a_public_address_that_leads_to_somebody_else(office: Office, status: int) -> None:
    """A default page answers politely, and is not us."""
    async with somebody_else(status) as url:
        office.tables["server"]["public_url"] = url
        found = await office.examined()
    found.failed("network.unreached", f"answers {status}, and it is not us", "proxy or tunnel")


async def test_a_public_address_without_tls(office: Office) -> None:
    """Slack and RingCentral call nothing else; 127.0.0.2 stands for any address but ours."""
    office.tables["server"]["public_url"] = "http://127.0.0.2:9"
    found = await office.examined()
    found.failed("network.not_https", "https:// only", "certificate in front")


async def test_vendors_who_come_meanwhile_are_sent_back(office: Office) -> None:
    """While the doctor stands in for a gateway that does not run, nothing is taken from anybody."""
    office.write()
    server = office.tables["server"]
    statuses = []

    async def proxy(request: web.Request) -> web.Response:
        """Lead to us, and bring an event of Slack's beside the doctor's own question."""
        async with ClientSession(f"http://127.0.0.1:{server['port']}") as session:
            async with session.post(request.path, data=b'{"type":"event_callback"}') as refused:
                statuses.append(refused.status)
            async with session.post(request.path, data=await request.read()) as answer:
                return web.Response(status=answer.status, body=await answer.read())

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", proxy)
    async with TestServer(app) as outside:
        server["public_url"] = f"http://127.0.0.1:{outside.port}"
        found = await office.examined()
    assert found.troubles() == []
    assert statuses == [503]


async def test_no_public_address_at_all(office: Office) -> None:
    """Worth a word where Slack is the real one."""
    del office.tables["server"]["public_url"]
    office.tables["slack"]["api_url"] = f"https://127.0.0.2:{free_port()}/api/"
    found = await office.examined()
    found.warned("network.no_public_url", "is not set", 'slack.mode to "socket"')


@pytest.mark.parametrize(
    ("days", "code", "level"),
    [(-1, "network.tls_expired", "fail"), (3, "network.tls_ending", "warn")],
)
async def test_a_certificate_at_its_end(office: Office, days: int, code: str, level: str) -> None:
    """A running gateway takes up the renewed one by itself."""
    ends = SystemClock().now() + timedelta(days=days)
    chain = issued("gateway", AUTHORITY, ends).chain(office.folder)
    office.tables["server"] |= {"tls_certificate": str(chain)}
    del office.tables["server"]["public_url"]
    finding = (await office.examined()).one(code)
    assert finding.level.value == level
    assert f"{ends:%Y-%m-%d}" in finding.what
    assert "Renew it" in finding.fix


async def test_a_certificate_nobody_trusts(office: Office) -> None:
    """Slack hangs up; so do we."""
    server = office.tables["server"]
    chain = issued("gateway", AUTHORITY).chain(office.folder)
    server |= {"tls_certificate": str(chain), "public_url": f"https://localhost:{server['port']}"}
    found = await office.examined()
    found.failed("network.untrusted", "is not trusted", "Renew the certificate there")


async def test_a_certificate_without_its_key(office: Office) -> None:
    """What is wrong with TLS is said in the words of the start."""
    (office.folder / "tls.crt").write_text(AUTHORITY.certificate, encoding="ascii")
    office.tables["server"] |= {"tls_certificate": str(office.folder / "tls.crt")}
    found = await office.examined()
    found.failed("network.tls_unusable", "holds no private key", "its own key")


@pytest.mark.parametrize(
    ("seconds", "code", "level"), [(-120, "clock.skewed", "fail"), (20, "clock.drifts", "warn")]
)
async def test_a_clock_that_is_wrong(office: Office, seconds: int, code: str, level: str) -> None:
    """Against both vendors' answers; Slack's requests are judged by their time."""
    findings = [each for each in (await office.examined(moved(seconds))).all() if each.code == code]
    assert len(findings) == 2
    assert {each.level.value for each in findings} == {level}
    said = re.search(r"clock is (\d+) s (behind|ahead of) Slack's", findings[0].what)
    assert said is not None
    assert abs(seconds) - 3 < int(said[1]) < abs(seconds) + 3  # the header has whole seconds
    assert said[2] == ("behind" if seconds < 0 else "ahead of")
    assert "time server" in findings[0].fix


async def test_beside_a_running_gateway(office: Office) -> None:
    """It is asked over its socket; its database and ports are left to it."""
    async with running(office) as gateway:
        found = await office.examined()
        assert found.troubles() == []
        assert found.report.running
        assert "running gateway" in found.one("database.in_use").what
        assert "leads to us" in found.one("network.reached").what
        assert not [each for each in found.all() if each.code.startswith("network.port")]
        assert await gateway.store.counts() is not None


async def test_a_signing_secret_that_the_running_gateway_does_not_have(office: Office) -> None:
    """The file was changed, or was never read: requests that Slack signs would be refused."""
    office.tables["admin"]["port"] = free_port()
    async with running(office):
        office.hides("slack__signing_secret", "0" * 32)
        found = await office.examined()
    found.failed("network.signature_refused", "refuses our signing secret", "Restart the gateway")
    found.warned("network.slack_refused", "refused 1 times", "gateway setup slack")


async def test_a_directory_that_is_not_read_any_more(office: Office) -> None:
    """The running gateway goes on with what it knew, and falls behind."""
    async with running(office):
        found = await office.examined(moved(3600))
    found.warned("directory.stale", "for 60 minutes", "directory.unread in the log")


async def test_a_running_gateway_with_other_settings(office: Office) -> None:
    """What was written since the start is named: it is not in force."""
    async with running(office):
        office.tables["policy"] = {"max_parts": 3}
        found = await office.examined()
    found.warned("config.not_in_force", "policy.max_parts", "Start the gateway again")


async def test_a_running_gateway_with_troubles(office: Office) -> None:
    """What it says of itself is passed on."""
    office.write()
    async with running_gateway(load_settings(office.file), Seams(dry_run=True)):
        found = await office.examined()
    found.warned("config.degraded", "this is a dry run", "log")


def test_a_running_gateway_of_another_version(office: Office) -> None:
    """Installed, and not started again."""
    office.write()
    settings = load_settings(office.file)
    site = Site(Places(office.file), settings, Tools(), {"version": "0.0.1"})
    (finding,) = about_running.version(site)
    assert (finding.code, finding.level.value) == ("config.other_version", "warn")
    assert "version 0.0.1 runs" in finding.what


async def test_a_control_socket_with_a_long_path(office: Office) -> None:
    """The kernel has room for 107 bytes."""
    office.tables["admin"]["socket"] = str(office.folder / ("d" * 120))
    found = await office.examined()
    found.failed("network.socket_path", "longer than 107 bytes", "admin.socket")


async def test_too_few_files(office: Office) -> None:
    """Each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        found = await office.examined()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    found.warned("network.few_files", "512 files", "LimitNOFILE=1024")


def test_nobody_who_tells_the_time() -> None:
    """Both vendors away: whether our clock is right is not known."""
    (finding,) = clock.skew({"Slack": None, "RingCentral": None})
    assert (finding.code, finding.level.value) == ("clock.unknown", "warn")
