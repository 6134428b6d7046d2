"""The log collector stops reading: the service goes on, and says later how much it left out."""

import asyncio
import errno
import io
import os
import sys
from pathlib import Path
from threading import Event

import pytest
from typing_extensions import override

from gateway.logs import PatientStream
from tests.faults.company import Company, running_company
from tests.faults.storm import Storm
from tests.faults.waiting import until

COUNT = 150
PER_S = 100.0
PAGE = 4096


async def test_log_pipe_that_nobody_reads(tmp_path: Path) -> None:
    """More is logged than a pipe holds, and every command is acknowledged all the same."""
    reading, writing = os.pipe()
    async with running_company(tmp_path) as company:
        command = (sys.executable, "-m", "gateway", "run", "--config", str(company.config))
        service = await asyncio.create_subprocess_exec(*command, stderr=writing)
        try:
            await until(lambda: _listens(company), "the service listening")
            door = f"{company.url}/slack/events"
            storm = Storm(company.session, door, company.slack.signing_secret)
            await storm.blow(COUNT, PER_S)
            os.set_blocking(writing, False)
            with pytest.raises(BlockingIOError):
                os.write(writing, b"there is no room for this" * PAGE)
        finally:
            service.kill()
            await service.wait()
            os.close(writing)
            os.close(reading)
    assert len(storm.accepted) == COUNT


async def _listens(company: Company) -> bool | None:
    return None if await company.outbox() is None else True


class Stuck(io.StringIO):
    """A stream that takes its first piece and then nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.holding, self.let_go = Event(), Event()

    @override
    def write(self, text: str, /) -> int:
        written = super().write(text)
        self.holding.set()
        self.let_go.wait()
        return written


class Filled(io.StringIO):
    """A file on a disk that is full until there is room again."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.second, self.room = Event(), Event()

    @override
    def write(self, text: str, /) -> int:
        if self.room.is_set():
            return super().write(text)
        self.pieces.append(text)
        if len(self.pieces) > 1:
            self.second.set()
        raise OSError(errno.ENOSPC, "No space left on device")


def test_what_a_full_disk_did_not_take_is_said() -> None:
    """Whoever reads the log later knows that something is missing there."""
    filled = Filled()
    stream = PatientStream(filled)
    stream.write("1\n")
    stream.write("2\n")
    filled.second.wait()  # so the first is known to be lost
    filled.room.set()
    stream.write("3\n")
    stream.close()
    assert filled.getvalue().startswith("… ")
    assert filled.getvalue().endswith(" pieces of the log left out\n3\n")


async def test_what_does_not_fit_is_left_out_and_said() -> None:
    """Lines stay whole and in order, and the gap tells its size."""
    stuck = Stuck()
    stream = PatientStream(stuck, most=2)
    stream.write("1\n")
    stuck.holding.wait()
    for number in range(2, 6):
        stream.write(f"{number}\n")
    stuck.let_go.set()

    async def caught_up() -> bool | None:
        return True if stuck.getvalue() == "1\n2\n3\n" else None

    await until(caught_up, "what fitted")
    stream.write("6\n")
    stream.close()
    assert stuck.getvalue() == "1\n2\n3\n… 2 pieces of the log left out\n6\n"
