"""Work that goes on after Slack was answered: private replies to clicks.

Never anything that must not be lost; that goes through the outbox.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from gateway.domain.errors import ChatError
from gateway.ports.observer import Observer

_WITHIN_S = 5.0
"""How long such work may take; a stop of the program waits for it."""


class Background:
    """Runs short tasks; none of them can harm the others."""

    def __init__(self, group: asyncio.TaskGroup, observer: Observer) -> None:
        self._group = group
        self._observer = observer

    def start(self, work: Awaitable[None]) -> None:
        """Begin work whose failure is only counted."""
        self._group.create_task(self._contained(work))

    async def _contained(self, work: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(_WITHIN_S):
                await work
        except ChatError as error:
            self._observer.saw("slack.answer_failed", error_code=error.code)
        except TimeoutError:
            self._observer.saw("slack.answer_failed", error_code="timeout")
        except Exception as error:  # noqa: BLE001 - or one bug would end the group and the program
            self._observer.saw("slack.answer_broke", error=type(error).__name__)


@asynccontextmanager
async def open_background(observer: Observer) -> AsyncIterator[Background]:
    """Open a group of tasks; closing waits for those under way."""
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        try:
            yield Background(group, observer)
        except Exception as error:  # noqa: BLE001 - raised again below: a task group would wrap it
            failure = error
    if failure is not None:
        raise failure
