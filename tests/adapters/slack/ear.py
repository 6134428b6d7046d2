"""A core that only listens: records every fact and answers as told."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway.domain.content import OptionGroup
from gateway.domain.inbound import (
    ChannelMoved,
    ChatAction,
    ChatCommand,
    ChatDeletion,
    ChatEdit,
    ChatReply,
    ChatShortcut,
    FormSubmission,
    HomeOpened,
    PersonGone,
    SilenceSubmission,
    WorkspaceGone,
)
from gateway.domain.pages import Person
from gateway.ports.intake import Answer, FormProblems, Intake

T = TypeVar("T")


@dataclass
class Ear(Intake):
    """What was heard, in order, and what is answered. `failure` is raised instead, if set."""

    heard: list[Any] = field(default_factory=list)
    answer: Answer = field(default_factory=Answer)
    problems: Mapping[str, str] | None = None
    groups: tuple[OptionGroup, ...] = ()
    failure: Exception | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, kind: type[T]) -> list[T]:
        """What was heard of one kind."""
        return [fact for fact in self.heard if isinstance(fact, kind)]

    def only(self, kind: type[T]) -> T:
        """The one fact of its kind."""
        (fact,) = self.of(kind)
        return fact

    async def hears(self, kind: type[T], count: int = 1) -> list[T]:
        """Wait until so many facts of a kind were heard."""
        async with asyncio.timeout(5):
            while len(self.of(kind)) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.of(kind)

    def _hear(self, fact: object) -> None:
        if self.failure is not None:
            raise self.failure
        self.heard.append(fact)
        self._changed.set()

    async def command(self, command: ChatCommand) -> Answer:
        self._hear(command)
        return self.answer

    async def reply(self, reply: ChatReply) -> None:
        self._hear(reply)

    async def edit(self, edit: ChatEdit) -> None:
        self._hear(edit)

    async def deletion(self, deletion: ChatDeletion) -> None:
        self._hear(deletion)

    async def action(self, action: ChatAction) -> Answer:
        self._hear(action)
        return self.answer

    async def shortcut(self, shortcut: ChatShortcut) -> Answer:
        self._hear(shortcut)
        return self.answer

    async def form(self, submission: FormSubmission) -> FormProblems | None:
        self._hear(submission)
        return None if self.problems is None else FormProblems(self.problems)

    async def silence(self, submission: SilenceSubmission) -> FormProblems | None:
        self._hear(submission)
        return None if self.problems is None else FormProblems(self.problems)

    async def recipients(self, person: Person, typed: str) -> tuple[OptionGroup, ...]:
        self._hear((person, typed))
        return self.groups

    async def person_gone(self, gone: PersonGone) -> None:
        self._hear(gone)

    async def home(self, opened: HomeOpened) -> None:
        self._hear(opened)

    async def workspace_gone(self, gone: WorkspaceGone) -> None:
        self._hear(gone)

    async def channel_moved(self, moved: ChannelMoved) -> None:
        self._hear(moved)
