"""The power fails at any write: what was acknowledged is there, and the file is whole."""

import shutil
from pathlib import Path

import pytest

from adapters.storage import open_store
from gateway.domain.ids import Ref
from gateway.ports.store import Committed, Unit
from tests.fakes.clock import MovedClock
from tests.faults.power_cut import Image, images, on_disk, recorded

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None, reason="NOT TESTED: strace is not installed"
)

COMMITS = 120
CUTS = 120


async def cut_again_and_again(folder: Path, synchronous: str, cuts: int) -> list[str]:
    """Record a run, cut the power many times, and list what was lost."""
    database = folder / "gateway.db"
    url = f"sqlite:///{database}"
    async with await open_store(url, migrate=True, clock=MovedClock()):
        pass
    start = on_disk(folder, database.name)
    events = recorded(database, COMMITS, synchronous)
    assert {"write", "sync", "ack"} <= {event.call for event in events}
    assert any(event.call == "write" and event.file == "gateway.db" for event in events)
    lost = []
    for number, image in enumerate(images(start, events, cuts, seed=1)):
        place = folder / f"image {number}"
        place.mkdir()
        lost += [f"cut {number}: {key}" for key in await missing(image, place)]
        shutil.rmtree(place)
    return lost


async def missing(image: Image, place: Path) -> list[str]:
    """Open what a power cut left; list the acknowledged commits that are not wholly there."""
    for name, content in image.files.items():
        if not name.endswith("-shm"):  # SQLite makes it anew
            (place / name).write_bytes(content)
    lost = []
    url = f"sqlite:///{place / 'gateway.db'}"
    async with await open_store(url, migrate=False, clock=MovedClock()) as opened:
        for key in image.acknowledged:
            is_known = await opened.store.commit(Unit(once=key)) is Committed.REPEATED
            page = await opened.store.page(Ref(f"pg_{key}"))
            deliveries = await opened.store.deliveries(Ref(f"pg_{key}"))
            if not is_known or page is None or len(deliveries) != 1:
                lost.append(key)
    return lost


async def test_a_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Whatever of the unsynced writes is there: none, some, torn, in any order."""
    assert await cut_again_and_again(tmp_path, "FULL", CUTS) == []


async def test_weaker_synchronisation_would_lose_rows(tmp_path: Path) -> None:
    """The proof that the images can show a loss: with NORMAL many do."""
    assert await cut_again_and_again(tmp_path, "NORMAL", CUTS // 2) != []


@pytest.mark.slow
@pytest.mark.parametrize("run", range(10))
async def test_many_power_cuts_lose_nothing(tmp_path: Path, run: int) -> None:
    """Thousands of cuts over runs that differ in their timing."""
    assert await cut_again_and_again(tmp_path, "FULL", 10 * CUTS + run) == []
