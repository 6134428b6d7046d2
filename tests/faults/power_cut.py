"""Power cuts, replayed: what a disk may hold at any moment of a run that strace wrote down.

A write is on disk when the file was synced after it. Until then the disk holds none of it, all of
it, some of its sectors; what was written later may be there without what was written before.
"""

import random
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_SECTOR = 512
_CALLS = "pwrite64,write,fsync,fdatasync,ftruncate"
_LINE = re.compile(
    r"(?P<at>[\d.]+) (?P<call>\w+)\(\d+<(?P<file>[^>]*)>(?:, )?(?P<rest>.*)\)\s+= (?P<result>-?\d+)"
    r".*<(?P<took>[\d.]+)>$"
)
_WRITTEN = re.compile(r'"(?P<data>[^"]*)", (?P<size>\d+)(?:, (?P<offset>\d+))?')

COMMITTER = """
import asyncio, itertools, os, sys
from adapters.storage import open_store
from adapters.storage.sqlite import file
from gateway.domain.ids import Ref
from gateway.ports.changes import NewPage
from gateway.ports.store import Unit
from tests.contract.store.values import enqueue, page
from tests.fakes.clock import MovedClock

url, count, synchronous = sys.argv[1], int(sys.argv[2]), sys.argv[3]
hurried = [each.replace("1000", "40").replace("FULL", synchronous) for each in file._SETTINGS]
file._SETTINGS = tuple(hurried)
file._SYNCHRONOUS_FULL = {"FULL": 2, "NORMAL": 1}[synchronous]

async def main():
    opened = await open_store(url, migrate=False, clock=MovedClock())
    numbers = iter(range(count))
    async def worker():
        for n in numbers:
            changes = (NewPage(page(f"pg_{n}")), enqueue(f"lane {n % 7}", ref=Ref(f"pg_{n}")))
            await opened.store.commit(Unit(changes, once=str(n)))
            os.write(1, f"{n} ".encode())
    await asyncio.gather(*(worker() for _ in range(3)))
    os._exit(0)  # closing would make a checkpoint

asyncio.run(main())
"""
"""Commits pages and says which are acknowledged; checkpoints come often."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a file; of `stdout`, an acknowledgement."""

    at: float
    call: str
    file: str
    offset: int = 0
    data: bytes = b""


@dataclass
class File:
    """What is on disk for certain, and what was written since."""

    durable: bytes
    unsynced: list[Event] = field(default_factory=list)

    def after_a_cut(self, dice: random.Random) -> bytes:
        """Give what may be there when the power fails now."""
        kept = dice.choice(["none", "all", "some", "torn"])
        content = bytearray(self.durable)
        for event in self.unsynced:
            if kept == "all" or (kept in {"some", "torn"} and dice.random() < 0.5):
                _apply(content, _torn(event, dice) if kept == "torn" else event)
        return bytes(content)

    def sync(self) -> None:
        """Bring everything to the disk."""
        content = bytearray(self.durable)
        for event in self.unsynced:
            _apply(content, event)
        self.durable, self.unsynced = bytes(content), []


@dataclass(frozen=True)
class Image:
    """What a power cut left: the files, and which commits had been acknowledged."""

    files: dict[str, bytes]
    acknowledged: tuple[str, ...]


def on_disk(folder: Path, database: str) -> dict[str, bytes]:
    """Read a database's files while nobody has it open."""
    return {file.name: file.read_bytes() for file in folder.glob(f"{database}*")}


def recorded(database: Path, count: int, synchronous: str) -> list[Event]:
    """Run a committer under strace; gives what it did to the files, in order."""
    prefix = database.with_name("trace")
    traced = ["strace", "-ff", "-ttt", "-T", "-xx", "-y", "-s", "70000", "-e", f"trace={_CALLS}"]
    program = [sys.executable, "-c", COMMITTER, f"sqlite:///{database}", str(count), synchronous]
    subprocess.run(  # noqa: S603 - our own interpreter
        [*traced, "-e", "signal=none", "-o", str(prefix), *program],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    traces = database.parent.glob("trace.*")
    events = [event for trace in traces for event in _read(trace, database.name)]
    return sorted(events, key=lambda event: event.at)


def _read(trace: Path, database: str) -> Iterator[Event]:
    for line in trace.read_text(encoding="ascii").splitlines():
        found = _LINE.search(line)
        if not found or int(found["result"]) < 0:
            continue
        path, at = Path(_unescaped(found["file"]).decode()), float(found["at"])
        written = _WRITTEN.search(found["rest"])
        if found["call"] in {"fsync", "fdatasync"}:
            yield Event(at + float(found["took"]), "sync", path.name)
        elif found["call"] == "ftruncate" and path.name.startswith(database):
            yield Event(at, "cut", path.name, int(found["rest"]))
        elif written and path.name.startswith(database):
            data = _unescaped(written["data"])
            yield Event(at, "write", path.name, int(written["offset"] or 0), data)
        elif written and found["call"] == "write" and str(path) == "/dev/null":
            yield Event(at, "ack", "stdout", data=_unescaped(written["data"]))


def _unescaped(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def images(start: dict[str, bytes], events: list[Event], cuts: int, seed: int) -> Iterator[Image]:
    """Cut the power at moments drawn by chance; every one of `cuts` gives an image."""
    dice = random.Random(seed)  # noqa: S311 - examples, no secrets
    moments = sorted(dice.choices(range(1, len(events) + 1), k=cuts))
    files, acknowledged = {name: File(content) for name, content in start.items()}, ""
    done = 0
    for moment in moments:
        for event in events[done:moment]:
            file = files.setdefault(event.file, File(b""))
            match event.call:
                case "ack":
                    acknowledged += event.data.decode()
                case "sync":
                    file.sync()
                case _:
                    file.unsynced.append(event)
        done = moment
        left = {name: file.after_a_cut(dice) for name, file in files.items() if name != "stdout"}
        yield Image(left, tuple(acknowledged.split()))


def _torn(event: Event, dice: random.Random) -> Event:
    """Keep the first sectors of a write only."""
    sectors = dice.randint(0, len(event.data) // _SECTOR)
    return Event(event.at, event.call, event.file, event.offset, event.data[: sectors * _SECTOR])


def _apply(content: bytearray, event: Event) -> None:
    if event.call == "cut":
        del content[event.offset :]
        return
    end = event.offset + len(event.data)
    content.extend(bytes(max(0, end - len(content))))
    content[event.offset : end] = event.data
