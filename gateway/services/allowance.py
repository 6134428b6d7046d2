"""Whether somebody may page these people, and why: `/page can`, asked by an operator."""

from dataclasses import dataclass

from gateway.domain.addressing import AddressBook, Resolved, resolve
from gateway.domain.commands import Typed
from gateway.domain.directory import Directory
from gateway.domain.explanations import MayWhy, RecipientWhy, RuleWhy
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.pages import Person
from gateway.domain.policy import Act, Decision
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.permission import Permission


@dataclass(frozen=True)
class Allowance:
    """Judges without sending anything."""

    workspace: WorkspaceId
    chat: Chat
    clock: Clock
    directory: DirectoryKeeper
    permission: Permission

    async def of(self, user: ChatUserId, words: tuple[str, ...], channel: ChannelId) -> MayWhy:
        """Tell what would be said to somebody who paged these from a channel now; "" is none.

        Raises:
            ChatError: the chat does not describe this user.
            UnknownRecipientError, AmbiguousRecipientError, …: it is not clear who is meant.
        """
        person = await self.chat.person(self.workspace, user)
        to = self._meant(words)
        decisions = await self.permission.decide(
            Act.PAGE, person, to, channel=channel, at=self.clock.now()
        )
        directory = self.directory.current
        found = tuple(_recipient(number, each, directory) for number, each in decisions.items())
        barred = self._barred(person)
        people = self.permission.people
        own = people.extension_of(user)
        return MayWhy(
            user,
            person.name,
            allowed=not barred and all(each.allowed for each in found),
            barred=barred,
            sender=own or people.shared,
            own=own is not None,
            recipients=found,
        )

    def _meant(self, words: tuple[str, ...]) -> tuple[ExtensionNumber, ...]:
        book = AddressBook(
            self.directory.current,
            self.directory.search.near,
            linked=self.permission.people.everybody,
        )
        found = resolve(tuple(map(Typed, words)), book)
        if isinstance(found, Resolved):
            return found.to
        raise found.error

    def _barred(self, person: Person) -> str:
        fault = self.permission.to_reply(person)
        if fault is None:
            return ""
        return str(fault.facts.get("rule", "unlinked"))


def _recipient(number: ExtensionNumber, decision: Decision, directory: Directory) -> RecipientWhy:
    extension, by, group = directory.extension(number), decision.decided_by, decision.would_need
    return RecipientWhy(
        number,
        extension.name if extension else "",
        decision.allowed,
        by.name if by else "",
        group.groups[0] if group else "",
        tuple(
            RuleWhy(trial.rule.name, trial.rule.allow, tuple(c.value for c in trial.unmet))
            for trial in decision.trials
        ),
    )
