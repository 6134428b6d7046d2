"""Memory runs out: what is refused is refused, and what was acknowledged goes out once (F34)."""

import asyncio
import re
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from aiohttp import ClientError

from tests.faults.checker import broken_promises
from tests.faults.company import Company, Service, running_company
from tests.faults.rehearsal import USERS, settled
from tests.faults.senders import Ack, Senders
from tests.faults.upstream import read_upstream
from tests.faults.waiting import until

SPARE = 4 * 2**20
BODY = b"x" * 250_000
CROWD = 100


@contextmanager
def little_memory(service: Service) -> Iterator[None]:
    """Allow the process so many bytes more than it has."""
    pid = service.process.pid or 0
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (used_kb,) = re.findall(r"VmData:\s+(\d+) kB", status)
    usual = resource.prlimit(pid, resource.RLIMIT_DATA)
    resource.prlimit(pid, resource.RLIMIT_DATA, (int(used_kb) * 1024 + SPARE, usual[1]))
    try:
        yield
    finally:
        if service.is_alive:
            resource.prlimit(pid, resource.RLIMIT_DATA, usual)


async def pushed(company: Company) -> Counter[object]:
    """Send far more at once than there is room for; how each was answered."""

    async def push() -> object:
        try:
            async with company.session.post(f"{company.url}/slack/events", data=BODY) as answer:
                return answer.status
        except (ClientError, TimeoutError) as error:
            return type(error).__name__

    return Counter(await asyncio.gather(*(push() for _ in range(CROWD))))


async def test_no_memory_is_left_for_a_while(tmp_path: Path) -> None:
    """A crowd takes all of it. Whether the process lives or dies of it, each promise is kept."""
    async with running_company(tmp_path) as company:
        senders = Senders(company)
        async with company.service() as service:

            async def goes_on_or_ends() -> bool | None:
                if not service.is_alive:
                    return True
                paged = await senders.page("U0AVERY", "118", "C0SHARED")
                return True if paged.ack is Ack.ACCEPTED else None

            await senders.page_surely("U0DANA", "102", "C0PERSON")
            with little_memory(service):
                async with asyncio.TaskGroup() as group:
                    crowd = group.create_task(pushed(company))
                    for _ in range(5):
                        group.create_task(senders.page("U0AVERY", "118", "C0SHARED"))
            await until(goes_on_or_ends, "an accepted command, or the end of the service")
        async with company.service():
            await senders.page_surely("U0AVERY", "118", "C0SHARED")
            await settled(company, senders.log)
            assert broken_promises(senders.log, await read_upstream(company, USERS)) == []
    assert crowd.result()[HTTPStatus.UNAUTHORIZED] < CROWD
