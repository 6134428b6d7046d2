"""One app in several workspaces: a request goes to the one whose installation it was sent to.

Nothing else of a request is looked at here, and nothing of one that belongs to nobody is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from slack_bolt.response import BoltResponse
from typing_extensions import override

from adapters.chat.slack.body import Body
from adapters.chat.slack.payload import items, word
from adapters.chat.slack.refusing import refusal
from gateway.domain.content import Content
from gateway.domain.ids import WorkspaceId
from gateway.ports.observer import Observer


class Dispatch(Protocol):
    """Takes parsed requests, whichever way they came, and says what to answer."""

    async def dispatch(self, body: Body) -> BoltResponse:
        """Handle a request. 200 when it is recorded or means nothing to us, 503 to come again."""
        ...


class Switchboard(Dispatch):
    """Knows the workspaces that are open, and those that will be."""

    def __init__(
        self, observer: Observer, away: Callable[[], Content], unknown: Callable[[], Content]
    ) -> None:
        """Begin with none. `away` and `unknown` make words for who cannot be helped."""
        self._observer = observer
        self._away = away
        self._unknown = unknown
        self._open: dict[str, Dispatch] = {}
        self._expected: set[str] = set()

    def expect(self, workspace: WorkspaceId) -> None:
        """Have Slack come again for a workspace while it is not open."""
        self._expected.add(workspace)

    @contextmanager
    def connected(self, workspace: WorkspaceId, takes: Dispatch) -> Iterator[None]:
        """Hand over what is a workspace's for the length of the block."""
        self.expect(workspace)
        self._open[workspace] = takes
        try:
            yield
        finally:
            del self._open[workspace]

    @override
    async def dispatch(self, body: Body) -> BoltResponse:
        workspace = installation_of(body)
        if takes := self._open.get(workspace):
            return await takes.dispatch(body)
        if workspace in self._expected:
            return refusal(body, self._away())
        self._observer.saw("slack.workspace_unknown", workspace=workspace)
        # Nobody here will ever take it, so an event need not come again.
        return refusal(body, self._unknown(), event_status=200)


def installation_of(body: Body) -> str:
    """Tell to which workspace's installation a verified request was sent; empty if it is unsaid.

    In shared channels an event's own `team_id` may be the other company's, so `authorizations`
    counts; a form there names the workspace that the app was installed in. What a person or a
    message says about its team never counts. Slack, "Events API: authorizations".
    """
    granted = items(body, "authorizations")
    if granted:
        return word(granted[0], "team_id")
    return (
        word(body, "view", "app_installed_team_id")
        or word(body, "team", "id")
        or word(body, "team_id")
    )
