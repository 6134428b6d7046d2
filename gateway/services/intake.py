"""The one door into the core: each fact goes to its story, and words are made for the answer."""

from collections.abc import Coroutine
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from typing_extensions import override

from gateway.domain.actions import Action
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
from gateway.ports.changes import MoveThreads
from gateway.ports.faults import FaultPoints
from gateway.ports.intake import Answer, FormProblems, Intake
from gateway.ports.observer import Observer
from gateway.ports.store import Store, Unit
from gateway.services.alerts.answers import ALERT_ACTIONS, Answers
from gateway.services.alerts.silence_forms import SILENCE_ACTIONS, SilenceForms
from gateway.services.choices import Choices
from gateway.services.forms import Forms, Prefill
from gateway.services.home import Home
from gateway.services.leaving import Leaving
from gateway.services.linking.desk import LINK_ACTIONS, LinkDesk
from gateway.services.paging import Paging
from gateway.services.replies import Replies
from gateway.services.telling import Teller
from gateway.services.wishes import Told

T = TypeVar("T")

_LEAVES_HOME = frozenset({Action.OPEN_FORM, Action.PAGE_TO, Action.SILENCE})
"""Buttons on the home tab after which it looks the same."""


@dataclass(frozen=True)
class Stories(Intake):
    """Hands facts to use cases."""

    store: Store
    observer: Observer
    faults: FaultPoints
    teller: Teller
    paging: Paging
    replies: Replies
    choices: Choices
    forms: Forms
    homes: Home
    linking: LinkDesk
    leaving: Leaving
    answers: Answers | None = None
    silences: SilenceForms | None = None

    @override
    async def command(self, command: ChatCommand) -> Answer:
        return self._answer(command.person, await self._recorded(self.paging.take(command)))

    @override
    async def reply(self, reply: ChatReply) -> None:
        await self._recorded(self.replies.take(reply))

    @override
    async def edit(self, edit: ChatEdit) -> None:
        await self.replies.edited(edit)

    @override
    async def deletion(self, deletion: ChatDeletion) -> None:
        await self.replies.deleted(deletion)

    @override
    async def action(self, action: ChatAction) -> Answer:
        answer = await self._acted(action)
        if action.channel is None and action.action not in _LEAVES_HOME:
            await self.homes.draw(action.person)
        return answer

    async def _acted(self, action: ChatAction) -> Answer:
        if action.action in LINK_ACTIONS:
            return self._answer(action.person, await self._recorded(self.linking.press(action)))
        if self.answers and action.action in ALERT_ACTIONS:
            return self._answer(action.person, await self.answers.press(action))
        if self.silences and action.action in SILENCE_ACTIONS:
            return self._answer(action.person, await self._recorded(self.silences.press(action)))
        return self._answer(action.person, await self._recorded(self.choices.act(action)))

    @override
    async def shortcut(self, shortcut: ChatShortcut) -> Answer:
        prefill = Prefill(
            shortcut.key, shortcut.person, shortcut.trigger, shortcut.channel, text=shortcut.text
        )
        return self._answer(shortcut.person, await self.forms.open(prefill))

    @override
    async def form(self, submission: FormSubmission) -> FormProblems | None:
        return await self._recorded(self.forms.submit(submission))

    @override
    async def silence(self, submission: SilenceSubmission) -> FormProblems | None:
        return await self._recorded(self.silences.submit(submission)) if self.silences else None

    @override
    async def recipients(self, person: Person, typed: str) -> tuple[OptionGroup, ...]:
        return self.forms.options(person, typed)

    @override
    async def home(self, opened: HomeOpened) -> None:
        await self.homes.draw(opened.person)

    @override
    async def workspace_gone(self, gone: WorkspaceGone) -> None:
        await self.leaving.leave(gone)

    @override
    async def person_gone(self, gone: PersonGone) -> None:
        await self.linking.links.end_of(gone.workspace, gone.user)

    @override
    async def channel_moved(self, moved: ChannelMoved) -> None:
        unit = Unit((MoveThreads(moved.workspace, moved.old, moved.new),), once=moved.key)
        await self.store.commit(unit)

    async def _recorded(self, story: Coroutine[None, None, T]) -> T:
        """Run a story that records something, between the points where a rehearsal may strike."""
        with closing(story):
            await self.faults.at("intake.heard")
            told = await story
        await self.faults.at("intake.recorded")
        return told

    def _answer(self, person: Person, told: Told) -> Answer:
        content = self.teller.content(told.notice, person) if told.notice else told.content
        return Answer(content, told.replace)
