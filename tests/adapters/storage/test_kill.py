"""kill -9 at any moment: what was acknowledged is there, and the lock on the file is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.storage import open_store
from gateway.domain.ids import Ref
from gateway.ports.store import Committed, Unit
from tests.fakes.clock import MovedClock

_COMMITTER = """
import asyncio, itertools, sys
from adapters.storage import open_store
from gateway.domain.ids import Ref
from gateway.ports.store import NewPage, Unit
from tests.contract.store.values import enqueue, page
from tests.fakes.clock import MovedClock

async def main():
    opened = await open_store(sys.argv[1], migrate=True, clock=MovedClock())
    numbers = itertools.count()
    async def worker():
        for n in numbers:
            ref = f"pg_{n}"
            changes = (NewPage(page(ref)), enqueue(f"lane {n % 7}", ref=Ref(ref)))
            await opened.store.commit(Unit(changes, once=str(n)))
            print(n, flush=True)
    await asyncio.gather(*(worker() for _ in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 40, 400])
async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, after: int) -> None:
    """Every unit whose commit returned is there as a whole, and so is nothing by halves."""
    url = f"sqlite:///{tmp_path}/gateway.db"
    process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own interpreter; read line by line below
        [sys.executable, "-c", _COMMITTER, url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(after)]
        process.kill()
        acknowledged += process.stdout.read().split("\n")[:-1]
    assert process.returncode == -9
    async with await open_store(url, migrate=False, clock=MovedClock()) as opened:
        for key in acknowledged:
            assert await opened.store.commit(Unit(once=key)) is Committed.REPEATED
        for number in range(len(acknowledged) + 100):
            stored = await opened.store.commit(Unit(once=str(number)))
            page = await opened.store.page(Ref(f"pg_{number}"))
            deliveries = await opened.store.deliveries(Ref(f"pg_{number}"))
            whole = (page is not None, len(deliveries)) == (True, 1)
            nothing = (page is None, len(deliveries)) == (True, 0)
            assert whole if stored is Committed.REPEATED else nothing
