"""Several processes of the service on one PostgreSQL, each with doors of its own."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError

from gateway.demo.world import free_port
from tests.faults.company import Company, Service, end_of
from tests.faults.killable import Kill, Orders
from tests.faults.waiting import listening, until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
_BALANCER = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream gateway {{
{servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://gateway;
            proxy_next_upstream error;
        }}
    }}
}}
"""


@dataclass
class Replica:
    """One of them: its settings, its address, and its runs."""

    company: Company
    name: str
    config: Path
    url: str
    runs: list[Service] = field(default_factory=list)

    async def start(
        self,
        kill: Kill | None = None,
        without: frozenset[str] = frozenset(),
        lease_s: float | None = None,
    ) -> Service:
        """Run it; returns when it listens."""
        log = self.config.with_suffix(".log")
        service = Service.started(Orders(self.config, log, kill, without, lease_s))
        self.runs.append(service)

        async def listens() -> bool | None:
            assert service.is_alive, f"{self.name} has ended:\n{end_of(log)}"
            return await self._listens()

        await until(listens, f"{self.name} listening")
        return service

    async def _listens(self) -> bool | None:
        with suppress(ClientError):
            async with self.company.session.get(f"{self.url}/healthz") as answer:
                return True if answer.status == 200 else None
        return None

    async def restart(self) -> None:
        """Stop it as an operator does, and start it anew."""
        code = await self.runs[-1].stop()
        assert code == 0, f"{self.name} ended with {code}"
        await self.start()


@asynccontextmanager
async def replicas(company: Company, count: int) -> AsyncIterator[list[Replica]]:
    """Write the settings of so many; none is started. The first has the company's own doors."""
    them = [_replica(company, number) for number in range(count)]
    try:
        yield them
    finally:
        for each in them:
            for service in each.runs:
                await service.end()


def _replica(company: Company, number: int) -> Replica:
    config, url = company.folder / f"gateway-{number}.toml", company.url
    text = company.config.read_text()
    if number:
        url = f"http://127.0.0.1:{free_port()}"
        for port in re.findall(r"(?m)^port = (\d+)$", text):
            new = url.rsplit(":", 1)[1] if company.url.endswith(f":{port}") else str(free_port())
            text = text.replace(f"\nport = {port}\n", f"\nport = {new}\n")
        socket = company.folder / f"control-{number}.sock"
        text = text.replace(str(company.socket), str(socket))
    config.write_text(text)
    return Replica(company, f"replica {number}", config, url)


@asynccontextmanager
async def balanced(company: Company, them: Sequence[Replica]) -> AsyncIterator[str]:
    """Put nginx in front of replicas; gives its address."""
    port, folder = free_port(), company.folder
    servers = "\n".join(
        f"        server {each.url.removeprefix('http://')} max_fails=0;" for each in them
    )
    config = folder / "nginx.conf"
    config.write_text(_BALANCER.format(folder=folder, servers=servers, port=port))
    process = await asyncio.create_subprocess_exec(str(NGINX), "-c", str(config), "-p", str(folder))

    try:
        await listening(company.session, f"http://127.0.0.1:{port}/healthz", "nginx")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()
