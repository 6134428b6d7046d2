"""How a workspace takes our app in by itself."""

from dataclasses import dataclass, field
from typing import Protocol

from gateway.domain.ids import ChatUserId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Installed:
    """A workspace that gave us a credential, which only its adapter reads."""

    workspace: WorkspaceId
    name: str
    by: ChatUserId
    credential: str = field(repr=False)


class ChatApp(Protocol):
    """Our app, as the chat platform's consent page knows it."""

    def consent_page(self, state: str) -> str:
        """Make the address where somebody may agree; `state` comes back with the answer."""
        ...

    async def redeem(self, code: str) -> Installed:
        """Exchange the code that came back; it works once.

        Raises:
            ChatRefusedError: it is no good, or not for one workspace.
            ChatError: the platform gave no whole answer.
        """
        ...

    async def give_back(self, installed: Installed) -> None:
        """End a credential that is not wanted.

        Raises:
            ChatError: it may still be good.
        """
        ...
