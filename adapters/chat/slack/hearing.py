"""What every listener needs: who spoke, when it was, and the door into the core."""

from dataclasses import dataclass, replace

from adapters.chat.slack.people import Directory
from gateway.domain.errors import ChatRefusedError, StoreUnavailableError
from gateway.domain.ids import ChatUserId
from gateway.domain.pages import Person
from gateway.ports.clock import Clock
from gateway.ports.intake import Intake
from gateway.ports.observer import Observer


@dataclass
class Hearing:
    """Shared by the listeners. `attached` is set once the core is ready to be told."""

    directory: Directory
    clock: Clock
    observer: Observer
    attached: Intake | None = None

    @property
    def intake(self) -> Intake:
        """The door into the core.

        Raises:
            StoreUnavailableError: the core is not there yet, so nothing can be recorded.
        """
        if self.attached is None:
            raise StoreUnavailableError
        return self.attached

    async def person(self, user: str, team: str) -> Person:
        """Describe who acted; `team` is the company they acted from, as far as Slack says.

        Somebody Slack will not describe to us may do nothing.

        Raises:
            ChatError: nobody answered in time; not a refusal.
        """
        us = await self.directory.us()
        try:
            person = await self.directory.person_in_time(ChatUserId(user))
        except ChatRefusedError:
            return Person(us.workspace, ChatUserId(user), user, stranger=True, active=False)
        if team in {"", us.workspace, us.enterprise}:
            return person
        return replace(person, stranger=True)

    def ignored(self, kind: str, why: str) -> None:
        """Count what was heard and needs nothing."""
        self.observer.saw("slack.ignored", kind=kind, why=why)
