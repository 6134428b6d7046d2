"""No file descriptor is left: nobody is let in, nothing falls over, and afterwards all is well."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from yarl import URL

from tests.faults.checker import broken_promises
from tests.faults.company import Service, running_company
from tests.faults.rehearsal import USERS, settled
from tests.faults.senders import Senders
from tests.faults.upstream import read_upstream

SPARE = 6
CROWD = 40


@contextmanager
def few_descriptors(service: Service) -> Iterator[None]:
    """Allow the process so many more than it has."""
    pid = service.process.pid or 0
    usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + SPARE, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)


async def test_no_descriptor_is_left_for_a_while(tmp_path: Path) -> None:
    """A crowd takes all of them; when it has gone, the next command is taken and sent once."""
    async with running_company(tmp_path) as company, company.service() as service:
        senders = Senders(company)
        await senders.page_surely("U0DANA", "102", "C0PERSON")
        door = URL(company.url)
        with few_descriptors(service):
            crowd = [await asyncio.open_connection(door.host, door.port) for _ in range(CROWD)]
            await senders.page("U0AVERY", "118", "C0SHARED")
            for _, writer in crowd:
                writer.close()
            with suppress(ConnectionError):
                await asyncio.gather(*(writer.wait_closed() for _, writer in crowd))
        assert service.is_alive
        await senders.page_surely("U0AVERY", "118", "C0SHARED")
        await settled(company, senders.log)
        assert broken_promises(senders.log, await read_upstream(company, USERS)) == []
