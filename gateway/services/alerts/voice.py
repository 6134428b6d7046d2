"""How an incident speaks: one page, one message in the chat, its story in the thread.

An incident is a `Page` too (origin `ALERT`), so that replies, links and status messages are those
every page has.
"""

from dataclasses import dataclass

from gateway.domain.alerts import Severity
from gateway.domain.deliveries import Notice, PostChatReply, SendFollowUp, SendPage
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.incidents import Incident
from gateway.domain.pager_text import compose_reply
from gateway.domain.pages import Origin, Page, PageState
from gateway.ports.clock import Clock
from gateway.ports.store import Change, Enqueue, NewPage, Store
from gateway.services.lanes import chat_lane, pager_lane
from gateway.services.people import People
from gateway.services.showing import show_status

_URGENCY = {Severity.CRITICAL: 0, Severity.ERROR: 3, Severity.WARNING: 5, Severity.INFO: 7}
"""Criticals go with people's own pages; everything else stands behind them."""


@dataclass(frozen=True)
class Voice:
    """Makes the deliveries of incidents."""

    store: Store
    clock: Clock
    people: People
    workspace: WorkspaceId

    def begin(
        self, incident: Incident, to: tuple[ExtensionNumber, ...], channel: str, text: str
    ) -> tuple[Change, ...]:
        """Page those people and show the card."""
        page = self._page(incident, to, ChannelId(channel))
        shown = (show_status(page, self.clock.now()),) if channel else ()
        return (NewPage(page), *self.send(incident, to, text), *shown)

    def send(
        self, incident: Incident, to: tuple[ExtensionNumber, ...], text: str
    ) -> tuple[Change, ...]:
        """Page people in a conversation of its own."""
        shared = self.people.shared
        if shared is None or not to:
            return ()
        (words, *_) = compose_reply(text, None, incident.ref, max_parts=1)
        page = SendPage(shared, tuple(n for n in to if n != shared), words, insist=True)
        return (self._to_pager(incident, page),)

    def follow_up(self, incident: Incident, text: str) -> tuple[Change, ...]:
        """Say more in the conversation of those who were paged."""
        shared = self.people.shared
        if shared is None or not incident.told:
            return ()
        (words, *_) = compose_reply(text, None, incident.ref, max_parts=1)
        return (self._to_pager(incident, SendFollowUp(shared, words)),)

    async def show(self, incident: Incident) -> tuple[Change, ...]:
        """Bring the card up to date."""
        page = await self.store.page(incident.ref)
        if page is None or not page.channel:
            return ()
        return (show_status(page, self.clock.now()),)

    def tell(self, ref: Ref, notice: Notice) -> tuple[Change, ...]:
        """Write a line of the story into the thread."""
        post = PostChatReply(None, notice=notice)
        return (Enqueue(chat_lane(ref), ref, post, self.clock.now(), priority=4),)

    def _to_pager(self, incident: Incident, outbound: SendPage | SendFollowUp) -> Enqueue:
        urgency = _URGENCY[incident.severity]
        lane = pager_lane(incident.ref)
        return Enqueue(lane, incident.ref, outbound, self.clock.now(), priority=urgency)

    def _page(
        self, incident: Incident, to: tuple[ExtensionNumber, ...], channel: ChannelId
    ) -> Page:
        now = self.clock.now()
        return Page(
            ref=incident.ref,
            origin=Origin.ALERT,
            workspace=self.workspace,
            author=ChatUserId(""),
            author_name="",
            channel=channel,
            sender=self.people.shared or ExtensionNumber(""),
            on_behalf=False,
            to=to,
            text=incident.title,
            parts=1,
            state=PageState.SENDING if to else PageState.SENT,
            created_at=now,
            changed_at=now,
        )
