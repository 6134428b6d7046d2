"""kill -9 at any moment: what was acknowledged is there, and the lock on the file is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.storage import open_store, statements
from adapters.storage.engine import Rows, Script
from gateway.domain.ids import Ref
from gateway.ports.store import Committed, Unit
from tests.fakes.clock import MovedClock

_COMMITTER = """
import asyncio, itertools, sys
from adapters.storage import open_store
from gateway.domain.ids import Ref
from gateway.ports.changes import NewPage
from gateway.ports.store import Unit
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

_TIDIER = """
import asyncio, sys
from dataclasses import replace
from adapters.storage import open_store
from gateway.domain.pages import PageState
from gateway.ports.changes import NewPage
from gateway.ports.store import Unit
from tests.contract.store.values import NOW, later, page
from tests.fakes.clock import MovedClock

async def main():
    opened = await open_store(sys.argv[1], migrate=True, clock=MovedClock())
    async def commit(n):
        ended = replace(page(f"pg_{n}"), state=PageState.SENT)
        await opened.store.commit(Unit((NewPage(ended),), once=str(n)))
        print(n, flush=True)
    for n in range(10_000):
        await asyncio.gather(commit(2 * n), commit(2 * n + 1))
        await opened.store.forget(later(86_400), 1)

asyncio.run(main())
"""


def _started(program: str, url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program, url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


@pytest.mark.parametrize("after", [1, 40, 400])
async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, after: int) -> None:
    """Every unit whose commit returned is there as a whole, and so is nothing by halves."""
    url = f"sqlite:///{tmp_path}/gateway.db"
    with _started(_COMMITTER, url) as process:
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


@pytest.mark.parametrize("after", [2, 50, 300])
async def test_killed_while_it_tidies_up(tmp_path: Path, after: int) -> None:
    """What was forgotten is gone as a whole; the file is sound, and keys outlive their pages."""
    url = f"sqlite:///{tmp_path}/gateway.db"
    with _started(_TIDIER, url) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(after)]
        process.kill()
        acknowledged += process.stdout.read().split("\n")[:-1]
    async with await open_store(url, migrate=False, clock=MovedClock()) as opened:
        repeats = [await opened.store.commit(Unit(once=key)) for key in acknowledged]
        kept = [await opened.store.page(Ref(f"pg_{key}")) for key in acknowledged]
        (verdict,) = await opened.engine.read(_integrity)
    assert set(repeats) == {Committed.REPEATED}
    assert 0 < sum(page is not None for page in kept) < max(len(kept), 3)
    assert verdict == ("ok",)


def _integrity() -> Script[Rows]:
    return (yield statements.INTEGRITY())
