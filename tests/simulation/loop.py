"""An event loop in which nothing waits: time jumps to the next timer, a seed says who goes first.

It is asyncio's own loop without sockets and threads, so the tasks, locks and time-outs of the
product are the real ones. What is ready at the same moment runs in an order that the seed shuffles:
a product that leans on an order nobody promised is found out.
"""

import asyncio
from asyncio.base_events import BaseEventLoop
from collections import deque
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from typing_extensions import override

from gateway.ports.clock import Clock

T = TypeVar("T")

_MOST_ROUNDS = 50_000
"""So often may the loop go round in one run of a seed; a usual one needs a tenth."""

STARTED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


WHOSE: ContextVar[int] = ContextVar("whose", default=0)
"""The life of the process that a task belongs to; 0 is the world around it."""


class NothingLeftError(AssertionError):
    """Somebody waits for something that can never come."""


class EndlessError(AssertionError):
    """Something goes round and round."""


class VirtualLoop(BaseEventLoop):
    """Virtual seconds begin at 0. `tasks` are those not done, oldest first, and whose they are."""

    _ready: deque[asyncio.Handle]

    def __init__(self, dice: Random) -> None:
        super().__init__()
        self.tasks: dict[asyncio.Task[Any], int] = {}
        self.shuffling = True
        self._dice = dice
        self._seconds = 0.0
        self._rounds = 0
        self._selector = self
        self._clock_resolution = 1e-9
        self.set_task_factory(self._new_task)  # type: ignore[arg-type]  # 3.11 gives no options

    @override
    def time(self) -> float:
        return self._seconds

    def select(self, timeout: float | None) -> list[object]:
        """Wait, as the loop would for a socket: the time is over at once."""
        if timeout is None:
            raise NothingLeftError([task.get_name() for task in self.tasks])
        self._seconds += timeout
        return []

    def _process_events(self, events: list[object]) -> None:
        """There are no sockets."""

    def _write_to_self(self) -> None:
        """There are no other threads to be woken from."""

    def _run_once(self) -> None:
        self._rounds += 1
        if self._rounds == _MOST_ROUNDS:
            raise EndlessError([task.get_name() for task in self.tasks])
        if self.shuffling and len(self._ready) > 1:
            ready = list(self._ready)
            self._dice.shuffle(ready)
            self._ready.clear()
            self._ready.extend(ready)
        super()._run_once()  # type: ignore[misc]  # asyncio's own, not in its stubs

    def _new_task(
        self,
        _: asyncio.AbstractEventLoop,
        coro: Coroutine[Any, Any, T],
        context: Context | None = None,
        **options: Any,
    ) -> asyncio.Task[T]:
        task: asyncio.Task[T] = asyncio.Task(coro, loop=self, context=context, **options)
        self.tasks[task] = context.get(WHOSE, 0) if context else WHOSE.get()
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self.tasks.pop(task, None)

    def spawn(self, story: Coroutine[Any, Any, T], whose: int, name: str) -> asyncio.Task[T]:
        """Begin a task of a life, or of the world."""
        context = copy_context()
        context.run(WHOSE.set, whose)
        return self.create_task(story, name=name, context=context)


def run(main: Coroutine[Any, Any, T], dice: Random) -> T:
    """Run a story to its end in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(dice)) as runner:
        return runner.run(main)


def the_loop() -> VirtualLoop:
    """Give the loop that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


async def sleep(seconds: float) -> None:
    """Wait in virtual time."""
    await asyncio.sleep(seconds)  # noqa: TID251 - the loop's time is the virtual one


class LoopClock(Clock):
    """The virtual loop's time. The wall may be set, as an operator or NTP does (`step`)."""

    def __init__(self) -> None:
        self._off = timedelta()

    def step(self, seconds: float) -> None:
        """Set the wall forward or back; what only goes forward does not notice."""
        self._off += timedelta(seconds=seconds)

    @override
    def now(self) -> datetime:
        return STARTED + timedelta(seconds=the_loop().time()) + self._off

    @override
    def monotonic(self) -> float:
        return the_loop().time()

    @override
    async def sleep(self, seconds: float) -> None:
        await sleep(max(seconds, 0.0))
